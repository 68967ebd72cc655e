import type { LabelRow, ReportSummary } from '../core/report/model.js';
import type { Column } from './grid.js';
import { bytesText, countText, percentText } from './quantities.js';
import type { FormatOptions } from './report-format.js';
import { safeText } from './safe-text.js';
import { sectionLines } from './section.js';
import { sparkline } from './sparkline.js';

const BAR_WIDTH = 5;
const BAR_EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const SPARK_WIDTH = 12;

/** The labels with the most bytes: share, connections, and how they came over time. */
export function labelSection(summary: ReportSummary, rows: number, options: FormatOptions): string[] {
  const { paint } = options;
  const { labels, total_bytes: total, timeline } = summary;
  const shown = labels.slice(0, rows);
  const unknown = labels.find(({ kind }) => kind === 'unknown');
  // The share without a label shows how complete the report is, even when it is small.
  if (unknown !== undefined && shown.length > 0 && !shown.includes(unknown)) {
    if (shown.length > 1) shown.pop();
    shown.push(unknown);
  }
  const overTime = new Map(timeline?.labels.map(({ label, bytes }) => [label, bytes]));
  const columns: Column<LabelRow>[] = [
    {
      title: 'Label',
      align: 'left',
      lines: ({ label }) => [safeText(label)],
      minWidth: 10,
      paint: (text, { kind }) => (kind === 'unknown' ? paint.notable(text) : text),
    },
    {
      title: 'Share',
      align: 'left',
      lines: ({ bytes }) => [bar(bytes, total)],
      minWidth: BAR_WIDTH,
      paint: (text, { kind }) => (kind === 'unknown' ? paint.faint(text) : paint.bar(text)),
      expendable: 4,
    },
    { title: '', align: 'right', lines: ({ bytes }) => [percentText(bytes, total)], minWidth: Infinity },
    { title: 'Bytes', align: 'right', lines: ({ bytes }) => [bytesText(bytes)], minWidth: Infinity },
    { title: 'Conns', align: 'left', lines: (row) => [connectionsText(row)], minWidth: Infinity, expendable: 2 },
    {
      title: 'Over time',
      align: 'left',
      lines: ({ label }) => [sparkline(overTime.get(label) ?? [], SPARK_WIDTH)],
      minWidth: Infinity,
      paint: paint.bar,
      expendable: 3,
    },
  ];
  return [...sectionLines(columns, shown, labels.length, options)];
}

/** "3 +9": connections, and DNS look-ups for their names. */
function connectionsText({ connections, lookups }: { connections: number; lookups: number }): string {
  return lookups === 0 ? countText(connections) : `${countText(connections)} +${countText(lookups)}`;
}

function bar(part: number, whole: number): string {
  const eighths = whole === 0 ? 0 : Math.round(Math.min(1, part / whole) * BAR_WIDTH * 8);
  return '█'.repeat(Math.floor(eighths / 8)) + BAR_EIGHTHS[eighths % 8];
}
