import type { AppLineage } from '../classify/app-table.js';
import { inOneGo, type Steps } from '../common/turns.js';
import { changedKind, type RuleFacts } from './changed-matchers.js';
import { PackedTexts } from './packed-texts.js';
import { isExpired, type Rule, type RuleGroup, type RuleType, ruleId, ruleOf } from './rule.js';
import type {
  AppMatcher,
  CompiledKind,
  NameMatcher,
  ProtocolMatcher,
  RuleKind,
  RuleSlice,
  StartMatcher,
} from './rule-kind.js';
import { RULE_KINDS, ruleKindOf } from './rule-kinds.js';
import { listOf, ValueIndex } from './value-index.js';

/** No rule matched. */
export const NO_RULE = -1;

/** Most rules that changes add to a compiled set before it is better compiled anew. */
const MOST_ADDED = 4096;

interface PackedGroup extends Omit<RuleGroup, 'values'> {
  /** Number of the group's first rule. */
  readonly first: number;
  readonly values: PackedTexts;
}

type CompiledKinds = ReadonlyMap<RuleType, CompiledKind>;

/** A compiled set and what changes share of it: rules keep their numbers through a line of changes. */
interface RuleBase {
  readonly groups: readonly PackedGroup[];
  readonly total: number;
  readonly compiled: CompiledKinds;
  readonly kinds: readonly RuleKind[];
  /** Made when first needed. */
  index: ValueIndex | null;
}

/** What changes have made of the base: numbers of rules that are gone, one bit each. */
interface RuleChanges {
  readonly gone: Uint8Array;
  readonly goneCount: number;
}

/** A rule as changes name it. */
export type RuleKey = Pick<Rule, 'type' | 'action' | 'value'>;

/**
 * The rules in force, compiled and immutable. Rules are numbered from 0 in the order of the groups given; a decision is
 * the number of the rule that made it, or NO_RULE. `changed` makes the next set out of this one.
 *
 * A connection is decided as it becomes known: `atStart` by its first packet, `atName` when a host name is found,
 * `atApp` when its app is, `atProtocol` when it speaks a protocol; `combine` joins the decisions. An allow rule beats
 * every block rule. Among rules of the same action the earlier decision stands, since it was the one that let the
 * packets through or stopped them; and within one moment the most specific decides: the longest prefix before any port,
 * the narrowest port range, the longest domain name before the app, the app before its parent and its category.
 *
 * None of them allocates, except for names beyond ASCII. `matchesAt…` do; they list every rule that matches, for
 * reports and `rules check`.
 */
export class RuleSet {
  /** Rules in force, expired ones left out. */
  readonly size: number;
  /** Rules in force have numbers below it; some of these may be gone, as `isGone` tells. */
  readonly bound: number;
  /** Those and the spent ones, which are numbered behind them. */
  readonly total: number;
  /** Whether an allow rule looks at anything but addresses: a part of a datagram does not show that yet. */
  readonly allowsBeyondAddress: boolean;
  /** Whether an allow rule looks at names or apps: a block by address or port then has to wait for them. */
  readonly allowsByName: boolean;
  readonly blocksAnything: boolean;
  /** Whether what `atStart` says depends on which end began: a connection that no rule met may yet be met then. */
  readonly looksAtPorts: boolean;
  /** The rule that blocks connections of which a limit left a part unread, NO_RULE where they pass. */
  readonly limitRule: number;
  private readonly allows: Uint8Array;
  private readonly startMatchers: readonly StartMatcher[];
  private readonly nameMatchers: readonly NameMatcher[];
  private readonly appMatchers: readonly AppMatcher[];
  private readonly protocolMatchers: readonly ProtocolMatcher[];

