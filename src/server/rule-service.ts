import { DpiError } from '../core/common/error.js';
import type { AppNames, Rule, RuleAction, RuleGroup, RuleType } from '../core/policy/rule.js';
import { ruleId, ruleOf } from '../core/policy/rule.js';
import { parseExpiry } from '../core/policy/rule-expiry.js';
import { parseRulePattern, type RulePattern } from '../core/policy/rule-kinds.js';
import { anyApp } from '../rules/any-app.js';
import { broadRuleWarnings } from '../rules/broad-rules.js';
import { RuleBook } from '../rules/rule-book.js';
import { candidateQueries, RuleChecker, type RuleVerdict } from '../rules/rule-checker.js';
import type { RuleStore, StoredRules } from '../rules/rule-store.js';
import { outcomeName } from '../rules/rule-store.js';
import { ChangeQueue } from './change-queue.js';
import { HttpProblem } from './problem.js';

/** What a request may set for a new rule beside its value. */
export interface RuleRequest {
  readonly action?: RuleAction;
  readonly comment?: string | null;
  readonly expires?: string | null;
}

export interface AddedRule {
  readonly version: number;
  readonly outcome: 'added' | 'replaced' | 'unchanged';
  readonly rule: Rule;
  readonly warnings: readonly string[];
}

export interface RemovedRule {
  readonly version: number;
  readonly id: string;
  /** False if there was no such rule. */
  readonly removed: boolean;
}

/** Reads the rules of the store. */
export interface RuleReader {
  /** The rules of this version, already in force. If others keep changing them, the rules as just read. */
  reached(version: number): Promise<StoredRules>;
  close(): Promise<void>;
}

/** Reads and changes the stored rules for requests, with the checks and messages of `dpi rules`. */
export class RuleService {
  private readonly changes: ChangeQueue;
  private readonly reader: RuleStore;

  constructor(
    openStore: () => RuleStore,
    private readonly apps: AppNames,
    private readonly cache: RuleReader,
  ) {
    this.changes = new ChangeQueue(openStore());
    this.reader = openStore();
  }

  /** The store as outputs name it. */
  get store(): string {
    return this.reader.describe();
  }

  /**
   * Adds one rule; it is in force when this resolves. Throws DpiError for an invalid rule, and if the store fails, and
   * an HttpProblem if the rule is stored but not in force.
   */
  async add(type: RuleType, text: string, request: RuleRequest, nowMs: number): Promise<AddedRule> {
    const { value } = parseRulePattern(text, this.apps, type);
    const { action = 'block', comment, expires } = request;
    const group: RuleGroup = {
      type,
      action,
      values: [value],
      comment: comment ?? null,
      expiresMs: expires === undefined || expires === null ? null : parseExpiry(expires, nowMs),
      createdMs: Math.floor(nowMs / 1000) * 1000,
    };
    const { version, outcomes } = await this.changes.run((store) => store.add([group]));
    const stored = await this.settled(version);
    return {
      version,
      outcome: outcomeName(outcomes[0]!),
      // As stored: a rule that already existed keeps its creation time.
      rule: ruleIn(stored, type, value) ?? ruleOf(group, value),
      warnings: broadRuleWarnings([group], this.apps),
    };
  }

  /** Removes one rule; with `action`, only if the rule has that action. Throws as `add`. */
  async remove(type: RuleType, text: string, action?: RuleAction): Promise<RemovedRule> {
    const { value } = this.patternOf(type, text);
    const { version, removed } = await this.changes.run((store) =>
      store.remove([{ type, values: [value] }], { action }),
    );
    await this.settled(version);
    return { version, id: ruleId(type, value), removed: removed.length > 0 };
  }

  /** Type and canonical value of a possibly stored rule. Also accepts apps that are no longer known. */
  patternOf(type: RuleType, text: string): RulePattern {
    return parseRulePattern(text, anyApp(this.apps), type);
  }

  /** What the stored rules do to each query. Throws DpiError if the store fails. */
  async check(patterns: readonly RulePattern[], nowMs: number): Promise<{ version: number; verdicts: RuleVerdict[] }> {
    const { version, groups } = await this.reader.find(candidateQueries(patterns, this.apps));
    const checker = new RuleChecker(groups, nowMs, this.apps);
    return { version, verdicts: patterns.flatMap((pattern) => checker.check(pattern)) };
  }

  /** All stored rules, never older than the store's version. Throws DpiError if the store fails. */
  async rules(): Promise<StoredRules> {
    return this.cache.reached(await this.reader.version());
  }

  /** The rules after our own change, in force. Throws an HttpProblem if they can't be read: the change stays. */
  private async settled(version: number): Promise<StoredRules> {
    try {
      return await this.cache.reached(version);
    } catch (error) {
      if (!(error instanceof DpiError)) throw error;
      throw new HttpProblem(
        503,
        'stored-not-in-force',
        `the change is stored as version ${version}, but not in force here: ${error.message}`,
      );
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.changes.close(), this.reader.close(), this.cache.close()]);
  }
}

/** The stored rule with this value, or null. */
export function ruleIn(rules: StoredRules, type: RuleType, value: string): Rule | null {
  if (rules instanceof RuleBook) {
    const group = rules.find(type, value);
    return group === null ? null : ruleOf(group, value);
  }
  for (const group of rules.groups) {
    if (group.type !== type) continue;
    for (const stored of group.values) if (stored === value) return ruleOf(group, value);
  }
  return null;
}
