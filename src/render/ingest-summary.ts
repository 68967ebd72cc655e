import type { ReportSummary } from '../core/report/model.js';
import { jsonText } from './safe-text.js';

/** Of no meaning for events: there are no files, no frames without IP, and nothing asks for findings. */
const LEFT_OUT: readonly string[] = [
  'schema_version',
  'generator',
  'inputs',
  'non_ip_packets',
  'anomalies',
  'findings',
];

/** The last line of a run over events: the report's sums, with the lines that were read. */
export function ingestSummaryLine(summary: ReportSummary, lines: { lines: number; badLines: number }): string {
  const { schema_version, generator } = summary;
  const rest = Object.entries(summary).filter(([key]) => !LEFT_OUT.includes(key));
  const head = { type: 'summary', schema_version, generator, lines: lines.lines, bad_lines: lines.badLines };
  return `${jsonText({ ...head, ...Object.fromEntries(rest) })}\n`;
}
