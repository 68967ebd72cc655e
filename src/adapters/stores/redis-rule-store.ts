import { DpiError } from '../../core/common/error.js';
import { inTurns } from '../../core/common/turns.js';
import { type RuleGroup, type RuleType, ruleId } from '../../core/policy/rule.js';
import { RULE_TYPES } from '../../core/policy/rule-kinds.js';
import { MANY_RULES, RuleBook, type RuleChange } from '../../rules/rule-book.js';
import { type ExistingRule, ofAction, planAdd, selectedValues, wantedRules } from '../../rules/rule-change.js';
import type {
  AddOptions,
  AddResult,
  ClearResult,
  RemoveOptions,
  RemoveResult,
  RuleQuery,
  RuleSelection,
  RuleStore,
  StoredRules,
} from '../../rules/rule-store.js';
import { formatChange } from './change-json.js';
import { RedisConnection } from './redis-connection.js';
import { contentOf, contentParser } from './redis-rule-content.js';
import { BULK_MS, CHANGES_KEPT, pieces, RedisRuleReader } from './redis-rule-reader.js';
import { parseRedisUrl, type RedisAddress } from './redis-url.js';
import type { RuleMemory } from './rule-memory.js';
import { RULES_SCHEMA_VERSION } from './rules-document.js';

export const DEFAULT_REDIS_PREFIX = 'dpi:';

const ANSWER_MS = 1500;
/** A change is tried again as long as others keep getting in between. */
const CONTENTION_MS = 30_000;
/** A change this large can't win a race against steady small ones: after a few tries it goes ahead unconditionally. */
const LARGE_CHANGE = 10_000;
const LARGE_CHANGE_ATTEMPTS = 4;
/** Most values of a change that goes into the list of changes; after a larger one all rules are read. */
const MOST_LISTED = 1000;
const UNCHANGED_TEXT = 'nothing was changed';
const UNSURE_TEXT = "the change was applied whole or not at all, which 'dpi rules list' tells";

/**
 * Rules in Redis: a hash per rule type (`<prefix>rules:domain`; field: value, content: the rest as JSON), a counter
 * `<prefix>version`, a channel `<prefix>changed` that announces changes, and a list `<prefix>changes` of the latest
 * ones, by which servers follow without reading all rules. Each change is one MULTI/EXEC that Redis discards when the
 * counter has moved since the rules were read. Commands before EXEC are only queued by Redis, so a change of any size
 * is applied whole, or, when this process is killed before EXEC, not at all.
 */
export class RedisRuleStore implements RuleStore {
  readonly kind = 'redis';
  readonly address: RedisAddress;
  private readonly versionKey: string;
  private readonly schemaKey: string;
  private readonly changesKey: string;
  private readonly channel: string;
  private connection: Promise<RedisConnection> | null = null;

  /** Connects when first used. Throws DpiError for an invalid URL. */
  constructor(
    private readonly url: string,
    readonly prefix: string = DEFAULT_REDIS_PREFIX,
    private readonly memory: RuleMemory | null = null,
  ) {
    this.address = parseRedisUrl(url);
    this.versionKey = `${prefix}version`;
    this.schemaKey = `${prefix}schema_version`;
    this.changesKey = `${prefix}changes`;
    this.channel = `${prefix}changed`;
  }

  describe(): string {
    return this.prefix === DEFAULT_REDIS_PREFIX ? this.address.text : `${this.address.text} (prefix ${this.prefix})`;
  }

  async load(): Promise<StoredRules> {
    const reader = await this.reader();
    if (this.memory === null) return reader.all();
    const { book } = await this.memory.refresh(async (known) => {
      const changes =
        known === null || known.book.length < MANY_RULES ? null : await reader.changesSince(known.book.version);
      if (known !== null && changes !== null) {
        if (changes.length === 0) return known;
        return { ...known, book: changes.reduce((book, change) => book.after(change), known.book) };
      }
      return { book: await inTurns(RuleBook.read(await reader.all())), stamp: '', journalEnd: 0 };
    });
    return book;
  }

  async find(queries: readonly RuleQuery[]): Promise<StoredRules> {
    return (await this.reader()).some(queries);
  }

