import type { AppTable } from '../../core/classify/app-table.js';
import { DpiError } from '../../core/common/error.js';
import { appNamesOf } from '../../core/policy/app-names.js';
import { parseRulePattern } from '../../core/policy/rule-kinds.js';
import { NO_RULE, RuleSet } from '../../core/policy/rule-set.js';
import type { DomainRow, FindingRow, ReportSummary } from '../../core/report/model.js';

const ALLOWED = "'blocked', 'app:NAME' or 'domain:NAME'";

/** Something that must not be in a capture: asks the report for it, null when it is absent. */
export type Condition = (summary: ReportSummary) => FindingRow | null;

/** The conditions that `--fail-on` names. Throws DpiError for a text that is none. */
export function parseConditions(texts: readonly string[], apps: AppTable): Condition[] {
  return texts.map((text) => {
    const trimmed = text.trim();
    if (trimmed.toLowerCase() === 'blocked') return blockedCondition;
    const kind = /^(app|domain):(.+)$/i.exec(trimmed);
    if (kind === null) throw new DpiError('bad-condition', `--fail-on takes ${ALLOWED}, not '${text}'`);
    const type = kind[1]!.toLowerCase() as 'app' | 'domain';
    const { value } = parseRulePattern(kind[2]!, appNamesOf(apps), type);
    return type === 'app' ? appCondition(value) : domainCondition(value);
  });
}

function blockedCondition(summary: ReportSummary): FindingRow | null {
  const { blocked_connections: connections, dropped_packets: packets, rules } = summary;
  if (connections === 0) return null;
  const blocks = rules.decided.filter(({ action }) => action === 'block');
  return { condition: 'blocked', connections, packets, bytes: sum(blocks.map(({ bytes }) => bytes)) };
}

function appCondition(app: string): Condition {
  return ({ apps }) => {
    const row = apps.find((one) => one.app === app);
    if (row === undefined) return null;
    return { condition: `app:${app}`, connections: row.connections, packets: row.packets, bytes: row.bytes };
  };
}

/** Matches as a domain rule does: the name and its subdomains, `=name` exactly it, `*.name` its subdomains only. */
function domainCondition(value: string): Condition {
  const group = {
    type: 'domain',
    action: 'block',
    values: [value],
    comment: null,
    expiresMs: null,
    createdMs: 0,
  } as const;
  const rules = RuleSet.compile([group], 0);
  const matches = ({ domain }: DomainRow): boolean => {
    const bytes = Buffer.from(domain, 'latin1');
    return rules.atName(bytes, 0, bytes.length) !== NO_RULE;
  };
  return ({ domains_detected: domains }) => {
    const found = domains.filter(matches);
    if (found.length === 0) return null;
    return {
      condition: `domain:${value}`,
      connections: sum(found.map(({ connections }) => connections)),
      packets: sum(found.map(({ packets }) => packets)),
      bytes: sum(found.map(({ bytes }) => bytes)),
    };
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
