import { ask } from './requests.js';

export const RULE_TYPES = ['domain', 'app', 'ip', 'port', 'category', 'proto'] as const;
type RuleType = (typeof RULE_TYPES)[number];
type RuleAction = 'block' | 'allow';

export interface StoredRule {
  readonly id: string;
  readonly type: string;
  readonly value: string;
  readonly action: RuleAction;
  readonly comment: string | null;
  readonly expires: string | null;
}

export interface ListedRules {
  readonly store: string;
  readonly total: number;
  readonly rules: readonly StoredRule[];
}

/** How a text is read as a rule. */
export interface RulePreview {
  readonly text: string;
  /** Null, as the next two, where it is no rule. */
  readonly id: string | null;
  readonly type: RuleType | null;
  readonly value: string | null;
  readonly matches: string | null;
  readonly app: string | null;
  readonly problem: string | null;
  readonly suggestions: readonly string[];
  readonly warnings: readonly string[];
}

/** A rule as it is typed. */
export interface RuleDraft {
  readonly action: RuleAction;
  /** Null where the server recognizes the type by the text. */
  readonly type: RuleType | null;
  readonly text: string;
}

/** Rules that the page lists. */
const LIMIT = 200;

/** Rejects with Refused where the server has no rule store. */
export function readRules(limit = LIMIT): Promise<ListedRules> {
  return ask<ListedRules>('GET', `/rules?limit=${limit}`);
}

export function previewRule({ text, type }: RuleDraft): Promise<RulePreview> {
  return ask('GET', `/rules/preview?${new URLSearchParams({ text, ...(type === null ? {} : { type }) })}`);
}

/** Adds a rule, and returns what came of it in words. Rejects where the text is no rule. */
export async function addRule(draft: RuleDraft): Promise<string> {
  const { type, value, problem } = await previewRule(draft);
  if (type === null || value === null) throw new Error(problem ?? 'this is no rule');
  const path = `/rules/${type}/${encodeURIComponent(value)}`;
  const { action } = draft;
  const added = await ask<{ outcome: string; rule: StoredRule; warnings: string[] }>('POST', path, { action });
  return [`${added.rule.id}: ${added.outcome}`, ...added.warnings].join('. ');
}

export async function removeRule({ id, type, value }: StoredRule): Promise<string> {
  await ask('DELETE', `/rules/${type}/${encodeURIComponent(value)}`);
  return `${id}: removed`;
}
