/** The conditions of `--fail-on` and `--only`, on a report and on a test of rules. */
import type { AppTable } from '../../core/classify/app-table.js';
import { DpiError } from '../../core/common/error.js';
import { appNamesOf } from '../../core/policy/app-names.js';
import { parseRulePattern } from '../../core/policy/rule-kinds.js';
import type { ConnectionProof } from '../../core/report/connection-proof.js';
import type { ConnectionRecord, FindingRow, ReportSummary } from '../../core/report/model.js';
import type { EscapeRow, HiddenRow, PolicySummary } from '../../core/report/policy-model.js';
import { RecordMatcher } from '../../core/report/record-matcher.js';
import { ConnectionCount, type ConnectionTest, onlyCount, parseTest, ruleSetOf } from './connection-tests.js';

/** Something that a summary must not show. Returns the finding, null when it is absent. */
export type Condition<Summary> = (summary: Summary) => FindingRow | null;

/** What a run asks of its report and of each connection. */
export interface ReportConditions {
  readonly conditions: readonly Condition<ReportSummary>[];
  /** To be called for each connection that ends; null where the summary answers all. */
  readonly onConnection: ((connection: ConnectionRecord) => void) | null;
  /** The first connections that meet each condition, those that none meets included; empty unless asked for. */
  readonly proofs: ReadonlyMap<string, readonly ConnectionProof[]>;
}

interface ConditionTexts {
  readonly failOn?: readonly string[];
  readonly only?: readonly string[];
  /** Keep the first connections that meet each condition. */
  readonly proofs?: boolean;
}

const BLOCKED = 'blocked';
const EXPECTED =
  "'blocked', 'app:NAME', 'domain:NAME', 'category:NAME', 'proto:NAME', 'ip:ADDRESS', 'port:PORT' or 'tls:<1.2'";

/**
 * Conditions of `--fail-on`, each on its own, and of `--only`, which together name all that a report may show. Throws
 * DpiError for text that is no condition.
 */
export function parseConditions(
  { failOn = [], only = [], proofs: keepsProofs = false }: ConditionTexts,
  apps: AppTable,
): ReportConditions {
  const counts: ConnectionCount[] = [];
  const proofs = new Map<string, ConnectionProof[]>();
  const prove = (id: string, test: ConnectionTest) => {
    if (!keepsProofs) return;
    const count = new ConnectionCount(id, test, []);
    proofs.set(id, count.proofs!);
    counts.push(count);
  };
  const conditions = failOn.map((text) => {
    const trimmed = text.trim();
    if (trimmed.toLowerCase() === BLOCKED) {
      prove(BLOCKED, ({ blocked }) => blocked);
      return blockedFinding;
    }
    const { id, type, value, test } = parseTest(trimmed, apps, '--fail-on', EXPECTED);
    prove(id, test);
    // The summary has these, whether or not records are made.
    if (type === 'app') return appCondition(id, value, apps);
    if (type === 'category') return categoryCondition(id, value);
    if (type === 'domain') return domainCondition(id, value, apps);
    return counted(new ConnectionCount(id, test), counts);
  });
  if (only.length > 0) {
    const count = onlyCount(only, apps, keepsProofs ? [] : null);
    if (count.proofs !== null) proofs.set(count.condition, count.proofs);
    conditions.push(counted(count, counts));
  }
  const onConnection = (connection: ConnectionRecord) => {
    for (const count of counts) count.add(connection);
  };
  return { conditions, onConnection: counts.length === 0 ? null : onConnection, proofs };
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

/** Calls both listeners for each connection; undefined where there is none. */
export function bothOf(
  first: ReportConditions['onConnection'],
  second: ((connection: ConnectionRecord) => void) | undefined,
): ((connection: ConnectionRecord) => void) | undefined {
  if (first === null || second === undefined) return first ?? second;
  return (connection) => {
    first(connection);
    second(connection);
  };
}

function counted(count: ConnectionCount, counts: ConnectionCount[]): Condition<ReportSummary> {
  counts.push(count);
  return () => count.finding;
}

function badCondition(allowed: string, text: string): DpiError {
  return new DpiError('bad-condition', `--fail-on takes ${allowed}, not '${text}'`);
}

function blockedFinding(summary: ReportSummary): FindingRow | null {
  const { blocked_connections: connections, dropped_packets: packets, rules } = summary;
  if (connections === 0) return null;
  const blocks = rules.decided.filter(({ action }) => action === 'block');
  return { condition: BLOCKED, connections, packets, bytes: sum(blocks, 'bytes') };
}

/** The app or a part of it. */
function appCondition(id: string, app: string, table: AppTable): Condition<ReportSummary> {
  const names = new Set(table.withParts(table.idOf(app)).map((part) => table.nameOf(part)));
  return ({ apps }) =>
    findingOf(
      id,
      apps.filter((row) => names.has(row.app)),
    );
}

function categoryCondition(id: string, category: string): Condition<ReportSummary> {
  return ({ apps }) =>
    findingOf(
      id,
      apps.filter((row) => row.category === category),
    );
}

/** Matches as a domain rule does: the name and its subdomains, `=name` exactly it, `*.name` its subdomains only. */
function domainCondition(id: string, value: string, apps: AppTable): Condition<ReportSummary> {
  const matcher = new RecordMatcher(ruleSetOf([{ type: 'domain', value }]), apps);
  return ({ domains_detected: domains }) =>
    findingOf(
      id,
      domains.filter(({ domain }) => matcher.matchesName(domain)),
    );
}

/** Null without rows. */
function findingOf(
  condition: string,
  rows: readonly Pick<FindingRow, 'connections' | 'packets' | 'bytes'>[],
): FindingRow | null {
  if (rows.length === 0) return null;
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
