import type { PolicySummary } from '../core/report/policy-model.js';
import { jsonText } from './safe-text.js';

/** The result of `dpi rules test` as one JSON object: a member a line, and a line for each row of the lists. */
export function policyJson(summary: PolicySummary): string {
  const members = Object.entries(summary).map(([key, value]) => {
    const isList = Array.isArray(value) && value.length > 0;
    return `"${key}":${isList ? `[\n${value.map(jsonText).join(',\n')}\n]` : jsonText(value)}`;
  });
  return `{${members.join(',\n')}}\n`;
}
