import type { LabelRow, ReportSummary } from '../core/report/model.js';
import type { Column } from './grid.js';
import { bytesText, countText, percentText } from './quantities.js';
import type { FormatOptions } from './report-format.js';
import { safeText } from './safe-text.js';
import { sectionLines } from './section.js';
import { sparkline } from './sparkline.js';

const BAR_WIDTH = 5;
/** From this width of the section on, bars are twice as wide. */
const WIDE = 72;
const BAR_EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const SPARK_WIDTH = 12;

/** The labels with the most bytes: share, connections, and how they came over time. */
export function labelSection(summary: ReportSummary, rows: number, options: FormatOptions): string[] {
  const { paint } = options;
  const { labels, total_bytes: total, timeline } = summary;
  const barWidth = options.width < WIDE ? BAR_WIDTH : 2 * BAR_WIDTH;
  const shown = labels.slice(0, rows);
  const unknown = labels.find(({ kind }) => kind === 'unknown');
  // The share without a label shows how complete the report is, even when it is small.
  if (unknown !== undefined && shown.length > 0 && !shown.includes(unknown)) {
    if (shown.length > 1) shown[shown.length - 1] = unknown;
    else if (!hasFewLines(options)) shown.push(unknown);
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
      lines: ({ bytes }) => [bar(bytes, total, barWidth)],
      minWidth: barWidth,
      paint: (text, { kind }) => (kind === 'unknown' ? paint.faint(text) : paint.bar(text)),
      expendable: 4,
    },
    { title: '', align: 'right', lines: ({ bytes }) => [percentText(bytes, total)], minWidth: Infinity },
    { title: 'Bytes', align: 'right', lines: ({ bytes }) => [bytesText(bytes)], minWidth: Infinity },
    {
      title: 'Conns',
      align: 'left',
      lines: (row) => [connectionsText(row.connections, row.lookups)],
      minWidth: Infinity,
      expendable: 2,
    },
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

/** Whether the report has to fit in the lines of a terminal. */
export function hasFewLines({ height = Number.POSITIVE_INFINITY }: FormatOptions): boolean {
  return height !== Number.POSITIVE_INFINITY;
}

/** "3 +9": connections, and DNS look-ups. */
export function connectionsText(connections: number, lookups: number): string {
  return lookups === 0 ? countText(connections) : `${countText(connections)} +${countText(lookups)}`;
}

function bar(part: number, whole: number, width: number): string {
  const eighths = whole === 0 ? 0 : Math.round(Math.min(1, part / whole) * width * 8);
  return '█'.repeat(Math.floor(eighths / 8)) + BAR_EIGHTHS[eighths % 8];
}