  async version(): Promise<number> {
    const connection = await this.connect();
    return Number((await connection.run(() => connection.redis.get(this.versionKey), ANSWER_MS)) ?? 0);
  }

  add(groups: readonly RuleGroup[], options: AddOptions = {}): Promise<AddResult> {
    const wanted = wantedRules(groups);
    const total = groups.reduce((sum, { values }) => sum + values.length, 0);
    return this.change(total, async (connection, version) => {
      const existing = new Map<RuleType, Map<string, ExistingRule>>();
      for (const [type, values] of wanted) existing.set(type, await this.fetch(connection, type, [...values.keys()]));
      const plan = planAdd(groups, wanted, existing, options.keepAllowed ?? false);
      if (plan.groups.length === 0) return { result: { version, outcomes: plan.outcomes }, change: null, write: null };
      return {
        result: { version: version + 1, outcomes: plan.outcomes },
        change: { version: version + 1, removed: [], added: plan.groups },
        write: (send) => this.writeGroups(plan.groups, send, (done) => options.onProgress?.(done, total)),
      };
    });
  }

  remove(selections: readonly RuleSelection[], options: RemoveOptions = {}): Promise<RemoveResult> {
    const selected = selectedValues(selections);
    const total = selections.reduce((sum, { values }) => sum + values.length, 0);
    return this.change(total, async (connection, version) => {
      const removed: string[] = [];
      const missing: string[] = [];
      const fields = new Map<RuleType, string[]>();
      for (const [type, values] of selected) {
        const stored = await this.fetch(connection, type, [...values]);
        const existing = ofAction(stored, options.action);
        fields.set(type, [...existing.keys()]);
        for (const value of values) (existing.has(value) ? removed : missing).push(ruleId(type, value));
      }
      if (removed.length === 0) return { result: { version, removed, missing }, change: null, write: null };
      return {
        result: { version: version + 1, removed, missing },
        change: {
          version: version + 1,
          removed: [...fields].map(([type, values]) => ({ type, values })),
          added: [],
        },
        write: async (send) => {
          for (const [type, values] of fields) {
            for (const piece of pieces(values)) await send('HDEL', this.key(type), ...piece);
          }
        },
      };
    });
  }

  clear(): Promise<ClearResult> {
    return this.change(0, async (connection, version) => {
      const lengths = await Promise.all(RULE_TYPES.map((type) => connection.redis.hlen(this.key(type))));
      const removed = lengths.reduce((sum, length) => sum + length, 0);
      if (removed === 0) return { result: { version, removed }, change: null, write: null };
      const write = async (send: Send): Promise<void> => {
        for (const type of RULE_TYPES) await send('UNLINK', this.key(type));
      };
      return { result: { version: version + 1, removed }, change: null, write };
    });
  }

  async watch(changed: (rules: StoredRules) => void, failed: (error: Error) => void): Promise<() => Promise<void>> {
    const { RedisWatch } = await import('./redis-watch.js');
    const watch = new RedisWatch(
      this.address,
      this.channel,
      () => new RedisRuleStore(this.url, this.prefix, this.memory),
      () => this.memory?.forget(),
    );
    return watch.start(changed, failed);
  }

  async close(): Promise<void> {
    const connection = await this.connection?.catch(() => null);
    this.connection = null;
    connection?.close();
  }

  private async connect(otherwise: string | null = null): Promise<RedisConnection> {
    if (this.connection !== null && (await this.connection).isClosed) this.connection = null;
    this.connection ??= RedisConnection.open(this.address, otherwise);
    try {
      return await this.connection;
    } catch (error) {
      this.connection = null;
      throw error;
    }
  }

  private key(type: RuleType): string {
    return `${this.prefix}rules:${type}`;
  }

