import type { JoinReport } from '../../core/diff/join-model.js';
import type { ReportDiff } from '../../core/diff/model.js';
import { CONNECTION_TYPES, type ConnectionType } from '../../core/report/connection-types.js';
import type { ConnectionRecord, ReportSummary } from '../../core/report/model.js';
import type { PolicySummary } from '../../core/report/policy-model.js';
import type { ReportPart } from '../report-format.js';

// The data of a page: written by `--html` of `dpi analyze`, `rules test` and `diff`, read by the page (src/page/data).

/** Raised when a page could not read the data of another version. Page and data travel together, so only tests care. */
export const PAYLOAD_VERSION = 1;

/** How a key of a connection is packed. */
export type ColumnKind =
  /** A number or null. */
  | 'number'
  /** Seconds since the epoch: microseconds since the row before. */
  | 'time'
  | 'boolean'
  | 'text'
  /** A text of the list that all columns of addresses share. */
  | 'address'
  | 'list';

/** The values of one key, in the order of the rows. */
export type PackedColumn =
  | { readonly same: number | string | boolean | null }
  | { readonly numbers: readonly (number | null)[] }
  /** Differences from the row before, the first one from 0. */
  | { readonly steps: readonly number[] }
  /** Indexes into `texts`, -1 for null. */
  | { readonly texts: readonly string[]; readonly at: readonly number[] }
  /** Indexes into the payload's `addresses`. */
  | { readonly addresses: readonly number[] }
  | { readonly lists: readonly (readonly string[])[]; readonly at: readonly number[] };

/** Connections that are not listed one by one, summed up. */
export interface RestRow {
  /** Indexes into the payload's `addresses`; -1 where there were too many to keep apart. */
  readonly client: number;
  readonly server: number;
  readonly label: string;
  readonly isLookup: boolean;
  readonly connections: number;
  readonly packets: number;
  readonly bytes: number;
}

/** The bytes that show the names of connections, by row. */
export interface NameBytesColumns {
  /** In hex. Indexes into `texts`, -1 for none. */
  readonly texts: readonly string[];
  readonly at: readonly number[];
  /** Index into NAME_PLACES. */
  readonly place: readonly number[];
  readonly offset: readonly (number | null)[];
  /** Number of the packet less that of the connection's first packet; null where that one has no number. */
  readonly packet: readonly (number | null)[];
  readonly markStart: readonly number[];
  readonly markEnd: readonly number[];
}

export interface Payload {
  readonly version: number;
  /** Without pairs, and with the largest hosts and domains only. */
  readonly summary: ReportSummary;
  /** Hosts and domains of the capture, those left out included. */
  readonly hostCount: number;
  readonly domainCount: number;
  /** Addresses were replaced, MAC addresses and names of hosts left out. */
  readonly isRedacted: boolean;
  readonly addresses: readonly string[];
  /** Connections listed, in the order of their beginning. */
  readonly count: number;
  readonly columns: Readonly<Record<keyof ConnectionRecord, PackedColumn>>;
  /** Null where no bytes were kept: with `--redact`, and of a batch run. */
  readonly nameBytes: NameBytesColumns | null;
  readonly rest: readonly RestRow[];
  /** Names and other texts that were too long, and are not shown whole; of connections that were not kept, too. */
  readonly cutTexts: number;
  /** Of a batch run: the captures of the listed connections, lowest ids first, with few inputs each; else null. */
  readonly parts: readonly ReportPart[] | null;
}

/** The data of `dpi rules test --html`. */
export interface PolicyPayload {
  readonly version: number;
  readonly policy: PolicySummary;
}

/** The data of `dpi diff --html`, without `--join` and with it. */
export type ComparisonPayload = DiffPayload | JoinPayload;

interface ComparisonPart {
  readonly version: number;
  readonly isRedacted: boolean;
  /** Rows that the page leaves out, by section or kind. */
  readonly omitted: Readonly<Record<string, number>>;
}

export interface DiffPayload extends ComparisonPart {
  readonly diff: ReportDiff;
}

export interface JoinPayload extends ComparisonPart {
  readonly join: JoinReport;
}

export const COLUMN_KINDS = Object.fromEntries(
  Object.entries(CONNECTION_TYPES).map(([key, type]) => [key, kindOf(key, type)]),
) as Readonly<Record<keyof ConnectionRecord, ColumnKind>>;

function kindOf(key: string, type: ConnectionType): ColumnKind {
  if (key === 'src_ip' || key === 'dst_ip') return 'address';
  if (type === 'texts') return 'list';
  if (type === 'seconds') return 'time';
  if (type === 'text' || type === 'text?') return 'text';
  return type === 'boolean' || type === 'boolean?' ? 'boolean' : 'number';
}
