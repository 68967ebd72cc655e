import type { Rule } from '../core/policy/rule.js';
import { formatMoment } from '../core/policy/rule-expiry.js';
import type { RuleVerdict } from './rule-checker.js';

/** Of the JSON that `dpi rules` prints and `dpi serve` answers; its rules are those of the rules document. */
export const RULES_JSON_VERSION = 1;

/** A rule as JSON shows it everywhere. */
export function ruleJson({ id, type, value, action, comment, expiresMs, createdMs }: Rule): Record<string, unknown> {
  return {
    id,
    type,
    value,
    action,
    comment,
    expires: expiresMs === null ? null : formatMoment(expiresMs),
    created: createdMs === 0 ? null : formatMoment(createdMs),
  };
}

/** What `dpi rules check` found for one query. */
export function verdictJson({ query, type, app, decidedBy, matches }: RuleVerdict): Record<string, unknown> {
  return {
    query,
    type,
    app,
    verdict: decidedBy === null ? 'none' : decidedBy.action,
    decided_by: decidedBy === null ? null : ruleJson(decidedBy),
    matches: matches.map(ruleJson),
  };
}
