import { inOneGo, type Steps } from '../core/common/turns.js';
import { PackedTexts } from '../core/policy/packed-texts.js';
import type { RuleGroup, RuleType } from '../core/policy/rule.js';
import { type IndexedList, listOf, ValueIndex } from '../core/policy/value-index.js';
import type { RuleSelection, StoredRules } from './rule-store.js';

/** One change of a store: it takes rules away and then adds or replaces others. */
export interface RuleChange {
  /** Version of the store after it. */
  readonly version: number;
  readonly removed: readonly RuleSelection[];
  readonly added: readonly RuleGroup[];
}

/** From this many rules on it pays to follow a store change by change. */
export const MANY_RULES = 20_000;
/** Most changed rules that are kept beside those that were read; then all are put together anew. */
const MOST_CHANGED = 4096;

/** The rules as they were read, which changed books share. */
interface BookBase {
  readonly groups: readonly (Omit<RuleGroup, 'values'> & IndexedList)[];
  /** Made when first needed. */
  index: ValueIndex | null;
}

type ByValue<T> = ReadonlyMap<RuleType, ReadonlyMap<string, T>>;

/**
 * All rules of a store at one moment, found by value. A change makes another book, which shares what was read, in a
 * time that does not grow with the number of rules.
 */
export class RuleBook implements StoredRules {
  private listed: readonly RuleGroup[] | null = null;

  private constructor(
    readonly version: number,
    readonly length: number,
    private readonly base: BookBase,
    /** In order, since the base was read. */
    private readonly changes: readonly RuleChange[],
    /** By value what changes made of it: the group that it is in now, null where it was removed. */
    private readonly changed: ByValue<RuleGroup | null>,
  ) {}

  /** Takes in the rules that were read, in steps of some milliseconds. */
  static *read({ version, groups }: StoredRules): Steps<RuleBook> {
    const base: BookBase = { groups: [], index: null };
    let length = 0;
    const lists: (Omit<RuleGroup, 'values'> & IndexedList)[] = [];
    for (const { values, ...group } of groups) {
      lists.push({ ...group, first: length, values: yield* PackedTexts.packSteps(values) });
      length += values.length;
    }
    const index = length < MANY_RULES ? null : yield* ValueIndex.build(lists);
    return new RuleBook(version, length, { ...base, groups: lists, index }, [], new Map());
  }

  /** The rules in groups, those that were read last in front. */
  get groups(): readonly RuleGroup[] {
    this.listed ??= this.changes.length === 0 ? this.base.groups : this.list();
    return this.listed;
  }

  /** Whether so much has changed that the rules are better put together anew (`read`). */
  get isWorn(): boolean {
    let count = 0;
    for (const values of this.changed.values()) count += values.size;
    return count > MOST_CHANGED;
  }

  /** The group that a value is in, null for none. */
  find(type: RuleType, value: string): RuleGroup | null {
    const changed = this.changed.get(type)?.get(value);
    return changed === undefined ? this.findRead(type, value) : changed;
  }

  /** The book after one more change. */
  after(change: RuleChange): RuleBook {
    let { length } = this;
    const changed = new Map([...this.changed].map(([type, values]) => [type, new Map(values)]));
    const put = (type: RuleType, value: string, group: RuleGroup | null): void => {
      const values = changed.get(type) ?? new Map<string, RuleGroup | null>();
      changed.set(type, values);
      const before = values.has(value) ? values.get(value)! : this.findRead(type, value);
      length += Number(group !== null) - Number(before !== null);
      values.set(value, group);
    };
    for (const { type, values } of change.removed) for (const value of values) put(type, value, null);
    for (const group of change.added) for (const value of group.values) put(group.type, value, group);
    return new RuleBook(change.version, length, this.base, [...this.changes, change], changed);
  }

  /** The changes that lead from an earlier book to this one; null where the rules were read anew in between. */
  since(earlier: RuleBook): readonly RuleChange[] | null {
    const { changes } = earlier;
    const isLater = earlier.base === this.base && changes.every((change, i) => this.changes[i] === change);
    return isLater ? this.changes.slice(changes.length) : null;
  }

  private findRead(type: RuleType, value: string): RuleGroup | null {
    const { base } = this;
    base.index ??= inOneGo(ValueIndex.build(base.groups));
    const groups = base.index.numbersOf(value).map((number) => base.groups[listOf(base.groups, number)]!);
    return groups.find((group) => group.type === type) ?? null;
  }

  private list(): RuleGroup[] {
    const { base, changed } = this;
    const gone = this.goneNumbers();
    const groups = base.groups.flatMap((group): RuleGroup[] => {
      const own = gone.filter((number) => number >= group.first && number < group.first + group.values.length);
      if (own.length === 0) return [group];
      if (own.length === group.values.length) return [];
      return [
        {
          ...group,
          values: new RemainingTexts(
            group.values,
            own.map((number) => number - group.first),
          ),
        },
      ];
    });
    const added = new Map<RuleGroup, string[]>();
    for (const values of changed.values()) {
      for (const [value, group] of values) {
        if (group === null) continue;
        const list = added.get(group);
        if (list === undefined) added.set(group, [value]);
        else list.push(value);
      }
    }
    return [...groups, ...[...added].map(([group, values]) => ({ ...group, values }))];
  }

  /** Numbers of the rules of the base that changes removed or replaced, ascending. */
  private goneNumbers(): number[] {
    const { base } = this;
    base.index ??= inOneGo(ValueIndex.build(base.groups));
    const gone: number[] = [];
    for (const [type, values] of this.changed) {
      for (const value of values.keys()) {
        for (const number of base.index.numbersOf(value)) {
          if (base.groups[listOf(base.groups, number)]!.type === type) gone.push(number);
        }
      }
    }
    return gone.sort((a, b) => a - b);
  }
}

/** Texts without some of them. */
class RemainingTexts implements Iterable<string> {
  readonly length: number;

  constructor(
    private readonly texts: PackedTexts,
    /** Numbers of the missing ones, ascending. */
    private readonly missing: readonly number[],
  ) {
    this.length = texts.length - missing.length;
  }

  at(at: number): string | undefined {
    let number = at;
    for (const one of this.missing) {
      if (one > number) break;
      number++;
    }
    return number < this.texts.length ? this.texts.at(number) : undefined;
  }

  *[Symbol.iterator](): Generator<string> {
    let number = 0;
    let next = 0;
    for (const text of this.texts) {
      if (number++ === this.missing[next]) next++;
      else yield text;
    }
  }
}
