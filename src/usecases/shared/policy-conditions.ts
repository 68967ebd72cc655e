import type { AppTable } from '../../core/classify/app-table.js';
import { DpiError } from '../../core/common/error.js';
import { appNamesOf } from '../../core/policy/app-names.js';
import { parseRulePattern } from '../../core/policy/rule-kinds.js';
import type { FindingRow } from '../../core/report/model.js';
import type { EscapeRow, HiddenRow, PolicySummary } from '../../core/report/policy-model.js';

const ALLOWED = "'escaped', 'escaped:APP' or 'hidden'";

/** Something that must not come through: asks the summary for it, null when it did not. */
export type PolicyCondition = (summary: PolicySummary) => FindingRow | null;

/** The conditions that `--fail-on` names. Throws DpiError for a text that is none. */
export function parsePolicyConditions(texts: readonly string[], apps: AppTable): PolicyCondition[] {
  return texts.map((text) => {
    const [, word, rest] = /^\s*(\w+)\s*(?::(.+))?$/.exec(text) ?? [];
    const name = word?.toLowerCase();
    if (name === 'escaped' && rest !== undefined) {
      const target = targetOf(rest, apps);
      return ({ escapes }) =>
        finding(
          `escaped:${target}`,
          escapes.filter((row) => row.target === target),
        );
    }
    if (name === 'escaped') return ({ escapes }) => finding(name, escapes);
    if (name === 'hidden' && rest === undefined) return ({ hidden }) => finding(name, hidden);
    throw new DpiError('bad-condition', `--fail-on takes ${ALLOWED}, not '${text}'`);
  });
}

/** An app as it is called, or a rule as type:value. */
function targetOf(text: string, apps: AppTable): string {
  const { type, value } = parseRulePattern(text, appNamesOf(apps), null);
  return type === 'app' ? value : `${type}:${value}`;
}

/** A connection that bears on several targets counts for each. */
function finding(condition: string, rows: readonly (EscapeRow | HiddenRow)[]): FindingRow | null {
  if (rows.length === 0) return null;
  const sum = (key: 'connections' | 'passed_packets' | 'passed_bytes') =>
    rows.reduce((total, row) => total + row[key], 0);
  return { condition, connections: sum('connections'), packets: sum('passed_packets'), bytes: sum('passed_bytes') };
}
