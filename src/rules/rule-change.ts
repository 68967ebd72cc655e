import { joinAlike, type RuleAction, type RuleGroup, type RuleType } from '../core/policy/rule.js';
import type { RuleBook, RuleChange } from './rule-book.js';
import { ADDED, KEPT_ALLOWED, REPLACED, type StoredRules, UNCHANGED } from './rule-store.js';

/** What a store already holds for a value. */
export type ExistingRule = Pick<RuleGroup, 'action' | 'comment' | 'expiresMs'>;

/** The values of a change by type, each with the number of the group that counts where it occurs twice. */
export type WantedRules = ReadonlyMap<RuleType, ReadonlyMap<string, number>>;

export interface AddPlan {
  readonly outcomes: Uint8Array;
  /** What must be written: values added or replaced, in the order given. */
  readonly groups: readonly RuleGroup[];
}

/** The values that a change touches. Of two rules for one value the allowing one counts, then the first. */
export function wantedRules(groups: readonly RuleGroup[]): WantedRules {
  const wanted = new Map<RuleType, Map<string, number>>();
  groups.forEach(({ type, action, values }, number) => {
    let ofType = wanted.get(type);
    if (ofType === undefined) {
      ofType = new Map();
      wanted.set(type, ofType);
    }
    for (const value of values) {
      const earlier = ofType.get(value);
      const wins = earlier === undefined || (action === 'allow' && groups[earlier]!.action === 'block');
      if (wins) ofType.set(value, number);
    }
  });
  return wanted;
}

/** The rules among `stored` that a change touches. */
export function findExisting(
  stored: readonly RuleGroup[],
  wanted: ReadonlyMap<RuleType, { has(value: string): boolean }>,
): Map<RuleType, Map<string, ExistingRule>> {
  const existing = new Map<RuleType, Map<string, ExistingRule>>();
  for (const group of stored) {
    const ofType = wanted.get(group.type);
    if (ofType === undefined) continue;
    let found = existing.get(group.type);
    if (found === undefined) {
      found = new Map();
      existing.set(group.type, found);
    }
    for (const value of group.values) if (ofType.has(value)) found.set(value, group);
  }
  return existing;
}

/** The rules of a book that a change touches. */
export function findInBook(
  book: RuleBook,
  wanted: ReadonlyMap<RuleType, { keys(): Iterable<string> }>,
): Map<RuleType, Map<string, ExistingRule>> {
  const existing = new Map<RuleType, Map<string, ExistingRule>>();
  for (const [type, values] of wanted) {
    const found = new Map<string, ExistingRule>();
    for (const value of values.keys()) {
      const group = book.find(type, value);
      if (group !== null) found.set(value, group);
    }
    existing.set(type, found);
  }
  return existing;
}

/** The rules after changes, which follow on their version. */
export function withChanges(rules: StoredRules, changes: readonly RuleChange[]): StoredRules {
  if (changes.length === 0) return rules;
  const latest = latestOf(changes);
  const groups = latest.flatMap(({ values }) =>
    [...values].flatMap(([value, group]) => (group === null ? [] : { ...group, values: [value] })),
  );
  const touched = new Map(latest.map(({ type, values }) => [type, values]));
  return { version: changes.at(-1)!.version, groups: [...withoutValues(rules.groups, touched), ...joinAlike(groups)] };
}

/** What changes come to: by type and value the group that it is in then, null where it was removed. */
export function latestOf(
  changes: readonly RuleChange[],
): { readonly type: RuleType; readonly values: ReadonlyMap<string, RuleGroup | null> }[] {
  const latest = new Map<RuleType, Map<string, RuleGroup | null>>();
  const put = (type: RuleType, value: string, group: RuleGroup | null): void => {
    const values = latest.get(type) ?? new Map<string, RuleGroup | null>();
    latest.set(type, values.set(value, group));
  };
  for (const { removed, added } of changes) {
    for (const { type, values } of removed) for (const value of values) put(type, value, null);
    for (const group of added) for (const value of group.values) put(group.type, value, group);
  }
  return [...latest].map(([type, values]) => ({ type, values }));
}

/** Those of one type that have the action; all of them where none is named. */
export function ofAction(
  rules: Map<string, ExistingRule>,
  action: RuleAction | undefined,
): ReadonlyMap<string, ExistingRule> {
  return action === undefined ? rules : new Map([...rules].filter(([, rule]) => rule.action === action));
}

/** Decides for each value whether it is new, replaces a rule, or leaves the store as it is. */
export function planAdd(
  groups: readonly RuleGroup[],
  wanted: WantedRules,
  existing: ReadonlyMap<RuleType, ReadonlyMap<string, ExistingRule>>,
  keepAllowed: boolean,
): AddPlan {
  const outcomes = new Uint8Array(groups.reduce((sum, { values }) => sum + values.length, 0));
  const written: RuleGroup[] = [];
  let at = 0;
  groups.forEach((group, number) => {
    const ofType = wanted.get(group.type)!;
    const found = existing.get(group.type);
    const values: string[] = [];
    const seen = new Set<string>();
    for (const value of group.values) {
      let outcome = UNCHANGED;
      if (ofType.get(value) === number && !seen.has(value)) {
        outcome = outcomeOf(group, found?.get(value), keepAllowed);
        seen.add(value);
      }
      if (outcome === ADDED || outcome === REPLACED) values.push(value);
      outcomes[at++] = outcome;
    }
    if (values.length > 0) written.push({ ...group, values });
  });
  return { outcomes, groups: written };
}

function outcomeOf(rule: ExistingRule, existing: ExistingRule | undefined, keepAllowed: boolean): number {
  if (existing === undefined) return ADDED;
  if (keepAllowed && existing.action === 'allow' && rule.action === 'block') return KEPT_ALLOWED;
  const same =
    existing.action === rule.action && existing.comment === rule.comment && existing.expiresMs === rule.expiresMs;
  return same ? UNCHANGED : REPLACED;
}

/** The groups without the values of `dropped`; groups that stay whole are the same objects. */
export function withoutValues(
  groups: readonly RuleGroup[],
  dropped: ReadonlyMap<RuleType, { has(value: string): boolean }>,
): RuleGroup[] {
  const kept: RuleGroup[] = [];
  for (const group of groups) {
    const gone = dropped.get(group.type);
    const values = gone === undefined ? group.values : [...group.values].filter((value) => !gone.has(value));
    if (values.length === group.values.length) kept.push(group);
    else if (values.length > 0) kept.push({ ...group, values });
  }
  return kept;
}

export function selectedValues(selections: readonly Pick<RuleGroup, 'type' | 'values'>[]): Map<RuleType, Set<string>> {
  const selected = new Map<RuleType, Set<string>>();
  for (const { type, values } of selections) {
    const ofType = selected.get(type) ?? new Set<string>();
    for (const value of values) ofType.add(value);
    selected.set(type, ofType);
  }
  return selected;
}
