import type { ConnectionProof } from '../report/connection-proof.js';
import type { ReportSummary } from '../report/model.js';
import { DIFF_CHANGES, DIFF_SECTIONS, type Difference, type DiffSection } from './model.js';
import { qualityMeasures } from './quality-measures.js';

/** A report, or the summary of captures, to compare. */
export type ComparedReport = Pick<
  ReportSummary,
  | 'labels'
  | 'domains_detected'
  | 'hosts'
  | 'pairs'
  | 'quality'
  | 'dns'
  | 'rules'
  | 'total_bytes'
  | 'total_connections'
  | 'tcp_packets'
>;

/** Finds the first connection of a label, name, host or pair; null where it is not known. */
export type FindProof = (section: DiffSection, what: string) => ConnectionProof | null;

/** Traffic that is a smaller part of its capture does not count as changed. */
const LEAST_SHARE = 0.01;
/** Delays that differ by less count as equal. */
const LEAST_DELAY_MS = 1;
/** Sums of what the report does not list. */
const OTHER = 'other';

interface Side {
  readonly report: ComparedReport;
  readonly proof: FindProof;
}

/**
 * What differs between two reports. Traffic is new or gone by its name, and changed where its bytes differ by at least
 * `threshold` of the larger value and matter to a capture; quality is changed by the same part.
 */
export function compareReports(a: Side, b: Side, threshold: number): Difference[] {
  const differences: Difference[] = [];
  const { report: left } = a;
  const { report: right } = b;
  const totals = { a: left.total_bytes, b: right.total_bytes };
  const traffic = (section: DiffSection, from: ReadonlyMap<string, number>, to: ReadonlyMap<string, number>) => {
    for (const what of new Set([...from.keys(), ...to.keys()])) {
      const [x, y] = [from.get(what) ?? null, to.get(what) ?? null];
      const isSmall = (x ?? 0) < LEAST_SHARE * totals.a && (y ?? 0) < LEAST_SHARE * totals.b;
      const change = changeOf(x, y, threshold);
      if (change === null || (change === 'changed' && isSmall)) continue;
      const proof = b.proof(section, what) ?? a.proof(section, what);
      differences.push({ section, change, what, unit: 'bytes', a: x, b: y, proof });
    }
  };
  traffic(
    'label',
    bytesBy(left.labels, ({ label }) => label),
    bytesBy(right.labels, ({ label }) => label),
  );
  const nameOf = ({ domain }: { domain: string }) => domain;
  traffic('name', bytesBy(left.domains_detected, nameOf), bytesBy(right.domains_detected, nameOf));
  traffic('host', hostBytes(left), hostBytes(right));
  const pairOf = (row: ReportSummary['pairs'][number]) => pairText(row.client, row.server, row.label);
  traffic('pair', bytesBy(left.pairs, pairOf), bytesBy(right.pairs, pairOf));
  const [before, after] = [qualityMeasures(left), qualityMeasures(right)];
  for (const what of new Set([...before.keys(), ...after.keys()])) {
    const [x, y] = [before.get(what), after.get(what)];
    const change = changeOf(x?.value ?? null, y?.value ?? null, threshold);
    const unit = (y ?? x)!.unit;
    // A delay that one side lacks rests on too few round trips there, and a short one varies from run to run.
    const isDelay =
      unit === 'ms' && (x === undefined || y === undefined || Math.abs(x.value - y.value) < LEAST_DELAY_MS);
    if (change === null || isDelay) continue;
    differences.push({ section: 'quality', change, what, unit, a: x?.value ?? null, b: y?.value ?? null, proof: null });
  }
  differences.push(...ruleDifferences(left, right, threshold));
  return differences.sort(compareDifferences);
}

/** The text by which a pair is known. */
export function pairText(client: string, server: string, label: string): string {
  return `${client} ${server} ${label}`;
}

function ruleDifferences(left: ComparedReport, right: ComparedReport, threshold: number): Difference[] {
  const decided = (report: ComparedReport) =>
    new Map(report.rules.decided.map(({ rule, action, connections }) => [`${action} ${rule}`, connections]));
  const [before, after] = [decided(left), decided(right)];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((what): Difference[] => {
    const [a, b] = [before.get(what) ?? null, after.get(what) ?? null];
    const change = changeOf(a, b, threshold);
    return change === null ? [] : [{ section: 'rule', change, what, unit: 'connections', a, b, proof: null }];
  });
}

function changeOf(a: number | null, b: number | null, threshold: number): Difference['change'] | null {
  if (a === null || b === null) return a === b ? null : a === null ? 'new' : 'gone';
  if (a === b) return null;
  return Math.abs(a - b) >= threshold * Math.max(a, b) ? 'changed' : null;
}

function bytesBy<Row extends { bytes: number }>(rows: readonly Row[], nameOf: (row: Row) => string) {
  const sums = new Map<string, number>();
  for (const row of rows) sums.set(nameOf(row), (sums.get(nameOf(row)) ?? 0) + row.bytes);
  sums.delete(OTHER);
  sums.delete(pairText(OTHER, OTHER, OTHER));
  return sums;
}

function hostBytes({ hosts }: ComparedReport): Map<string, number> {
  return bytesBy(
    hosts.map(({ address, bytes_in, bytes_out }) => ({ address, bytes: bytes_in + bytes_out })),
    ({ address }) => address,
  );
}

function compareDifferences(x: Difference, y: Difference): number {
  return (
    DIFF_SECTIONS.indexOf(x.section) - DIFF_SECTIONS.indexOf(y.section) ||
    DIFF_CHANGES.indexOf(x.change) - DIFF_CHANGES.indexOf(y.change) ||
    Math.max(y.a ?? 0, y.b ?? 0) - Math.max(x.a ?? 0, x.b ?? 0) ||
    (x.what < y.what ? -1 : 1)
  );
}
