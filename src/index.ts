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

import type { ConnectionRecord, Report } from './core/report/model.js';
import { analyzeCaptures } from './usecases/analyze/analyze.js';
import type { AnalyzeOptions } from './usecases/analyze/analyze-types.js';

export { DpiError } from './core/common/error.js';
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
export { VERSION } from './system/version.js';
export type { AnalyzeOptions, AnalyzeProgress, AnalyzeResult } from './usecases/analyze/analyze-types.js';
export { Ingest, type IngestSetup } from './usecases/ingest/ingest.js';
export { IngestLines } from './usecases/ingest/ingest-lines.js';
export type { RuleChoice, RuleTexts } from './usecases/rules/rules-in-force.js';
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