  private constructor(
    private readonly base: RuleBase,
    /** Those in force and those that are gone, and behind them the spent ones. */
    private readonly groups: readonly PackedGroup[],
    /** How many are not spent. */
    private readonly groupCount: number,
    private readonly changes: RuleChanges | null,
  ) {
    const last = groups.at(-1);
    this.total = last === undefined ? 0 : last.first + last.values.length;
    this.bound = groupCount < groups.length ? groups[groupCount]!.first : this.total;
    this.size = this.bound - (changes?.goneCount ?? 0);
    this.allows = new Uint8Array(this.total);
    for (const { action, values, first } of groups) {
      if (action === 'allow') this.allows.fill(1, first, first + values.length);
    }
    const compiled = changes === null ? base.compiled : this.changedKinds();
    const matchers = base.kinds.flatMap(({ type }) => compiled.get(type) ?? []);
    this.startMatchers = matchers.flatMap(({ start }) => start ?? []);
    this.nameMatchers = matchers.flatMap(({ name }) => name ?? []);
    this.appMatchers = matchers.flatMap(({ app }) => app ?? []);
    this.protocolMatchers = matchers.flatMap(({ protocol }) => protocol ?? []);
    this.looksAtPorts = this.startMatchers.some(({ byPort }) => byPort);
    const live = groups.slice(0, groupCount).filter((group) => this.hasLive(group));
    const allowing = live.filter(({ action }) => action === 'allow');
    this.allowsBeyondAddress = allowing.some(({ type }) => type !== 'ip');
    this.allowsByName = allowing.some(({ type }) => compiled.get(type)?.start === undefined);
    this.limitRule = live.find(({ type }) => type === 'limit')?.first ?? NO_RULE;
    this.blocksAnything = live.some(({ action }) => action === 'block');
  }

  /**
   * Compiles the rules that have not expired at `nowMs` (milliseconds since the epoch). Values must be canonical. Of
   * two rules with the same type, value and action the first one decides.
   */
  static compile(groups: readonly RuleGroup[], nowMs: number, kinds: readonly RuleKind[] = RULE_KINDS): RuleSet {
    return inOneGo(RuleSet.compileSteps(groups, nowMs, kinds));
  }

  /** As `compile`, in steps of some milliseconds. */
  static *compileSteps(
    groups: readonly RuleGroup[],
    nowMs: number,
    kinds: readonly RuleKind[] = RULE_KINDS,
  ): Steps<RuleSet> {
    const packed: PackedGroup[] = [];
    let total = 0;
    for (const { values, ...group } of groups) {
      if (values.length === 0 || isExpired(group, nowMs)) continue;
      packed.push({ ...group, first: total, values: yield* PackedTexts.packSteps(values) });
      total += values.length;
    }
    const compiled = yield* compileKinds(packed, kinds);
    return new RuleSet({ groups: packed, total, compiled, kinds, index: null }, packed, packed.length, null);
  }

  /** Makes in steps what `changed` and `find` need for a set of many rules; they make it in one go otherwise. */
  *prepareChanges(): Steps<void> {
    this.base.index ??= yield* ValueIndex.build(this.base.groups);
  }

  /**
   * The rules without `removed` (those that are not in force are passed over) and with `added`, which decide as if
   * compiled anew. Rules keep their numbers; those that are gone keep theirs for what they decided. Takes a millisecond
   * or two, however many rules there are. Null when so many were added that compiling anew is better.
   */
  changed(removed: readonly RuleKey[], added: readonly RuleGroup[]): RuleSet | null {
    const { base, groupCount, bound } = this;
    const groups = this.groups.slice(0, groupCount);
    let total = bound;
    for (const { values, ...group } of added) {
      if (values.length === 0) continue;
      groups.push({ ...group, first: total, values: PackedTexts.of(values) });
      total += values.length;
    }
    if (total - base.total > MOST_ADDED) return null;
    const gone = new Uint8Array((total + 7) >>> 3);
    if (this.changes !== null) gone.set(this.changes.gone);
    let goneCount = this.changes?.goneCount ?? 0;
    for (const rule of this.find(removed)) {
      if (rule < 0 || isSet(gone, rule)) continue;
      gone[rule >>> 3]! |= 1 << (rule & 7);
      goneCount++;
    }
    return new RuleSet(base, groups, groups.length, { gone, goneCount });
  }

  /** Whether rule numbers of `earlier` below its `bound` are the numbers of the same rules here. */
  continues(earlier: RuleSet): boolean {
    return this.base === earlier.base && this.bound >= earlier.bound;
  }

