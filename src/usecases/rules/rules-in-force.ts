import { existsSync } from 'node:fs';
import { defaultRulesFile } from '../../adapters/stores/default-rules-file.js';
import type { StoreChoice } from '../../adapters/stores/open-rule-store.js';
import { type AppTable, UNKNOWN_APP } from '../../core/classify/app-table.js';
import { DpiError } from '../../core/common/error.js';
import { parseExactIpPrefix } from '../../core/common/ip-prefix.js';
import type { Steps } from '../../core/common/turns.js';
import { appNamesOf } from '../../core/policy/app-names.js';
import { idleRuleWarnings } from '../../core/policy/idle-rules.js';
import {
  type AppNames,
  countRules,
  isExpired,
  type RuleAction,
  type RuleGroup,
  type RuleType,
  UNINSPECTED,
} from '../../core/policy/rule.js';
import { parseRulePattern } from '../../core/policy/rule-kinds.js';
import { type RuleKey, RuleSet } from '../../core/policy/rule-set.js';
import type { RuleBook } from '../../rules/rule-book.js';
import { latestOf } from '../../rules/rule-change.js';

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
  /** How many of the rules are the command line's. */
  readonly ofCall: number;
  readonly warnings: readonly string[];
}

/** Reads the stored rules, adds the command-line rules and compiles them. Throws DpiError, also for invalid rules. */
export async function loadRules(choice: RuleChoice, apps: AppTable, nowMs: number = Date.now()): Promise<RulesInForce> {
  const ofCall = parseRules(choice.ofCall, appNamesOf(apps), nowMs);
  if (choice.stored === null || !isStoreThere(choice.stored, choice.env)) {
    const rules = RuleSet.compile(ofCall, nowMs);
    return { rules, store: null, ofCall: rules.size, warnings: idleRuleWarnings(ofCall, appNamesOf(apps)) };
  }
  const { openRuleStore, loadStoredRules } = await import('../../adapters/stores/open-rule-store.js');
  const opened = openRuleStore(choice.stored, choice.env);
  const stored = await loadStoredRules(opened, { nowMs, strict: choice.strict });
  const joined = joinRules(ofCall, stored.rules.groups, stored.store, apps, nowMs);
  return { ...joined, warnings: [...stored.warnings, ...joined.warnings] };
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
  const warnings = [...idleRuleWarnings(ofCall, appNamesOf(apps)), ...unknownApps(stored, apps)];
  return { rules, store: isUsed ? store : null, ofCall: countRules(ofCall), warnings };
}

/** As `joinRules` for many rules, in steps of some milliseconds; the rules are ready for changes then. */
export function* joinInSteps(
  ofCall: readonly RuleGroup[],
  stored: readonly RuleGroup[],
  nowMs: number,
): Steps<RuleSet> {
  const rules = yield* RuleSet.compileSteps([...ofCall, ...withoutRepeats(stored, ofCall)], nowMs);
  yield* rules.prepareChanges();
  return rules;
}

/**
 * `rules`, made of command-line rules and `before`, after what has changed up to `after`, and without those that have
 * expired since. Null where it is better to compile all anew.
 */
export function changeRules(
  rules: RuleSet,
  ofCall: readonly RuleGroup[],
  before: JoinedBook,
  after: JoinedBook,
): RuleSet | null {
  const changes = after.book.since(before.book);
  if (changes === null) return null;
  const latest = latestOf(changes);
  const expired = after.book.groups.filter((group) => !isExpired(group, before.nowMs) && isExpired(group, after.nowMs));
  if (countRules(expired) > MOST_EXPIRED) return null;
  const gone = [...latest.map(({ type, values }) => ({ type, values: [...values.keys()] })), ...expired];
  const removed = gone.flatMap(({ type, values }) =>
    Array.from(values).flatMap((value) => BOTH_ACTIONS.map((action) => ({ type, action, value }))),
  );
  const isOfCall = (key: RuleKey): boolean =>
    ofCall.some((group) => isAlike(group, key) && [...group.values].includes(key.value));
  const added = latest.flatMap(({ values }) =>
    [...values].flatMap(([value, group]) =>
      group === null || isExpired(group, after.nowMs) ? [] : { ...group, values: [value] },
    ),
  );
  return rules.changed(
    removed.filter((key) => !isOfCall(key)),
    withoutRepeats(added, ofCall),
  );
}

/** The stored rules that a set was made of, and when. */
export interface JoinedBook {
  readonly book: RuleBook;
  readonly nowMs: number;
}

/** Most rules that expire at once before all are better compiled anew. */
const MOST_EXPIRED = 4096;

const BOTH_ACTIONS: readonly RuleAction[] = ['block', 'allow'];

/** The rule that blocks connections of which a limit left a part unread; `option` asked for it. */
export function limitRule(option: string): RuleTexts {
  return { type: 'limit', action: 'block', option, texts: [UNINSPECTED] };
}

/** Parses command-line rules into groups. Throws a DpiError that names the option. */
export function parseRules(written: readonly RuleTexts[], apps: AppNames, nowMs: number): RuleGroup[] {
  return written.map(({ type, action, option, texts }) => {
    const values = texts.map((text) => {
      if (type === 'limit') return text;
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

/** False only for a default file that does not exist. A missing named file is an error, which its store throws. */
export function isStoreThere(choice: StoreChoice, env: RuleChoice['env']): boolean {
  const named = [choice.rulesFile, choice.redis, env.DPI_RULES_FILE || undefined, env.DPI_REDIS_URL || undefined];
  return named.some((name) => name !== undefined) || existsSync(defaultRulesFile());
}

/** The stored groups without rules that the command line repeats, so that each rule counts once. */
function withoutRepeats(stored: readonly RuleGroup[], ofCall: readonly RuleGroup[]): RuleGroup[] {
  return stored.map((group) => {
    const same = ofCall.filter((one) => isAlike(one, group));
    const repeated = new Set(same.flatMap(({ values }) => [...values]));
    if (repeated.size === 0) return group;
    return { ...group, values: [...group.values].filter((value) => !repeated.has(value)) };
  });
}

function isAlike(a: Pick<RuleGroup, 'type' | 'action'>, b: Pick<RuleGroup, 'type' | 'action'>): boolean {
  return a.type === b.type && a.action === b.action;
}

/** Warnings about rules for unknown apps, which have no effect. */
export function unknownApps(groups: readonly RuleGroup[], apps: AppTable): string[] {
  const names = groups.filter(({ type }) => type === 'app').flatMap(({ values }) => [...values]);
  const unknown = names.filter((name) => apps.idOf(name) === 0);
  const warnings = unknown
    .slice(0, MOST_WARNINGS)
    .map((name) => `the stored rule app:${name} has no effect: no app is called so (--apps adds apps)`);
  const more = unknown.length - warnings.length;
  return more > 0 ? [...warnings, `${more} more stored rules name unknown apps`] : warnings;
}
