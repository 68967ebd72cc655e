import type { ReportSummary } from '../core/report/model.js';
import { jsonText } from './safe-text.js';

/**
 * Members that events lack: there are no files, no frames without IP, no `--fail-on`, no selection, and facts are not
 * counted.
 */
const LEFT_OUT: readonly string[] = [
  'schema_version',
  'generator',
  'inputs',
  'non_ip_packets',
  'anomalies',
  'anomaly_packets',
  'techniques',
  'duplicates',
  'findings',
  'hosts',
  'clients',
  'pairs',
  'timeline',
  'quality',
  'tls',
  'quic',
  'dns',
  'selected',
];

/** The last line of a run over events: the report's totals and the number of lines read. */
export function ingestSummaryLine(summary: ReportSummary, lines: { lines: number; badLines: number }): string {
  const { schema_version, generator } = summary;
  const rest = Object.entries(summary).filter(([key]) => !LEFT_OUT.includes(key));
  const head = { type: 'summary', schema_version, generator, lines: lines.lines, bad_lines: lines.badLines };
  return `${jsonText({ ...head, ...Object.fromEntries(rest) })}\n`;
}