  /** Whether rule number `at` is no longer in force: a change took it away, or it is spent. */
  isGone(at: number): boolean {
    return at >= this.bound || (this.changes !== null && isSet(this.changes.gone, at));
  }

  /**
   * The same rules, and behind them, numbered from `bound` on, some that match nothing any more: what they decided once
   * still bears their names.
   */
  withSpent(spent: readonly Rule[]): RuleSet {
    const { groupCount, bound } = this;
    const groups = spent.map(({ value, ...rule }, i) => ({
      ...rule,
      first: bound + i,
      values: PackedTexts.of([value]),
    }));
    return new RuleSet(this.base, [...this.groups.slice(0, groupCount), ...groups], groupCount, this.changes);
  }

  /** Numbers of those among `rules` that are in force with the same action; -1 for the others. */
  find(rules: readonly RuleKey[]): Int32Array {
    if (rules.length === 0) return new Int32Array(0);
    const { base, groups, groupCount } = this;
    base.index ??= inOneGo(ValueIndex.build(base.groups));
    const indexes = [base.index, inOneGo(ValueIndex.build(groups.slice(base.groups.length, groupCount)))];
    return Int32Array.from(rules, (rule) => {
      const numbers = indexes.flatMap((index) => index.numbersOf(rule.value));
      return numbers.find((number) => this.isInForce(number, rule)) ?? -1;
    });
  }

  get isEmpty(): boolean {
    return this.size === 0;
  }

  /** Whether any rule looks at a first packet, a name or an app: where not, the engine need not ask. */
  get hasStartRules(): boolean {
    return this.startMatchers.length > 0;
  }

  get hasNameRules(): boolean {
    return this.nameMatchers.length > 0;
  }

  get hasAppRules(): boolean {
    return this.appMatchers.length > 0;
  }

  get hasProtocolRules(): boolean {
    return this.protocolMatchers.length > 0;
  }

  /**
   * The rule that decides by addresses, protocol and responder's port. `src` and `dst` begin with the addresses, 4
   * bytes each, or 16 where `isV6`; their order matters only for ties, in which `dst` counts as the responder. Pass
   * port 0 for protocols without ports.
   */
  atStart(isV6: boolean, src: Buffer, dst: Buffer, ipProto: number, responderPort: number): number {
    let decision = NO_RULE;
    const matchers = this.startMatchers;
    for (let i = 0; i < matchers.length; i++) {
      decision = this.combine(decision, matchers[i]!.find(isV6, src, dst, ipProto, responderPort));
    }
    return decision;
  }

  /** The rule that decides by the host name `buf[start, end)`: lower-case bytes, with or without a trailing dot. */
  atName(buf: Buffer, start: number, end: number): number {
    let decision = NO_RULE;
    const matchers = this.nameMatchers;
    for (let i = 0; i < matchers.length; i++) decision = this.combine(decision, matchers[i]!.find(buf, start, end));
    return decision;
  }

  /** The rule that decides by the app, what it is a part of, and its category. */
  atApp(app: AppLineage): number {
    let decision = NO_RULE;
    const matchers = this.appMatchers;
    for (let i = 0; i < matchers.length; i++) decision = this.combine(decision, matchers[i]!.find(app));
    return decision;
  }

  /** The rule that decides by the protocol's name. */
  atProtocol(protocol: string): number {
    let decision = NO_RULE;
    const matchers = this.protocolMatchers;
    for (let i = 0; i < matchers.length; i++) decision = this.combine(decision, matchers[i]!.find(protocol));
    return decision;
  }

  /** The decision that stands when `later` joins `earlier`. */
  combine(earlier: number, later: number): number {
    if (earlier < 0) return later;
    if (later < 0) return earlier;
    return this.allows[later]! > this.allows[earlier]! ? later : earlier;
  }

  /** True when the decision blocks; false for NO_RULE. */
  isBlock(decision: number): boolean {
    return decision >= 0 && this.allows[decision] === 0;
  }

  isAllow(decision: number): boolean {
    return decision >= 0 && this.allows[decision] === 1;
  }

  /** Rule number `at`; throws RangeError outside 0 to total - 1. */
  rule(at: number): Rule {
    const group = this.groupOf(at);
    return ruleOf(group, group.values.at(at - group.first));
  }

