import envPaths from 'env-paths';
import { DpiError } from '../../core/common/error.js';
import type { RuleGroup } from '../../core/policy/rule.js';
import { formatSpan } from '../../core/policy/rule-expiry.js';
import type { RuleStore, StoredRules } from '../../rules/rule-store.js';
import { StoreUnavailable } from '../../rules/rule-store.js';
import { defaultRulesFile } from './default-rules-file.js';
import { JsonRuleStore } from './json-rule-store.js';
import { DEFAULT_REDIS_PREFIX, RedisRuleStore } from './redis-rule-store.js';
import type { RuleMemory } from './rule-memory.js';
import { RulesCopy } from './rules-copy.js';

/** The store that options name; what is absent comes from the environment. */
export interface StoreChoice {
  readonly rulesFile?: string;
  readonly redis?: string;
  readonly redisPrefix?: string;
  /** A named file need not exist when its rules are read: it holds none then, as for a server that just started. */
  readonly mayBeMissing?: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The store to use; `memory` is what the process remembers of it. An option goes before the environment, DPI_REDIS_URL
 * before DPI_RULES_FILE; else it is `rules.json` in the user's configuration folder. Nothing is opened yet. Throws
 * DpiError for a bad URL or two stores at once.
 */
export function openRuleStore(choice: StoreChoice, env: Environment, memory: RuleMemory | null = null): RuleStore {
  if (choice.rulesFile !== undefined && choice.redis !== undefined) {
    throw new DpiError('usage', '--rules-file and --redis exclude each other: rules are in a file or in Redis');
  }
  const url = choice.redis ?? (choice.rulesFile === undefined ? set(env.DPI_REDIS_URL) : undefined);
  if (url !== undefined) return new RedisRuleStore(url, redisPrefix(choice, env), memory);
  const file = choice.rulesFile ?? set(env.DPI_RULES_FILE);
  if (file === '') throw new DpiError('usage', '--rules-file takes the name of a file');
  return file === undefined
    ? new JsonRuleStore(defaultRulesFile(), false, memory)
    : new JsonRuleStore(file, choice.mayBeMissing !== true, memory);
}

/** The stored rules for a run, and where they come from. */
export interface LoadedRules {
  readonly rules: StoredRules;
  /** The store as outputs name it. */
  readonly store: string;
  /** Milliseconds since the epoch when a copy was read that now stands in for the store; null when it is not a copy. */
  readonly copySavedMs: number | null;
  /** Sentences for stderr. */
  readonly warnings: readonly string[];
}

export interface LoadOptions {
  readonly nowMs: number;
  /** `--strict-rules`: no copy stands in for a Redis that can't be reached. */
  readonly strict?: boolean;
  /** Folder of the copies; by default the user's cache folder. */
  readonly copyFolder?: string;
}

/**
 * Reads a store for `analyze` and `filter`. Where its Redis can't be used, the last copy read from it stands in, with a
 * warning that says how old it is; without one, or when strict, throws the DpiError that tells the cause. The store is
 * closed in any case.
 */
export async function loadStoredRules(store: RuleStore, options: LoadOptions): Promise<LoadedRules> {
  const copy = store instanceof RedisRuleStore ? copyOf(store, options.copyFolder) : null;
  try {
    const rules = await store.load();
    const warnings = copy === null ? [] : await saveCopy(copy, rules, options.nowMs);
    return { rules, store: store.describe(), copySavedMs: null, warnings };
  } catch (error) {
    if (copy === null || !(error instanceof StoreUnavailable)) throw error;
    if (options.strict) throw withNote(error, 'no copy is used (--strict-rules)');
    const saved = await copy.read();
    if (saved === null || saved.savedMs === null) throw withNote(error, 'no copy of its rules was kept');
    const age = formatSpan(options.nowMs - saved.savedMs);
    const warnings = [`${error.message}; going by the copy of its rules that was read ${age} ago`];
    return { rules: saved, store: store.describe(), copySavedMs: saved.savedMs, warnings };
  } finally {
    await store.close();
  }
}

/** Keeps a copy of rules that were read from a Redis, for the time when it can't be reached. Sentences for stderr. */
export async function keepCopy(store: RuleStore, rules: StoredRules, nowMs: number): Promise<readonly string[]> {
  return store instanceof RedisRuleStore ? saveCopy(copyOf(store), rules, nowMs) : [];
}

function copyOf(store: RedisRuleStore, folder = envPaths('dpi', { suffix: '' }).cache): RulesCopy {
  return new RulesCopy(folder, store.address, store.prefix);
}

/** A copy that can't be kept is worth a word, not a failure: the rules themselves are at hand. */
async function saveCopy(
  copy: RulesCopy,
  rules: { version: number; groups: readonly RuleGroup[] },
  nowMs: number,
): Promise<string[]> {
  try {
    await copy.save(rules, nowMs);
    return [];
  } catch (error) {
    return [`no copy of the rules could be kept in ${copy.path}: ${(error as Error).message}`];
  }
}

function withNote(error: StoreUnavailable, note: string): StoreUnavailable {
  return new StoreUnavailable(`${error.message}, and ${note}`, error.cause);
}

function redisPrefix(choice: StoreChoice, env: Environment): string {
  return choice.redisPrefix ?? set(env.DPI_REDIS_PREFIX) ?? DEFAULT_REDIS_PREFIX;
}

/** An empty variable counts as unset, as in shells. */
function set(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
