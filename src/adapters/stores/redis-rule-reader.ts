import type { ChainableCommander } from 'ioredis';
import type { DpiError } from '../../core/common/error.js';
import { TextPacker } from '../../core/policy/packed-texts.js';
import type { RuleGroup, RuleType } from '../../core/policy/rule.js';
import { RULE_KINDS, RULE_TYPES } from '../../core/policy/rule-kinds.js';
import type { RuleChange } from '../../rules/rule-book.js';
import type { RuleQuery, StoredRules } from '../../rules/rule-store.js';
import { changesAfter, parseChange } from './change-json.js';
import type { RedisConnection } from './redis-connection.js';
import { contentParser, type RuleContent } from './redis-rule-content.js';

/** Reading or applying a million rules takes seconds, during which Redis serves no one else. */
export const BULK_MS = 60_000;
const FIELDS_PER_COMMAND = 1000;
/** Rules up to which everything is read in one transaction; one of a million takes half a gigabyte here. */
const MOST_AT_ONCE = 20_000;
const FIELDS_PER_SCAN = 5000;
/** Tries to read in pieces while others change the rules; then it is all at once. */
const SCAN_ATTEMPTS = 3;

/** Latest changes that the list of changes holds. */
export const CHANGES_KEPT = 1000;
/** More changes than asked for, for those that come in between. */
const SPARE_CHANGES = 16;

/** Where the rules are, and how to complain about them. */
export interface RuleKeys {
  readonly versionKey: string;
  readonly schemaKey: string;
  /** The list of the latest changes. */
  readonly changesKey: string;
  hashOf(type: RuleType): string;
  /** Throws for a schema version of the future. */
  checkSchema(text: string | null): void;
  damaged(type: RuleType, value: string, problem: string): DpiError;
}

/** Reads rules out of Redis, each time as they were at one moment. */
export class RedisRuleReader {
  constructor(
    private readonly connection: RedisConnection,
    private readonly keys: RuleKeys,
  ) {}

  /** All rules. Many are read in pieces, so that Redis serves others in between, and again if they have changed. */
  async all(): Promise<StoredRules> {
    for (let attempt = 1; attempt <= SCAN_ATTEMPTS; attempt++) {
      const { version, lengths } = await this.state();
      if (sum(lengths) <= MOST_AT_ONCE) break;
      const groups: RuleGroup[][] = [];
      for (const type of RULE_TYPES) groups.push(await this.scan(type));
      const after = await this.state();
      if (after.version !== version) continue;
      // A hash that Redis is rearranging may give a field twice.
      return { version, groups: groups.flatMap((ofType, i) => withoutRepeats(ofType, lengths[i]!)) };
    }
    return this.some(RULE_TYPES.map((type) => ({ type, values: null })));
  }

  /** The rules that `queries` name, in one transaction. */
  async some(queries: readonly RuleQuery[]): Promise<StoredRules> {
    const replies = await this.transaction((multi) => {
      for (const { type, values } of queries) {
        if (values === null) multi.call('HGETALL', this.keys.hashOf(type));
        else for (const piece of pieces(values)) multi.hmget(this.keys.hashOf(type), ...piece);
      }
    });
    const version = this.versionOf(replies);
    let at = 2;
    const groups = queries.flatMap(({ type, values }) => {
      const collector = new GroupCollector(type, this.keys);
      if (values === null) collector.addPairs(replies[at++] as string[]);
      else {
        for (const piece of pieces(values)) {
          const contents = replies[at++] as (string | null)[];
          piece.forEach((value, i) => {
            const content = contents[i] ?? null;
            if (content !== null) collector.add(value, content);
          });
        }
      }
      return collector.groups();
    });
    return { version, groups };
  }

