import type { ConnectionRecord, FactsOptions, ReportSummary } from '../core/report/model.js';
import type { NameBytes } from '../core/report/name-bytes.js';
import type { Paint } from './paint.js';
import type { Zone } from './quantities.js';

/** The captures of some connections of a report that was put together from several analyses. */
export interface ReportPart {
  /** Less the id that analyzing these captures alone gives to the same connection. */
  readonly idOffset: number;
  /** Paths. */
  readonly inputs: readonly string[];
}

/** The results after the last packet. */
export interface ReportEnd {
  summary: ReportSummary;
  /** The connections with the most bytes, largest first: as many as were asked for. */
  topConnections: readonly ConnectionRecord[];
  /** Number of names when `summary` lists only those with the most bytes. */
  domainCount?: number;
  /** Number of hosts when `summary` lists only those with the most bytes. */
  hostCount?: number;
  /** Of a batch run: where its connections come from, lowest ids first. */
  parts?: readonly ReportPart[];
  /** Lines that the terminal shows below the report besides the time that it took. */
  linesBelow?: number;
}

/** Takes the report piece by piece and writes it in one format. */
export interface ReportFormat {
  /**
   * One connection, in the order in which they end. The record may be reused by the caller afterwards. `nameBytes` show
   * its name; only pages ask for them.
   */
  connection(c: ConnectionRecord, nameBytes?: NameBytes | null): void;
  /** Writes the rest; called once, after the last connection. */
  finish(end: ReportEnd): void;
}

export type WriteText = (text: string) => void;

/** The same for `buf[start, end)`, UTF-8, which is copied at once. */
export type WriteBytes = (buf: Buffer, start: number, end: number) => void;

/** Options of the formats for people; the others ignore them. */
export interface FormatOptions {
  /** Columns of the terminal. */
  width: number;
  paint: Paint;
  /** Rows in each list; Infinity for all. */
  top: number;
  /** Lines that the report should fit in, so that nothing scrolls off; as many as it takes unless given. */
  height?: number;
  /** Connections are whole lines, whatever their width: for pipes. */
  wholeLines?: boolean;
  /** UTC unless given. */
  zone?: Zone;
  /** `--html` alone: addresses are replaced, MAC addresses and names of hosts left out. */
  redact?: boolean;
  /** Takes lines as bytes from a format that produces bytes; without it they go through `write`. */
  writeBytes?: WriteBytes;
}

export interface FormatSpec {
  /** Name of the command line option, without dashes. */
  readonly flag: string;
  readonly description: string;
  /** Not for a terminal. */
  readonly isPage?: true;
  /** True when it writes each connection: the engine then builds a record for each. */
  readonly listsConnections: boolean;
  /** The facts that it shows. */
  readonly facts: FactsOptions;
  /** Loads the code of the format, so that only the one in use costs start-up time. */
  load(): Promise<(write: WriteText, options: FormatOptions) => ReportFormat>;
}