  /** Reads, plans and applies; starts again when another change came in between. */
  private async change<T>(
    size: number,
    plan: (connection: RedisConnection, version: number) => Promise<Change<T>>,
  ): Promise<T> {
    const connection = await this.connect(UNCHANGED_TEXT);
    const { redis } = connection;
    const giveUpAt = performance.now() + CONTENTION_MS;
    for (let attempt = 1; ; attempt++) {
      const unconditional = size >= LARGE_CHANGE && attempt > LARGE_CHANGE_ATTEMPTS;
      const { result, change, write } = await connection.run(
        async () => {
          if (!unconditional) await redis.watch(this.versionKey);
          const [version, schema] = await redis.mget(this.versionKey, this.schemaKey);
          this.checkSchema(schema ?? null);
          return plan(connection, Number(version ?? 0));
        },
        size >= LARGE_CHANGE ? BULK_MS : ANSWER_MS,
        UNCHANGED_TEXT,
      );
      if (write === null) {
        await connection.run(() => redis.unwatch(), ANSWER_MS, UNCHANGED_TEXT);
        return result;
      }
      if (await this.apply(connection, write, size <= MOST_LISTED ? change : null)) return result;
      if (performance.now() > giveUpAt) {
        throw new DpiError(
          'rules-contended',
          `others keep changing the rules in ${this.describe()}; ${UNCHANGED_TEXT}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5 * attempt));
    }
  }

  /** False when the version had moved and Redis discarded the change. */
  private async apply(
    connection: RedisConnection,
    write: (send: Send) => Promise<void>,
    change: RuleChange | null,
  ): Promise<boolean> {
    const { redis } = connection;
    const send: Send = (command, ...args) =>
      connection.run(() => redis.call(command, ...args), ANSWER_MS, UNCHANGED_TEXT).then(() => {});
    await send('MULTI');
    await write(send);
    await send('SET', this.schemaKey, String(RULES_SCHEMA_VERSION));
    await send('INCR', this.versionKey);
    if (change === null) await send('DEL', this.changesKey);
    else {
      await send('RPUSH', this.changesKey, formatChange(change));
      await send('LTRIM', this.changesKey, String(-CHANGES_KEPT), '-1');
    }
    await send('PUBLISH', this.channel, 'changed');
    const replies = await connection.run(() => redis.call('EXEC'), BULK_MS, UNSURE_TEXT);
    return replies !== null;
  }

  private async writeGroups(groups: readonly RuleGroup[], send: Send, progress: (done: number) => void): Promise<void> {
    let done = 0;
    for (const group of groups) {
      const content = contentOf(group);
      for (const piece of pieces([...group.values])) {
        const args: string[] = [];
        for (const value of piece) args.push(value, content);
        await send('HSET', this.key(group.type), ...args);
        done += piece.length;
        progress(done);
      }
    }
  }

  private async fetch(
    connection: RedisConnection,
    type: RuleType,
    values: readonly string[],
  ): Promise<Map<string, ExistingRule>> {
    const found = new Map<string, ExistingRule>();
    const parse = contentParser((value, problem) => this.damaged(type, value, problem));
    for (const piece of pieces(values)) {
      const contents = await connection.redis.hmget(this.key(type), ...piece);
      piece.forEach((value, i) => {
        const content = contents[i];
        if (content !== null && content !== undefined) found.set(value, parse(value, content));
      });
    }
    return found;
  }

  private async reader(): Promise<RedisRuleReader> {
    return new RedisRuleReader(await this.connect(), {
      versionKey: this.versionKey,
      schemaKey: this.schemaKey,
      changesKey: this.changesKey,
      hashOf: (type) => this.key(type),
      checkSchema: (text) => this.checkSchema(text),
      damaged: (type, value, problem) => this.damaged(type, value, problem),
    });
  }

  private checkSchema(text: string | null): void {
    const schema = Number(text ?? RULES_SCHEMA_VERSION);
    if (schema <= RULES_SCHEMA_VERSION) return;
    const message = `the rules in ${this.describe()} were written by a newer dpi (schema version ${schema}; this one reads up to ${RULES_SCHEMA_VERSION})`;
    throw new DpiError('newer-rules-document', message);
  }

  private damaged(type: RuleType, value: string, problem: string): DpiError {
    const message = `the rule '${value}' in the hash ${this.key(type)} of ${this.address.text} is damaged: ${problem}`;
    return new DpiError('bad-rules-document', message);
  }
}

type Send = (command: string, ...args: string[]) => Promise<void>;

/** What a change comes to; `write` null: nothing has to be written. */
interface Change<T> {
  readonly result: T;
  /** For the list of changes; null for one that empties it. */
  readonly change: RuleChange | null;
  readonly write: ((send: Send) => Promise<void>) | null;
}
