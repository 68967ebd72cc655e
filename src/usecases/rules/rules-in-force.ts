import { existsSync } from 'node:fs';
import { defaultRulesFile } from '../../adapters/stores/default-rules-file.js';
import type { StoreChoice } from '../../adapters/stores/open-rule-store.js';
import { type AppTable, UNKNOWN_APP } from '../../core/classify/app-table.js';
import { DpiError } from '../../core/common/error.js';
import { parseExactIpPrefix } from '../../core/common/ip-prefix.js';
import { appNamesOf } from '../../core/policy/app-names.js';
import { type AppNames, isExpired, type RuleAction, type RuleGroup, type RuleType } from '../../core/policy/rule.js';
import { parseRulePattern } from '../../core/policy/rule-kinds.js';
import { RuleSet } from '../../core/policy/rule-set.js';

/** Most warnings about single stored rules for unknown apps. */
const MOST_WARNINGS = 5;

/** Command-line rules, as written. */
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
  /** Fail when Redis can't be reached, even if a copy of its rules was kept. */
  readonly strict: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The rules of a run. */
export interface RulesInForce {
  readonly rules: RuleSet;
  /** The store of the stored rules; null when none was read, or none of its rules is in force. */
  readonly store: string | null;
  readonly warnings: readonly string[];
}

/** Reads the stored rules, adds the command-line rules and compiles them. Throws DpiError, also for invalid rules. */
export async function loadRules(choice: RuleChoice, apps: AppTable, nowMs: number = Date.now()): Promise<RulesInForce> {
  const ofCall = parseRules(choice.ofCall, appNamesOf(apps), nowMs);
  if (choice.stored === null || !isStoreThere(choice.stored, choice.env)) {
    return { rules: RuleSet.compile(ofCall, nowMs), store: null, warnings: topLevelDomains(choice.ofCall, apps) };
  }
  const { openRuleStore, loadStoredRules } = await import('../../adapters/stores/open-rule-store.js');
  const opened = openRuleStore(choice.stored, choice.env);
  const stored = await loadStoredRules(opened, { nowMs, strict: choice.strict });
  const { rules, store, warnings } = joinRules(ofCall, stored.groups, stored.store, apps, nowMs);
  return { rules, store, warnings: [...topLevelDomains(choice.ofCall, apps), ...stored.warnings, ...warnings] };
}

/** Compiles command-line and stored rules, without those that have expired at `nowMs`. */
export function joinRules(
  ofCall: readonly RuleGroup[],
  stored: readonly RuleGroup[],
  store: string | null,
  apps: AppTable,
  nowMs: number,
): RulesInForce {
  const others = withoutRepeats(stored, ofCall);
  const rules = RuleSet.compile([...ofCall, ...others], nowMs);
  const isUsed = others.some((group) => group.values.length > 0 && !isExpired(group, nowMs));
  return { rules, store: isUsed ? store : null, warnings: unknownApps(stored, apps) };
}

/** Parses command-line rules into groups. Throws a DpiError that names the option. */
export function parseRules(written: readonly RuleTexts[], apps: AppNames, nowMs: number): RuleGroup[] {
  return written.map(({ type, action, option, texts }) => {
    const values = texts.map((text) => {
      try {
        return parseRulePattern(text, apps, type).value;
      } catch (error) {
        if (!(error instanceof DpiError)) throw error;
        const message = error.code === 'unknown-app' ? otherThanApp(text, option, apps) : null;
        throw new DpiError(error.code, message ?? `${option}: ${error.message}`, { cause: error });
      }
    });
    return { type, action, values: [...new Set(values)], comment: null, expiresMs: null, createdMs: nowMs };
  });
}

/** A sentence for an address or a domain where an app is meant; null for other text. */
function otherThanApp(text: string, option: string, apps: AppNames): string | null {
  const name = text.trim();
  const type = parseExactIpPrefix(name) !== null ? 'ip' : /^[^.\s]+(\.[^.\s]+)+$/.test(name) ? 'domain' : null;
  if (type === null) return null;
  const owner = apps.ofHost(name);
  const ownerText = owner === null || owner === UNKNOWN_APP ? '' : `, or ${option} ${owner}`;
  const what = type === 'ip' ? 'an address' : 'a domain';
  return `${option}: '${name}' is ${what}, not an app; use ${option.replace('app', type)} ${name}${ownerText}`;
}

/** Warnings about domains without a dot, which match a top-level domain only: an app may be meant. */
function topLevelDomains(written: readonly RuleTexts[], apps: AppTable): string[] {
  return written
    .filter(({ type }) => type === 'domain')
    .flatMap(({ option, texts }) => texts.map((text) => ({ option, text: text.trim().replace(/\.$/, '') })))
    .filter(({ text }) => /^[\w-]+$/.test(text) && text.toLowerCase() !== 'localhost')
    .map(({ option, text }) => {
      const id = apps.idOf(text);
      const hint = id === 0 ? '' : `; for the app use ${option.replace('domain', 'app')} ${apps.nameOf(id)}`;
      return `${option} ${text} matches only the top-level domain .${text.toLowerCase()}${hint}`;
    });
}

/** False only for a default file that does not exist. A missing named file is an error, which its store throws. */
export function isStoreThere(choice: StoreChoice, env: RuleChoice['env']): boolean {
  const named = [choice.rulesFile, choice.redis, env.DPI_RULES_FILE || undefined, env.DPI_REDIS_URL || undefined];
  return named.some((name) => name !== undefined) || existsSync(defaultRulesFile());
}

/** The stored groups without rules that the command line repeats, so that each rule counts once. */
function withoutRepeats(stored: readonly RuleGroup[], ofCall: readonly RuleGroup[]): RuleGroup[] {
  return stored.map((group) => {
    const same = ofCall.filter(({ type, action }) => type === group.type && action === group.action);
    const repeated = new Set(same.flatMap(({ values }) => [...values]));
    if (repeated.size === 0) return group;
    return { ...group, values: [...group.values].filter((value) => !repeated.has(value)) };
  });
}

/** Warnings about rules for unknown apps, which have no effect. */
function unknownApps(groups: readonly RuleGroup[], apps: AppTable): string[] {
  const names = groups.filter(({ type }) => type === 'app').flatMap(({ values }) => [...values]);
  const unknown = names.filter((name) => apps.idOf(name) === 0);
  const warnings = unknown
    .slice(0, MOST_WARNINGS)
    .map((name) => `the stored rule app:${name} has no effect: no app is called so (--apps adds apps)`);
  const more = unknown.length - warnings.length;
  return more > 0 ? [...warnings, `${more} more stored rules name unknown apps`] : warnings;
}
