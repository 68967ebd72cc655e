import type { DnsServerRow } from '../../core/facts/dns-servers.js';
import { CONNECTION_TYPES } from '../../core/report/connection-types.js';
import type { HostRow, InputRow, LabelRow, ReportSummary } from '../../core/report/model.js';
import type { ColumnType, ColumnTypes } from './columns.js';

/** Of the files' layout. Further columns do not change it; columns that go, or mean something else, do. */
export const DATA_SET_VERSION = 1;

/** A table of the data set: a folder with files that have these columns. */
export interface Table {
  readonly name: string;
  readonly columns: readonly (readonly [name: string, type: ColumnType])[];
}

/** Rows of a table that a summary gives, and the second since the epoch whose day each counts under. */
export interface SummaryTable<Row> extends Table {
  rowsOf(summary: ReportSummary): Row[];
  /** Null for the day of the first packet. */
  timeOf(row: Row): number | null;
}

/** One row a connection, under the day of its first packet. */
export const CONNECTIONS: Table = { name: 'connections', columns: Object.entries(CONNECTION_TYPES) };

interface HostTableRow extends Omit<HostRow, 'names' | 'labels'> {
  readonly names: readonly string[];
  readonly name_sources: readonly string[];
  readonly labels: readonly string[];
  readonly label_bytes: readonly number[];
}

const HOSTS: SummaryTable<HostTableRow> = table('hosts', {
  types: {
    address: 'text',
    mac: 'text?',
    roles: 'texts',
    packets_out: 'long',
    packets_in: 'long',
    bytes_out: 'long',
    bytes_in: 'long',
    connections_as_client: 'long',
    connections_as_server: 'long',
    lookups: 'long',
    rtt_ms: 'real?',
    retransmitted_packets: 'long?',
    first_seen: 'seconds?',
    last_seen: 'seconds?',
    names: 'texts',
    name_sources: 'texts',
    labels: 'texts',
    label_bytes: 'longs',
  },
  rowsOf: ({ hosts }) =>
    hosts.map(({ names, labels, ...row }) => ({
      ...row,
      names: names.map(({ name }) => name),
      name_sources: names.map(({ source }) => source),
      labels: labels.map(({ label }) => label),
      label_bytes: labels.map(({ bytes }) => bytes),
    })),
  timeOf: ({ first_seen }) => first_seen,
});

interface DnsTableRow {
  readonly server: string;
  readonly queries: number;
  readonly answered: number | null;
  readonly unanswered: number | null;
  readonly rcodes: readonly string[];
  readonly rcode_counts: readonly number[];
  readonly latency_count: number;
  readonly latency_min_ms: number | null;
  readonly latency_median_ms: number | null;
  readonly latency_p95_ms: number | null;
  readonly latency_max_ms: number | null;
}

const DNS: SummaryTable<DnsTableRow> = table('dns', {
  types: {
    server: 'text',
    queries: 'long',
    answered: 'long?',
    unanswered: 'long?',
    rcodes: 'texts',
    rcode_counts: 'longs',
    latency_count: 'long',
    latency_min_ms: 'real?',
    latency_median_ms: 'real?',
    latency_p95_ms: 'real?',
    latency_max_ms: 'real?',
  },
  rowsOf: ({ dns }) => (dns?.servers ?? []).map(dnsRow),
  timeOf: () => null,
});

interface TimelineTableRow {
  readonly time: number;
  /** Width of the bucket in seconds. */
  readonly interval: number;
  readonly label: string;
  readonly packets: number;
  readonly bytes: number;
}

const TIMELINE: SummaryTable<TimelineTableRow> = table('timeline', {
  types: { time: 'seconds', interval: 'real', label: 'text', packets: 'long', bytes: 'long' },
  rowsOf: ({ timeline }) =>
    timeline === null
      ? []
      : timeline.labels.flatMap(({ label, packets, bytes }) =>
          packets.flatMap((count, bucket) => {
            if (count === 0) return [];
            const time = timeline.start + bucket * timeline.interval;
            return [{ time, interval: timeline.interval, label, packets: count, bytes: bytes[bucket]! }];
          }),
        ),
  timeOf: ({ time }) => time,
});

const LABELS: SummaryTable<LabelRow> = table('labels', {
  types: {
    label: 'text',
    kind: 'text',
    category: 'text?',
    connections: 'long',
    lookups: 'long',
    packets: 'long',
    bytes: 'long',
  },
  rowsOf: ({ labels }) => labels,
  timeOf: () => null,
});

const INPUTS: SummaryTable<InputRow> = table('inputs', {
  types: {
    name: 'text',
    format: 'text?',
    compression: 'text?',
    packets: 'long',
    bytes: 'long',
    damage: 'text?',
  },
  rowsOf: ({ inputs }) => inputs,
  timeOf: () => null,
});

/** Tables of one stream's sums, which come from its summary. */
export const SUMMARY_TABLES: readonly SummaryTable<object>[] = [HOSTS, DNS, TIMELINE, LABELS, INPUTS];

/** The folders of a data set. */
export const TABLE_NAMES: readonly string[] = [CONNECTIONS, ...SUMMARY_TABLES].map(({ name }) => name);

function dnsRow({ address, queries, answered, unanswered, rcodes, latency_ms: latency }: DnsServerRow): DnsTableRow {
  return {
    server: address,
    queries,
    answered,
    unanswered,
    rcodes: Object.keys(rcodes),
    rcode_counts: Object.values(rcodes),
    latency_count: latency.count,
    latency_min_ms: latency.min,
    latency_median_ms: latency.median,
    latency_p95_ms: latency.p95,
    latency_max_ms: latency.max,
  };
}

interface TableParts<Row> extends Pick<SummaryTable<Row>, 'rowsOf' | 'timeOf'> {
  readonly types: ColumnTypes<Row>;
}

function table<Row extends object>(name: string, { types, rowsOf, timeOf }: TableParts<Row>): SummaryTable<Row> {
  return { name, columns: Object.entries<ColumnType>(types), rowsOf, timeOf };
}
