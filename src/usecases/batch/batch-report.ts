import type { RunFolder } from '../../adapters/batch/run-folder.js';
import type { AppRow, LabelRow, ProtocolRow, ReportSummary } from '../../core/report/model.js';
import { BATCH_VERSION, lenOf, type Manifest, type Plan, type UnitOfPlan, unitsOf } from './plan-types.js';

/** What became of a stream. */
interface StreamRow {
  readonly name: string;
  readonly files: number;
  /** Bytes of the files as stored. */
  readonly file_bytes: number;
  /** "missing" while there is no result. */
  readonly status: Manifest['status'] | 'missing';
  readonly packets: number;
  readonly bytes: number;
  readonly connections: number;
  readonly first_seen: number | null;
  readonly last_seen: number | null;
}

/** All streams together; the data set has the rest. The same run makes the same report. */
export interface BatchReport {
  readonly schema_version: number;
  readonly generator: string;
  /** Units by what became of them. */
  readonly units: { total: number; done: number; damaged: number; failed: number; missing: number };
  readonly files: number;
  readonly file_bytes: number;
  total_packets: number;
  total_bytes: number;
  total_connections: number;
  tcp_packets: number;
  udp_packets: number;
  other_ip_packets: number;
  non_ip_packets: number;
  first_seen: number | null;
  last_seen: number | null;
  /** As in reports of one capture, added up. */
  apps: AppRow[];
  labels: LabelRow[];
  protocols: ProtocolRow[];
  readonly unknown_reasons: Record<string, number>;
  readonly anomalies: Record<string, number>;
  readonly limits: Record<string, number>;
  readonly streams: StreamRow[];
  /** Units without a result, and why. */
  readonly failures: { stream: string; unit: string; error: string }[];
  /** Files of which a part could not be read. */
  readonly damaged_inputs: { stream: string; name: string; damage: string }[];
  /** Named files that were not analyzed. */
  readonly skipped: Plan['skipped'];
}

const TOTALS = [
  'total_packets',
  'total_bytes',
  'total_connections',
  'tcp_packets',
  'udp_packets',
  'other_ip_packets',
  'non_ip_packets',
] as const;
const WORST_FIRST: readonly StreamRow['status'][] = ['missing', 'failed', 'damaged', 'done'];
const COUNTS = ['unknown_reasons', 'anomalies', 'limits'] as const;

/** Adds up the results that are there, reading one unit at a time. Throws a DpiError. */
export function reportOf(run: RunFolder, plan: Plan): BatchReport {
  const units = unitsOf(plan);
  const report: BatchReport = {
    schema_version: BATCH_VERSION,
    generator: plan.generator,
    units: { total: units.length, done: 0, damaged: 0, failed: 0, missing: 0 },
    files: units.reduce((sum, { unit }) => sum + unit.parts.length, 0),
    file_bytes: units.reduce((sum, one) => sum + lenOf(one), 0),
    total_packets: 0,
    total_bytes: 0,
    total_connections: 0,
    tcp_packets: 0,
    udp_packets: 0,
    other_ip_packets: 0,
    non_ip_packets: 0,
    first_seen: null,
    last_seen: null,
    apps: [],
    labels: [],
    protocols: [],
    unknown_reasons: {},
    anomalies: {},
    limits: {},
    streams: [],
    failures: [],
    damaged_inputs: [],
    skipped: plan.skipped,
  };
  const sums = {
    apps: new Map<string, AppRow>(),
    labels: new Map<string, LabelRow>(),
    protocols: new Map<string, ProtocolRow>(),
  };
  for (const one of units) addUnit(report, sums, run, one);
  report.apps = sorted(sums.apps);
  report.labels = sorted(sums.labels);
  report.protocols = sorted(sums.protocols);
  return report;
}

/** The report as it is stored. */
export function reportText(report: BatchReport): string {
  return `${JSON.stringify(report, null, 1)}\n`;
}

interface Sums {
  readonly apps: Map<string, AppRow>;
  readonly labels: Map<string, LabelRow>;
  readonly protocols: Map<string, ProtocolRow>;
}

function addUnit(report: BatchReport, sums: Sums, run: RunFolder, one: UnitOfPlan): void {
  const { stream, unit } = one;
  const text = run.readManifest(unit.id);
  const manifest = text === null ? null : (JSON.parse(text) as Manifest);
  const summaryText = manifest === null ? null : run.readSummary(unit.id);
  const summary = summaryText === null ? null : (JSON.parse(summaryText) as ReportSummary);
  const status = manifest?.status ?? 'missing';
  report.units[status]++;
  if (manifest !== null && manifest.error !== null) {
    report.failures.push({ stream: stream.name, unit: unit.id, error: manifest.error });
  }
  addToStream(report.streams, {
    name: stream.name,
    files: unit.parts.length,
    file_bytes: lenOf(one),
    status,
    packets: summary?.total_packets ?? 0,
    bytes: summary?.total_bytes ?? 0,
    connections: summary?.total_connections ?? 0,
    first_seen: summary?.first_seen ?? null,
    last_seen: summary?.last_seen ?? null,
  });
  if (summary === null) return;
  for (const name of TOTALS) report[name] += summary[name];
  for (const name of COUNTS) addCounts(report[name], summary[name]);
  report.first_seen = ofBoth(Math.min, report.first_seen, summary.first_seen);
  report.last_seen = ofBoth(Math.max, report.last_seen, summary.last_seen);
  for (const row of summary.apps) addRow(sums.apps, row.app, row);
  for (const row of summary.labels) addRow(sums.labels, `${row.kind} ${row.label}`, row);
  for (const row of summary.protocols) addRow(sums.protocols, row.protocol, row);
  for (const { name, damage } of summary.inputs) {
    if (damage !== null) report.damaged_inputs.push({ stream: stream.name, name, damage });
  }
}

/** Units of a stream follow one another. */
function addToStream(rows: StreamRow[], row: StreamRow): void {
  const before = rows.at(-1);
  if (before?.name !== row.name) {
    rows.push(row);
    return;
  }
  rows[rows.length - 1] = {
    name: row.name,
    files: before.files + row.files,
    file_bytes: before.file_bytes + row.file_bytes,
    status: WORST_FIRST.find((status) => status === before.status || status === row.status)!,
    packets: before.packets + row.packets,
    bytes: before.bytes + row.bytes,
    connections: before.connections + row.connections,
    first_seen: ofBoth(Math.min, before.first_seen, row.first_seen),
    last_seen: ofBoth(Math.max, before.last_seen, row.last_seen),
  };
}

function addCounts(into: Record<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) into[name] = (into[name] ?? 0) + count;
}

/** Adds every number of `row` to the row of this key. */
function addRow<Row extends object>(rows: Map<string, Row>, key: string, row: Row): void {
  const known = rows.get(key) as Record<string, unknown> | undefined;
  if (known === undefined) {
    rows.set(key, { ...row });
    return;
  }
  for (const [name, value] of Object.entries(row)) {
    if (typeof value === 'number') known[name] = (known[name] as number) + value;
  }
}

function sorted<Row extends { bytes: number }>(rows: ReadonlyMap<string, Row>): Row[] {
  return [...rows].sort(([a, one], [b, two]) => two.bytes - one.bytes || (a < b ? -1 : 1)).map(([, row]) => row);
}

function ofBoth(pick: (a: number, b: number) => number, a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : pick(a, b);
}
