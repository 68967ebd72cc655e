/**
 * `dpi` as a library.
 *
 * ```ts
 * import { analyze } from 'dpi';
 *
 * const report = await analyze('capture.pcap');
 * for (const { app, domain, packets } of report.connections) console.log(app, domain, packets);
 * ```
 */
import { analyzeCaptures } from './analyze.js';
import type { AnalyzeOptions } from './analyze-types.js';
import type { ConnectionRecord, Report } from './core/report/model.js';

export type { AnalyzeOptions, AnalyzeProgress, AnalyzeResult } from './analyze-types.js';
export { DpiError } from './core/error.js';
export type { ConnectionPage, LoggedConnection } from './core/ingest/connection-log.js';
export type { IngestEngine } from './core/ingest/ingest-engine.js';
export type { Decision, EventError, EventTuple, PacketEvent } from './core/ingest/packet-event.js';
export type { AppTotals } from './core/ingest/traffic-totals.js';
export type {
  AppRow,
  Confidence,
  ConnectionRecord,
  DetectedBy,
  DomainRow,
  InputRow,
  Report,
  ReportSummary,
  UnknownReason,
} from './core/report/model.js';
export { Ingest, type IngestSetup } from './ingest.js';
export { IngestLines } from './ingest-lines.js';
export type { RuleChoice, RuleTexts } from './rules-in-force.js';
export { VERSION } from './version.js';
export { analyzeCaptures };

/**
 * Reads one capture, or several as one, and returns the whole report, connections in the order in which they ended. For
 * captures with millions of connections use `analyzeCaptures` with `onConnection`, which keeps none. Rejects with a
 * DpiError for what can't be read at all; damage is told in `inputs[].damage` and `warnings`.
 */
export async function analyze(
  captures: string | readonly string[],
  options: Omit<AnalyzeOptions, 'onConnection'> = {},
): Promise<Report> {
  const connections: ConnectionRecord[] = [];
  const { summary } = await analyzeCaptures(typeof captures === 'string' ? [captures] : captures, {
    ...options,
    top: 0,
    onConnection: (connection) => connections.push(connection),
  });
  return { ...summary, connections };
}
