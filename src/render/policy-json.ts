import type { PolicySummary } from '../core/report/policy-model.js';
import { jsonText } from './safe-text.js';

/** The result of `dpi rules test` as one JSON object. */
export function policyJson(summary: PolicySummary): string {
  return membersJson(summary);
}

/** An object as JSON: a member a line, and a line for each row of its lists. */
export function membersJson(value: object): string {
  const members = Object.entries(value).map(([key, member]) => {
    const isList = Array.isArray(member) && member.length > 0;
    return `"${key}":${isList ? `[\n${member.map(jsonText).join(',\n')}\n]` : jsonText(member)}`;
  });
  return `{${members.join(',\n')}}\n`;
}