  /** `type:value` of rule number `at`, as reports name it. */
  ruleId(at: number): string {
    const { type, values, first } = this.groupOf(at);
    return ruleId(type, values.at(at - first));
  }

  /** Every rule that matches a first packet; arguments as for `atStart`. */
  matchesAtStart(isV6: boolean, src: Buffer, dst: Buffer, ipProto: number, responderPort: number): number[] {
    const matches: number[] = [];
    for (const matcher of this.startMatchers) matcher.findAll(isV6, src, dst, ipProto, responderPort, matches);
    return matches;
  }

  matchesAtName(buf: Buffer, start: number, end: number): number[] {
    const matches: number[] = [];
    for (const matcher of this.nameMatchers) matcher.findAll(buf, start, end, matches);
    return matches;
  }

  matchesAtApp(app: AppLineage): number[] {
    const matches: number[] = [];
    for (const matcher of this.appMatchers) matcher.findAll(app, matches);
    return matches;
  }

  matchesAtProtocol(protocol: string): number[] {
    const matches: number[] = [];
    for (const matcher of this.protocolMatchers) matcher.findAll(protocol, matches);
    return matches;
  }

  private groupOf(at: number): PackedGroup {
    if (!(at >= 0 && at < this.total)) throw new RangeError(`No rule number ${at} among ${this.total}`);
    return this.groups[listOf(this.groups, at)]!;
  }

  private isInForce(at: number, rule: RuleKey): boolean {
    return !this.isGone(at) && isSameKind(this.groupOf(at), rule);
  }

  private hasLive({ first, values }: PackedGroup): boolean {
    if (this.changes === null || this.changes.goneCount < values.length) return true;
    for (let i = 0; i < values.length; i++) if (!this.isGone(first + i)) return true;
    return false;
  }

  /** The compiled kinds of the base, joined with what changes added. */
  private changedKinds(): CompiledKinds {
    const { base, groups, groupCount } = this;
    const added = inOneGo(compileKinds(this.livePartsOf(groups.slice(base.groups.length, groupCount)), base.kinds));
    const facts: RuleFacts = {
      isGone: (rule) => this.isGone(rule),
      isAllow: (rule) => this.isAllow(rule),
      valueOf: (rule) => this.rule(rule).value,
      compareWidth: (a, b) => {
        const first = this.rule(a);
        return ruleKindOf(first.type).compareWidth(first.value, this.rule(b).value);
      },
    };
    const types = new Set([...base.compiled.keys(), ...added.keys()]);
    return new Map([...types].map((type) => [type, changedKind(base.compiled.get(type), added.get(type), facts)]));
  }

  /** The groups, those that have lost rules as one group for each that is left. */
  private livePartsOf(groups: readonly PackedGroup[]): PackedGroup[] {
    return groups.flatMap((group) => {
      const numbers = Array.from(group.values, (_, i) => i);
      const live = numbers.filter((i) => !this.isGone(group.first + i));
      if (live.length === numbers.length) return [group];
      return live.map((i) => ({ ...group, first: group.first + i, values: PackedTexts.of([group.values.at(i)]) }));
    });
  }
}

function isSameKind(group: PackedGroup, { type, action }: RuleKey): boolean {
  return group.type === type && group.action === action;
}

function isSet(bits: Uint8Array, at: number): boolean {
  return (bits[at >>> 3]! & (1 << (at & 7))) !== 0;
}

function* compileKinds(groups: readonly PackedGroup[], kinds: readonly RuleKind[]): Steps<CompiledKinds> {
  const compiled = new Map<RuleType, CompiledKind>();
  for (const kind of kinds) {
    const slices: RuleSlice[] = [];
    for (const { type, action, values, first } of groups) {
      if (type === kind.type) slices.push({ first, allow: action === 'allow', values });
    }
    if (slices.length === 0) continue;
    compiled.set(kind.type, kind.compileSteps === undefined ? kind.compile(slices) : yield* kind.compileSteps(slices));
  }
  return compiled;
}

/** A rule set that decides nothing. */
export const NO_RULES: RuleSet = RuleSet.compile([], 0);
