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

import type { Explanation } from './core/explain/model.js';
import type { ConnectionRecord, Report } from './core/report/model.js';
import { analyzeCaptures } from './usecases/analyze/analyze.js';
import type { AnalyzeOptions } from './usecases/analyze/analyze-types.js';
import { type ExplainOptions, type ExplainResult, explainConnections } from './usecases/explain/explain.js';

export { DpiError } from './core/common/error.js';
export type { Limits } from './core/engine/options.js';
export type { ExplainCounts, Explanation } from './core/explain/model.js';
export type { ConnectionPage, LoggedConnection } from './core/ingest/connection-log.js';
export type { Decision, EventError, EventTuple, PacketEvent } from './core/ingest/packet-event.js';
export type { AppTotals } from './core/ingest/traffic-totals.js';
export type { LiveSnapshot, SnapshotOptions } from './core/live/live-model.js';
export type { FilterSummary } from './core/report/filter-model.js';
export type {
  AppRow,
  Confidence,
  ConnectionRecord,
  DetectedBy,
  DomainRow,
  FactsOptions,
  HostLabel,
  HostName,
  HostRow,
  InputRow,
  LabelKind,
  LabelRow,
  NameSource,
  PairRow,
  ProtocolRow,
  Report,
  ReportSummary,
  SelectedTotals,
  TimelineReport,
  UnknownReason,
} from './core/report/model.js';
export type { PolicySummary } from './core/report/policy-model.js';
export type { SortKey } from './core/report/sort-keys.js';
export type { SelectionTexts } from './core/select/selection.js';
export { VERSION } from './system/version.js';
export type { AnalyzeOptions, AnalyzeResult } from './usecases/analyze/analyze-types.js';
export type { ExplainOptions, ExplainResult } from './usecases/explain/explain.js';
export { type FilterOptions, type FilterResult, filterCapture as filter } from './usecases/filter/filter.js';
export { Ingest, type IngestEngine, type IngestSetup } from './usecases/ingest/ingest.js';
export { IngestLines } from './usecases/ingest/ingest-lines.js';
export { watchTraffic as live } from './usecases/live/live.js';
export type { LiveOptions, LiveOrigin, LiveResult, LiveStatus } from './usecases/live/live-types.js';
export type { RuleChoice, RuleTexts } from './usecases/rules/rules-in-force.js';
export {
  type TestPolicyOptions,
  type TestPolicyResult,
  testPolicy as testRules,
} from './usecases/rules-test/test-policy.js';
export type { AnalyzeProgress } from './usecases/shared/progress.js';
export { analyzeCaptures };

/**
 * Reads one capture, or several as one, and returns the whole report, connections in the order in which they ended. For
 * captures with millions of connections use `analyzeCaptures` with `onConnection`, which keeps none. Rejects with a
 * DpiError for an input that can't be read at all; `inputs[].damage` and `warnings` tell of damage.
 */
export async function analyze(
  captures: string | readonly string[],
  options: Omit<AnalyzeOptions, 'onConnection'> = {},
): Promise<Report> {
  const connections: ConnectionRecord[] = [];
  const { summary } = await analyzeCaptures(listOf(captures), {
    ...options,
    top: 0,
    onConnection: (connection) => connections.push(connection),
  });
  return { ...summary, connections };
}

/**
 * Explains, byte by byte, how connections came to their labels: those of `what`, a host, an app, an address or a
 * connection's id; the first 10 by id unless `limit` says otherwise. Reads the captures twice, so they must be files.
 * Rejects with a DpiError.
 */
export async function explain(
  captures: string | readonly string[],
  what: string,
  options: Partial<Omit<ExplainOptions, 'what' | 'onExplanation'>> = {},
): Promise<ExplainResult & { explanations: Explanation[] }> {
  const explanations: Explanation[] = [];
  const result = await explainConnections(listOf(captures), {
    limit: DEFAULT_EXPLANATIONS,
    ...options,
    what,
    onExplanation: (explanation) => explanations.push(explanation),
  });
  return { ...result, explanations };
}

const DEFAULT_EXPLANATIONS = 10;

function listOf(captures: string | readonly string[]): readonly string[] {
  return typeof captures === 'string' ? [captures] : captures;
}
