import type { Limits } from '../../core/engine/options.js';
import type { ConnectionRecord, ReportSummary } from '../../core/report/model.js';
import type { RuleChoice } from '../rules/rules-in-force.js';

export interface AnalyzeProgress {
  /** Bytes of the inputs as stored (compressed ones count compressed), over all inputs. */
  bytesRead: number;
  /** Length of all inputs; null when one of them is a pipe. */
  totalLen: number | null;
  packets: number;
}

/**
 * How an analysis is watched and steered. The engine works in slices of some ten milliseconds and lets the event loop
 * turn between them (`setImmediate`), or neither signals nor a progress line would be seen; it awaits `drain` there and
 * after every few thousand connections of the final flush, or the report would pile up in memory.
 */
export interface AnalyzeOptions {
  /** Bounds other than DEFAULT_LIMITS. */
  limits?: Partial<Limits>;
  /** Called as each connection ends. Leave it out where nobody wants them all: records cost time. */
  onConnection?: (connection: ConnectionRecord) => void;
  /** The record that `onConnection` gets is valid until it returns, and the same one each time: less to collect. */
  reusesRecord?: boolean;
  /** The promise to await before going on; null when there is room to write. */
  drain?: () => Promise<void> | null;
  onProgress?: (progress: AnalyzeProgress) => void;
  /** Ends the analysis early: what has been read is reported, connections in progress included. */
  signal?: AbortSignal;
  /** How many of the connections with the most bytes to hand back: 10 unless given, Infinity for all. */
  top?: number;
  /** How many of the names with the most bytes the summary lists: all unless given. `failOn` has all listed. */
  topDomains?: number;
  /** Files with the user's own apps (`--apps`). */
  appsFiles?: readonly string[];
  /** Which rules to apply; none unless given. */
  rules?: RuleChoice;
  /** Bytes that the captures may have in all once unpacked; more reject with a DpiError. No bound unless given. */
  maxInputLen?: number;
  /**
   * Threads: 2 where a second one may help (plain files), 1 where it shall not; unless given, 2 from 1 GiB on without
   * `onConnection`. The result is the same.
   */
  jobs?: number;
  /** `--fail-on`: "blocked", "app:NAME", "domain:NAME". */
  failOn?: readonly string[];
}

export interface AnalyzeResult {
  summary: ReportSummary;
  /** The connections with the most bytes, largest first. */
  top: ConnectionRecord[];
  /** Names of connections, those that the summary does not list included. */
  domainCount: number;
  /** 0; 1 when something that `failOn` asks about was found; else 3 when part of the input was damaged. */
  exitCode: number;
}

/** Reads captures (`-` is stdin) as one, and reports. Throws DpiError for what can't be read at all. */
export type AnalyzeCaptures = (inputs: readonly string[], options: AnalyzeOptions) => Promise<AnalyzeResult>;
