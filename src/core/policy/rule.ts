import type { AppLineage } from '../classify/app-table.js';
import { DpiError } from '../common/error.js';

export type RuleAction = 'block' | 'allow';
/** `limit` is the rule of `--on-limit block`. It has no kind: no text means it, and no store holds it. */
export type RuleType = 'ip' | 'port' | 'domain' | 'app' | 'category' | 'proto' | 'limit';
/** The only value of a rule of type `limit`: connections of which a limit left a part unread. */
export const UNINSPECTED = 'uninspected';

/** An array of strings, or what takes less room (`PackedTexts`). */
interface RuleValues extends Iterable<string> {
  readonly length: number;
  /** Value number `at`, 0 to length - 1. */
  at(at: number): string | undefined;
}

/** Rules that differ in nothing but their value: the form in which stores keep them and the rule set is built. */
export interface RuleGroup {
  readonly type: RuleType;
  readonly action: RuleAction;
  /** Canonical values of the type's `RuleKind`. */
  readonly values: RuleValues;
  readonly comment: string | null;
  /** Milliseconds since the epoch from which on the rules are no longer in force; null for never. */
  readonly expiresMs: number | null;
  /** Milliseconds since the epoch, whole seconds, of the change that added or last replaced the rules. */
  readonly createdMs: number;
}

/** One rule on its own, for people and for JSON. */
export interface Rule {
  /** `type:value`; unique within a store, so a rule either blocks or allows. */
  readonly id: string;
  readonly type: RuleType;
  readonly value: string;
  readonly action: RuleAction;
  readonly comment: string | null;
  readonly expiresMs: number | null;
  readonly createdMs: number;
}

/** An operator's text is no rule; `message` quotes it and says which values are allowed. */
export class RuleError extends DpiError {
  /** `suggestions` are rules that may be meant, as type:value, likeliest first; `message` names them as well. */
  constructor(
    code: string,
    message: string,
    readonly suggestions: readonly string[] = [],
  ) {
    super(code, message);
    this.name = 'RuleError';
  }
}

/** The known apps, as far as rules need them; handed in so that the rules do not depend on the app table. */
export interface AppNames {
  /** Canonical upper-case name of an app or alias in any case, null when there is none. */
  find(text: string): string | null;
  /** Names close to a misspelt one, best first. */
  suggest(text: string): readonly string[];
  /** A known app and what it is a part of; a name that is not known stands for itself. */
  lineage(app: string): AppLineage;
  /** The app that a host name belongs to, null when it is in no app's list. */
  ofHost(host: string): string | null;
}

export function ruleId(type: RuleType, value: string): string {
  return `${type}:${value}`;
}

/** Rule number `at` of a group, 0 to the number of its values - 1. */
export function ruleOfGroup(group: RuleGroup, at: number): Rule {
  return ruleOf(group, group.values.at(at)!);
}

/** The rule of a group with this value. */
export function ruleOf(group: Omit<RuleGroup, 'values'>, value: string): Rule {
  return {
    id: ruleId(group.type, value),
    type: group.type,
    value,
    action: group.action,
    comment: group.comment,
    expiresMs: group.expiresMs,
    createdMs: group.createdMs,
  };
}

/** Rules of a list of groups, in order. */
export function* rulesOfGroups(groups: Iterable<RuleGroup>): Generator<Rule> {
  for (const group of groups) {
    for (let i = 0; i < group.values.length; i++) yield ruleOfGroup(group, i);
  }
}

/** One group of each run of neighbours that differ in their values alone, as stores hand out long lists. */
export function joinAlike(groups: readonly RuleGroup[]): RuleGroup[] {
  const runs: RuleGroup[][] = [];
  for (const group of groups) {
    const run = runs.at(-1);
    if (run !== undefined && isAlike(run[0]!, group)) run.push(group);
    else runs.push([group]);
  }
  return runs.map((run) =>
    run.length === 1 ? run[0]! : { ...run[0]!, values: run.flatMap(({ values }) => [...values]) },
  );
}

function isAlike(a: RuleGroup, b: RuleGroup): boolean {
  const isSameKind = a.type === b.type && a.action === b.action && a.comment === b.comment;
  return isSameKind && a.expiresMs === b.expiresMs && a.createdMs === b.createdMs;
}

export function countRules(groups: Iterable<RuleGroup>): number {
  let count = 0;
  for (const group of groups) count += group.values.length;
  return count;
}

export function isExpired(rule: { readonly expiresMs: number | null }, nowMs: number): boolean {
  return rule.expiresMs !== null && rule.expiresMs <= nowMs;
}
