import { existsSync } from 'node:fs';
import { defaultRulesFile } from '../../adapters/stores/default-rules-file.js';
import type { StoreChoice } from '../../adapters/stores/open-rule-store.js';
import type { AppTable } from '../../core/classify/app-table.js';
import { DpiError } from '../../core/common/error.js';
import { appNamesOf } from '../../core/policy/app-names.js';
import type { AppNames, RuleAction, RuleGroup, RuleType } from '../../core/policy/rule.js';
import { parseRulePattern } from '../../core/policy/rule-kinds.js';
import { RuleSet } from '../../core/policy/rule-set.js';

/** Stored rules for unknown apps that are warned of one by one. */
const MOST_WARNINGS = 5;

/** Rules as an operator wrote them for one call. */
export interface RuleTexts {
  readonly type: RuleType;
  readonly action: RuleAction;
  /** For sentences: "--block-app". */
  readonly option: string;
  readonly texts: readonly string[];
}

/** Which rules a run is to apply. */
export interface RuleChoice {
  readonly ofCall: readonly RuleTexts[];
  /** Null leaves the stored rules out. */
  readonly stored: StoreChoice | null;
  /** A file that was named need not exist yet: it holds no rules then. Unless given, it must. */
  readonly mayBeMissing?: boolean;
  /** Fail where the Redis can't be reached, even if a copy of its rules was kept. */
  readonly strict: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The rules of a run. */
export interface RulesInForce {
  readonly rules: RuleSet;
  /** Where the stored ones came from, null when none were read. */
  readonly store: string | null;
  readonly warnings: readonly string[];
}

/** Reads the stored rules, adds those of the call and compiles them. Throws DpiError, for rules that are none too. */
export async function loadRules(choice: RuleChoice, apps: AppTable, nowMs: number = Date.now()): Promise<RulesInForce> {
  const ofCall = parseRules(choice.ofCall, appNamesOf(apps), nowMs);
  if (choice.stored === null || !isStoreThere(choice.stored, choice.env)) {
    return { rules: RuleSet.compile(ofCall, nowMs), store: null, warnings: [] };
  }
  const { openRuleStore, loadStoredRules } = await import('../../adapters/stores/open-rule-store.js');
  const opened = openRuleStore(choice.stored, choice.env, choice.mayBeMissing);
  const stored = await loadStoredRules(opened, { nowMs, strict: choice.strict });
  const { rules, store, warnings } = joinRules(ofCall, stored.groups, stored.store, apps, nowMs);
  return { rules, store, warnings: [...stored.warnings, ...warnings] };
}

/** The rules of a call and those of a store, compiled; `nowMs` says which have expired. */
export function joinRules(
  ofCall: readonly RuleGroup[],
  stored: readonly RuleGroup[],
  store: string | null,
  apps: AppTable,
  nowMs: number,
): RulesInForce {
  const rules = RuleSet.compile([...ofCall, ...withoutRepeats(stored, ofCall)], nowMs);
  return { rules, store, warnings: unknownApps(stored, apps) };
}

/** The rules that options name, as groups. Throws RuleError with the option's name. */
export function parseRules(written: readonly RuleTexts[], apps: AppNames, nowMs: number): RuleGroup[] {
  return written.map(({ type, action, option, texts }) => {
    const values = texts.map((text) => {
      try {
        return parseRulePattern(text, apps, type).value;
      } catch (error) {
        if (!(error instanceof DpiError)) throw error;
        throw new DpiError(error.code, `${option}: ${error.message}`, error.exitCode, { cause: error });
      }
    });
    return { type, action, values: [...new Set(values)], comment: null, expiresMs: null, createdMs: nowMs };
  });
}

/** A default file that does not exist is no store; one that was named must exist, which its store tells. */
export function isStoreThere(choice: StoreChoice, env: RuleChoice['env']): boolean {
  const named = [choice.rulesFile, choice.redis, env.DPI_RULES_FILE || undefined, env.DPI_REDIS_URL || undefined];
  return named.some((name) => name !== undefined) || existsSync(defaultRulesFile());
}

/** The stored groups without the rules that the call names too, so that each rule is counted once. */
function withoutRepeats(stored: readonly RuleGroup[], ofCall: readonly RuleGroup[]): RuleGroup[] {
  return stored.map((group) => {
    const same = ofCall.filter(({ type, action }) => type === group.type && action === group.action);
    const repeated = new Set(same.flatMap(({ values }) => [...values]));
    if (repeated.size === 0) return group;
    return { ...group, values: [...group.values].filter((value) => !repeated.has(value)) };
  });
}

/** A rule for an app that the table lacks decides nothing, which its author should know. */
function unknownApps(groups: readonly RuleGroup[], apps: AppTable): string[] {
  const names = groups.filter(({ type }) => type === 'app').flatMap(({ values }) => [...values]);
  const unknown = names.filter((name) => apps.idOf(name) === 0);
  const warnings = unknown
    .slice(0, MOST_WARNINGS)
    .map((name) => `the stored rule app:${name} has no effect: no app is called so (--apps adds apps)`);
  const more = unknown.length - warnings.length;
  return more > 0 ? [...warnings, `${more} more stored rules name unknown apps`] : warnings;
}
