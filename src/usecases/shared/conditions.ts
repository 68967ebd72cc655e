/** The conditions of `--fail-on`, on a report and on a test of rules. */
import type { AppTable } from '../../core/classify/app-table.js';
import { DpiError } from '../../core/common/error.js';
import { appNamesOf } from '../../core/policy/app-names.js';
import { parseRulePattern } from '../../core/policy/rule-kinds.js';
import { NO_RULE, RuleSet } from '../../core/policy/rule-set.js';
import type { DomainRow, FindingRow, ReportSummary } from '../../core/report/model.js';
import type { EscapeRow, HiddenRow, PolicySummary } from '../../core/report/policy-model.js';

/** Something that a summary must not show. Returns the finding, null when it is absent. */
export type Condition<Summary> = (summary: Summary) => FindingRow | null;

/** Conditions on a report: "blocked", "app:NAME", "domain:NAME". Throws DpiError for any other text. */
export function parseConditions(texts: readonly string[], apps: AppTable): Condition<ReportSummary>[] {
  return texts.map((text) => {
    const trimmed = text.trim();
    if (trimmed.toLowerCase() === 'blocked') return blockedFinding;
    const kind = /^(app|domain):(.+)$/i.exec(trimmed);
    if (kind === null) throw badCondition("'blocked', 'app:NAME' or 'domain:NAME'", text);
    const type = kind[1]!.toLowerCase() as 'app' | 'domain';
    const { value } = parseRulePattern(kind[2]!, appNamesOf(apps), type);
    return type === 'app' ? appCondition(value, apps) : domainCondition(value);
  });
}

/** Conditions on a test of rules: "escaped", "escaped:NAME", "hidden". Throws DpiError for any other text. */
export function parsePolicyConditions(texts: readonly string[], apps: AppTable): Condition<PolicySummary>[] {
  return texts.map((text) => {
    const [, word, rest] = /^\s*(\w+)\s*(?::(.+))?$/.exec(text) ?? [];
    const name = word?.toLowerCase();
    if (name === 'escaped' && rest !== undefined) return escapedCondition(targetOf(rest, apps));
    if (name === 'escaped') return ({ escapes }) => passedFinding(name, escapes);
    if (name === 'hidden' && rest === undefined) return hiddenFinding;
    throw badCondition("'escaped', 'escaped:APP' or 'hidden'", text);
  });
}

function badCondition(allowed: string, text: string): DpiError {
  return new DpiError('bad-condition', `--fail-on takes ${allowed}, not '${text}'`);
}

function blockedFinding(summary: ReportSummary): FindingRow | null {
  const { blocked_connections: connections, dropped_packets: packets, rules } = summary;
  if (connections === 0) return null;
  const blocks = rules.decided.filter(({ action }) => action === 'block');
  return { condition: 'blocked', connections, packets, bytes: sum(blocks, 'bytes') };
}

/** The app or a part of it. */
function appCondition(app: string, table: AppTable): Condition<ReportSummary> {
  const names = new Set(table.withParts(table.idOf(app)).map((id) => table.nameOf(id)));
  return ({ apps }) => {
    const found = apps.filter((row) => names.has(row.app));
    return found.length === 0 ? null : findingOf(`app:${app}`, found);
  };
}

/** Matches as a domain rule does: the name and its subdomains, `=name` exactly it, `*.name` its subdomains only. */
function domainCondition(value: string): Condition<ReportSummary> {
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
    const bytes = Buffer.from(domain, 'utf8');
    return rules.atName(bytes, 0, bytes.length) !== NO_RULE;
  };
  return ({ domains_detected: domains }) => {
    const found = domains.filter(matches);
    return found.length === 0 ? null : findingOf(`domain:${value}`, found);
  };
}

function findingOf(
  condition: string,
  rows: readonly Pick<FindingRow, 'connections' | 'packets' | 'bytes'>[],
): FindingRow {
  return {
    condition,
    connections: sum(rows, 'connections'),
    packets: sum(rows, 'packets'),
    bytes: sum(rows, 'bytes'),
  };
}

function escapedCondition(target: string): Condition<PolicySummary> {
  return ({ escapes }) =>
    passedFinding(
      `escaped:${target}`,
      escapes.filter((row) => row.target === target),
    );
}

/** An app by its name, any other rule as type:value. */
function targetOf(text: string, apps: AppTable): string {
  const { type, value } = parseRulePattern(text, appNamesOf(apps), null);
  return type === 'app' ? value : `${type}:${value}`;
}

/** Connections whose site can't be told, and packets that could not be read. */
function hiddenFinding({ hidden, unread }: PolicySummary): FindingRow | null {
  const found = passedFinding('hidden', hidden);
  if (unread.length === 0) return found;
  const { connections, packets, bytes } = found ?? { connections: 0, packets: 0, bytes: 0 };
  return {
    condition: 'hidden',
    connections,
    packets: packets + sum(unread, 'packets'),
    bytes: bytes + sum(unread, 'bytes'),
  };
}

/** A connection that bears on several targets counts once for each. */
function passedFinding(condition: string, rows: readonly (EscapeRow | HiddenRow)[]): FindingRow | null {
  if (rows.length === 0) return null;
  return {
    condition,
    connections: sum(rows, 'connections'),
    packets: sum(rows, 'passed_packets'),
    bytes: sum(rows, 'passed_bytes'),
  };
}

function sum<Key extends string>(rows: readonly Readonly<Record<Key, number>>[], key: Key): number {
  return rows.reduce((total, row) => total + row[key], 0);
}
