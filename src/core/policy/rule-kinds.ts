import { ADDRESS_RULES } from './address-rules.js';
import { APP_RULES } from './app-rules.js';
import { CATEGORY_RULES } from './category-rules.js';
import { DOMAIN_RULES } from './domain-rules.js';
import { PORT_RULES } from './port-rules.js';
import { PROTOCOL_RULES } from './protocol-rules.js';
import { type AppNames, RuleError, type RuleType, ruleId } from './rule.js';
import type { RuleKind } from './rule-kind.js';

/**
 * Every kind of rules. The order is that in which a text without a type is tried, and in which rules of equal action
 * that match at the same moment decide: an address before a port, a domain before its app, an app before its category.
 */
export const RULE_KINDS: readonly RuleKind[] = [
  ADDRESS_RULES,
  PORT_RULES,
  DOMAIN_RULES,
  APP_RULES,
  CATEGORY_RULES,
  PROTOCOL_RULES,
];

export const RULE_TYPES: readonly RuleType[] = RULE_KINDS.map(({ type }) => type);

/** Type and canonical value of what an operator wrote. */
export interface RulePattern {
  readonly type: RuleType;
  readonly value: string;
}

/** The kind of a type name; throws RuleError for an unknown one. */
export function ruleKindOf(type: string): RuleKind {
  const kind = RULE_KINDS.find((candidate) => candidate.type === type);
  if (kind === undefined) {
    throw new RuleError('bad-rule-type', `'${type}' is not a rule type; allowed: ${RULE_TYPES.join(', ')}`);
  }
  return kind;
}

/**
 * The rule that `text` means: `domain:example.com` names its type, `example.com` is recognised by its form, and a
 * `type` handed in settles it. Throws RuleError.
 */
export function parseRulePattern(text: string, apps: AppNames, type: RuleType | null = null): RulePattern {
  const trimmed = text.trim();
  if (trimmed === '') throw new RuleError('empty-rule', 'a rule is empty; expected an address, port, domain or app');
  const colon = trimmed.indexOf(':');
  const stated =
    colon === -1 ? undefined : RULE_KINDS.find((kind) => kind.type === trimmed.slice(0, colon).toLowerCase());
  if (stated !== undefined && (type === null || type === stated.type)) {
    return { type: stated.type, value: stated.parse(trimmed.slice(colon + 1).trim(), apps) };
  }
  if (type !== null) return { type, value: ruleKindOf(type).parse(trimmed, apps) };
  const kind = RULE_KINDS.find((candidate) => candidate.looksLike(trimmed, apps));
  if (kind !== undefined) return { type: kind.type, value: kind.parse(trimmed, apps) };
  const stateable = [CATEGORY_RULES, PROTOCOL_RULES].filter((candidate) => accepts(candidate, trimmed, apps));
  if (stateable.length > 0) {
    const written = stateable.map((candidate) => ruleId(candidate.type, trimmed.toLowerCase()));
    throw new RuleError('bad-rule', `'${trimmed}' is not a rule: did you mean ${written.join(' or ')}?`, written);
  }
  const near = apps.suggest(trimmed).slice(0, 3);
  const hint =
    near.length > 0
      ? `no known app is called so (did you mean ${near.join(' or ')}?), and a domain without a dot is written domain:${trimmed}`
      : `no address, no port, no known app, and a domain without a dot is written domain:${trimmed}`;
  throw new RuleError(
    'bad-rule',
    `'${trimmed}' is not a rule: ${hint}`,
    near.map((app) => ruleId('app', app)),
  );
}

function accepts(kind: RuleKind, text: string, apps: AppNames): boolean {
  try {
    kind.parse(text, apps);
    return true;
  } catch (error) {
    if (error instanceof RuleError) return false;
    throw error;
  }
}