  /** The changes since `version`; null where they are not all in the list, so that the rules must be read. */
  async changesSince(version: number): Promise<readonly RuleChange[] | null> {
    const { redis } = this.connection;
    const now = Number((await this.connection.run(() => redis.get(this.keys.versionKey), BULK_MS)) ?? 0);
    if (now === version) return [];
    if (now < version || now - version > CHANGES_KEPT) return null;
    const first = -(now - version + SPARE_CHANGES);
    const replies = await this.transaction((multi) => multi.lrange(this.keys.changesKey, first, -1));
    const latest = (replies[2] as string[]).map(parseChange).filter((change) => change !== null);
    const changes = changesAfter(version, latest);
    return changes.at(-1)?.version === this.versionOf(replies) ? changes : null;
  }

  private async state(): Promise<{ version: number; lengths: number[] }> {
    const replies = await this.transaction((multi) => {
      for (const type of RULE_TYPES) multi.hlen(this.keys.hashOf(type));
    });
    return { version: this.versionOf(replies), lengths: replies.slice(2) as number[] };
  }

  private async scan(type: RuleType): Promise<RuleGroup[]> {
    const { redis } = this.connection;
    const collector = new GroupCollector(type, this.keys);
    let cursor = '0';
    do {
      const from = cursor;
      const [next, pairs] = await this.connection.run(
        () => redis.hscan(this.keys.hashOf(type), from, 'COUNT', FIELDS_PER_SCAN),
        BULK_MS,
      );
      collector.addPairs(pairs);
      cursor = next;
    } while (cursor !== '0');
    return collector.groups();
  }

  /** Replies to what `fill` adds, behind those for version and schema. */
  private transaction(fill: (multi: ChainableCommander) => void): Promise<unknown[]> {
    const { connection, keys } = this;
    return connection.run(async () => {
      const multi = connection.redis.multi().get(keys.versionKey).get(keys.schemaKey);
      fill(multi);
      return valuesOf(await multi.exec());
    }, BULK_MS);
  }

  private versionOf(replies: readonly unknown[]): number {
    this.keys.checkSchema(replies[1] as string | null);
    return Number(replies[0] ?? 0);
  }
}

/** Values as one command takes them. */
export function* pieces(values: readonly string[]): Generator<readonly string[]> {
  for (let from = 0; from < values.length; from += FIELDS_PER_COMMAND)
    yield values.slice(from, from + FIELDS_PER_COMMAND);
}

/** Puts the fields of a hash into groups that share their content. */
class GroupCollector {
  private readonly kind;
  private readonly parse: (value: string, content: string) => RuleContent;
  private readonly valuesOf = new Map<RuleContent, TextPacker>();

  constructor(
    private readonly type: RuleType,
    private readonly keys: RuleKeys,
  ) {
    this.kind = RULE_KINDS.find((candidate) => candidate.type === type)!;
    this.parse = contentParser((value, problem) => keys.damaged(type, value, problem));
  }

  add(value: string, content: string): void {
    const { kind, type, keys } = this;
    if (!kind.isCanonical(value)) throw keys.damaged(type, value, `the field is not ${kind.expected}`);
    const parsed = this.parse(value, content);
    let values = this.valuesOf.get(parsed);
    if (values === undefined) {
      values = new TextPacker();
      this.valuesOf.set(parsed, values);
    }
    values.add(value);
  }

  /** Fields and contents in turn, as Redis gives a hash. */
  addPairs(pairs: readonly string[]): void {
    for (let i = 0; i < pairs.length; i += 2) this.add(pairs[i]!, pairs[i + 1]!);
  }

  groups(): RuleGroup[] {
    return [...this.valuesOf].map(([content, values]) => ({ type: this.type, values: values.texts(), ...content }));
  }
}

function withoutRepeats(groups: RuleGroup[], expected: number): RuleGroup[] {
  if (sum(groups.map(({ values }) => values.length)) === expected) return groups;
  return groups.map((group) => ({ ...group, values: [...new Set(group.values)] }));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}

/** Replies of a transaction; throws the first error among them. */
function valuesOf(replies: Awaited<ReturnType<ChainableCommander['exec']>>): unknown[] {
  return (replies ?? []).map(([error, value]) => {
    if (error !== null) throw error;
    return value;
  });
}
