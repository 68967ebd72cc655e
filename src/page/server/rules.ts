import { ask } from './requests.js';

export const RULE_TYPES = ['domain', 'app', 'ip', 'port', 'category', 'proto'] as const;
export type RuleType = (typeof RULE_TYPES)[number];

export interface StoredRule {
  readonly id: string;
  readonly type: string;
  readonly value: string;
  readonly action: 'block' | 'allow';
  readonly comment: string | null;
  readonly expires: string | null;
}

export interface ListedRules {
  readonly store: string;
  readonly total: number;
  readonly rules: readonly StoredRule[];
}

/** Rules that the page lists. */
const LIMIT = 200;

/** Rejects with Refused where the server has no rule store. */
export function readRules(): Promise<ListedRules> {
  return ask<ListedRules>('GET', `/rules?limit=${LIMIT}`);
}

/** Adds a rule, and returns what came of it in words. Rejects with Refused, which says what is wrong with it. */
export async function addRule(type: RuleType, value: string, action: 'block' | 'allow'): Promise<string> {
  const path = `/rules/${type}/${encodeURIComponent(value)}`;
  const added = await ask<{ outcome: string; rule: StoredRule; warnings: string[] }>('POST', path, { action });
  return [`${added.rule.id}: ${added.outcome}`, ...added.warnings].join('. ');
}

export async function removeRule({ id, type, value }: StoredRule): Promise<string> {
  await ask('DELETE', `/rules/${type}/${encodeURIComponent(value)}`);
  return `${id}: removed`;
}
