import type { ConnectionProof } from '../../core/report/connection-proof.js';
import type { ConnectionRecord, FactsOptions, ReportSummary } from '../../core/report/model.js';
import type { NameBytes } from '../../core/report/name-bytes.js';
import type { SortKey } from '../../core/report/sort-keys.js';
import type { OnProgress } from '../shared/progress.js';
import type { SelectingOptions } from '../shared/run.js';

/**
 * How a caller watches and steers an analysis. It lets the event loop turn every 20 ms, for signals and the progress
 * line, and awaits `drain` after each piece of input and every few hundred connections of the final flush, so that the
 * report does not pile up in memory.
 */
export interface AnalyzeOptions extends SelectingOptions {
  /**
   * Called as each connection ends, with the bytes that show its name if `nameBytes` asks for them. Leave it out if
   * unused: records cost time.
   */
  onConnection?: (connection: ConnectionRecord, nameBytes?: NameBytes | null) => void;
  /** Keep the bytes that show each connection's name. */
  nameBytes?: boolean;
  /** Pass `onConnection` the same record each time, valid until it returns: less garbage. */
  reusesRecord?: boolean;
  /** Returns the promise to await before going on; null when there is room to write. */
  drain?: () => Promise<void> | null;
  onProgress?: OnProgress;
  /** Ends the analysis early: the report covers what was read, connections in progress included. */
  signal?: AbortSignal;
  /** How many of the connections that come first by `sort` to return: 10 unless given, Infinity for all. */
  top?: number;
  /** What comes first among those; "bytes" unless given. */
  sort?: SortKey;
  /** Keep the details of TLS and QUIC handshakes for those; `onConnection` always has them. */
  handshakes?: boolean;
  /** How many of the names with the most bytes the summary lists: all unless given, and all with conditions. */
  topDomains?: number;
  /** What to gather besides names: all unless given. */
  facts?: FactsOptions;
  /** Width of a bucket of the timeline: one that suits the captures unless given. */
  intervalMs?: number;
  /** Most bytes of all captures once unpacked; more reject with a DpiError. Unbounded unless given. */
  maxInputLen?: number;
  /** `--fail-on`: "blocked", "app:NAME", "tls:<1.2" and so on. */
  failOn?: readonly string[];
  /** `--only`: all that may be there. */
  only?: readonly string[];
  /** Keep the first connections that meet each condition: `AnalyzeResult.proofs`. */
  proofs?: boolean;
}

export interface AnalyzeResult {
  summary: ReportSummary;
  /** The connections that come first by `sort`, in that order. */
  top: ConnectionRecord[];
  /** Distinct names, including those that the summary does not list. */
  domainCount: number;
  /** Hosts that were counted, including those that the summary does not list. */
  hostCount: number;
  /** Part of the input was damaged: the warnings say which. */
  isDamaged: boolean;
  /** By condition, met or not: the first connections that meet it. Empty unless asked for. */
  proofs: ReadonlyMap<string, readonly ConnectionProof[]>;
}

/** The type of `analyzeCaptures`. */
export type AnalyzeCaptures = (inputs: readonly string[], options: AnalyzeOptions) => Promise<AnalyzeResult>;
