import type { ConnectionRecord, ReportSummary } from '../core/report/model.js';
import { endsText, evidenceText, paintEvidence, stateText } from './connection-text.js';
import type { Column } from './grid.js';
import type { Paint } from './paint.js';
import { bytesText } from './quantities.js';
import { reasonText } from './reason-text.js';
import type { FormatOptions, ReportEnd } from './report-format.js';
import { safeText } from './safe-text.js';
import { sectionLines } from './section.js';

/**
 * The connections with the most bytes, a line each: id, ends, label, name, the packet that proved it, state, round
 * trip, size, and the rule against it. In a pipe the lines are whole, whatever their width.
 */
export function connectionSection(end: ReportEnd, rows: number, options: FormatOptions): Iterable<string> {
  const shown = end.topConnections.slice(0, rows);
  const width = options.wholeLines ? Number.POSITIVE_INFINITY : options.width;
  return sectionLines(columnsOf(options.paint), shown, shown.length, { ...options, width });
}

/** Connections that the report is about. */
export function listedConnections({ selected, total_connections: total }: ReportSummary): number {
  return selected?.connections ?? total;
}

function columnsOf(paint: Paint): Column<ConnectionRecord>[] {
  return [
    { title: 'Id', align: 'right', lines: (c) => [String(c.id)], minWidth: Infinity, expendable: 1 },
    {
      title: 'Connection',
      align: 'left',
      lines: (c) => [endsText(c, Infinity)],
      minWidth: 29,
      fit: (c, _line, width) => endsText(c, width),
    },
    {
      title: 'Label',
      align: 'left',
      lines: (c) => [safeText(c.label)],
      minWidth: 7,
      paint: (text, c) => (c.label === 'unknown' ? paint.notable(text) : text),
    },
    { title: 'Name', align: 'left', lines: (c) => [safeText(c.domain ?? '')], minWidth: 16, shorten: 'middle' },
    {
      title: 'Proof',
      align: 'left',
      lines: (c) => [proofText(c)],
      minWidth: 10,
      paint: paintEvidence(paint),
      expendable: 2,
    },
    {
      title: 'State',
      align: 'left',
      lines: (c) => [stateText(c)],
      minWidth: 15,
      paint: (text, c) => (c.tcp_outcome !== null || c.reset_by !== null ? paint.notable(text) : text),
      expendable: 4,
    },
    { title: 'RTT', align: 'right', lines: (c) => [rttText(c)], minWidth: Infinity, expendable: 5 },
    { title: 'Bytes', align: 'right', lines: (c) => [bytesText(c.bytes)], minWidth: Infinity },
    {
      title: 'Blocked by',
      align: 'left',
      lines: (c) => [c.blocked ? `✗ ${safeText(c.blocked_by ?? 'blocked')}` : ''],
      minWidth: 8,
      paint: paint.alarm,
    },
  ];
}

/** "12 ms", "0.4 ms", "<0.1 ms". */
function rttText({ rtt_ms: rtt }: ConnectionRecord): string {
  if (rtt === null) return '';
  if (rtt < 0.05) return '<0.1 ms';
  return `${rtt < 9.95 ? rtt.toFixed(1) : Math.round(rtt)} ms`;
}

/** What proves the label; where nothing does, why there is none. */
function proofText(c: ConnectionRecord): string {
  if (c.detected_by !== null) return evidenceText(c);
  return c.label === 'unknown' && c.unknown_reason !== null ? reasonText(c.unknown_reason) : '';
}
