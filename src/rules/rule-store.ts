import { DpiError } from '../core/common/error.js';
import type { RuleAction, RuleGroup, RuleType } from '../core/policy/rule.js';

/** The store can't be reached now; `analyze` and `filter` may fall back to the last copy. */
export class StoreUnavailable extends DpiError {
  constructor(message: string, cause?: unknown) {
    super('redis-unavailable', message, { cause });
  }
}

/** All rules of a store at one moment. Never changed once handed out. */
export interface StoredRules {
  /** Grows by one with each change; 0 for a store that was never written. */
  readonly version: number;
  readonly groups: readonly RuleGroup[];
}

/** Values of one type, as named for removal. */
export interface RuleSelection {
  readonly type: RuleType;
  readonly values: readonly string[];
}

/** What to read of one type: those of these values that are there, or all (null). */
export interface RuleQuery {
  readonly type: RuleType;
  readonly values: readonly string[] | null;
}

/** What became of one value that was to be added. */
export const ADDED = 0;
/** The rule existed with another action, comment or expiry. */
export const REPLACED = 1;
/** The rule existed just so, or occurs twice in the change. */
export const UNCHANGED = 2;
/** An allow rule for the value exists, and `keepAllowed` protects it from a block rule. */
export const KEPT_ALLOWED = 3;

/** The name of an outcome in answers; a rule that an allow rule kept out has changed nothing. */
export function outcomeName(outcome: number): 'added' | 'replaced' | 'unchanged' {
  return outcome === ADDED ? 'added' : outcome === REPLACED ? 'replaced' : 'unchanged';
}

export interface AddResult {
  readonly version: number;
  /** One of the codes above for each value, in the order of the groups. */
  readonly outcomes: Uint8Array;
}

export interface RemoveResult {
  readonly version: number;
  /** Ids (`type:value`) in the order asked for. */
  readonly removed: readonly string[];
  readonly missing: readonly string[];
}

export interface ClearResult {
  readonly version: number;
  readonly removed: number;
}

export interface AddOptions {
  /** Lists of strangers must not undo what the operator allowed: block rules do not replace allow rules. */
  readonly keepAllowed?: boolean;
  /** Told now and then how many of the values have been handed over. */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface RemoveOptions {
  /** Only rules with this action; one with the other counts as missing and stays. */
  readonly action?: RuleAction;
}

/**
 * A place that keeps rules. Each change is applied whole or not at all, whatever is killed when, and waits its turn
 * when others change the rules at the same time. Every failure is a DpiError whose sentence names the store and the
 * cause.
 */
export interface RuleStore {
  readonly kind: 'json' | 'redis';
  /** The store as outputs name it, never with a password. */
  describe(): string;
  load(): Promise<StoredRules>;
  /**
   * The rules that the queries name, each type in one query at most; far less work than `load` where a store can look
   * them up.
   */
  find(queries: readonly RuleQuery[]): Promise<StoredRules>;
  /** The version alone, cheaper than `load`. */
  version(): Promise<number>;
  add(groups: readonly RuleGroup[], options?: AddOptions): Promise<AddResult>;
  remove(selections: readonly RuleSelection[], options?: RemoveOptions): Promise<RemoveResult>;
  clear(): Promise<ClearResult>;
  /**
   * Calls `changed` with the rules after each change by anyone (several quick changes may come as one), and `failed`
   * when the store can't be read for the time being. Resolves once watching; the function it gives ends it.
   */
  watch(changed: (rules: StoredRules) => void, failed: (error: Error) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}
