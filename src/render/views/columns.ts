/** Columns that views have in common. */
import type { Column } from '../grid.js';
import { bytesText, countText } from '../quantities.js';
import { safeText } from '../safe-text.js';

type Extra<Row> = Partial<Pick<Column<Row>, 'expendable' | 'paint' | 'shorten' | 'fit'>>;

/** Text of the capture or of users, which gives way down to `minWidth`. Null is an empty cell. */
export function textColumn<Row>(
  title: string,
  read: (row: Row) => string | null,
  minWidth: number,
  extra: Extra<Row> = {},
): Column<Row> {
  return { title, align: 'left', lines: (row) => [safeText(read(row) ?? '')], minWidth, ...extra };
}

/** A text that never gives way, such as a number with its unit. */
export function amountColumn<Row>(title: string, read: (row: Row) => string, extra: Extra<Row> = {}): Column<Row> {
  return { title, align: 'right', lines: (row) => [read(row)], minWidth: Number.POSITIVE_INFINITY, ...extra };
}

/** A count; 0 and null are empty cells, so that a column of nothing else is left out. */
export function countColumn<Row>(
  title: string,
  read: (row: Row) => number | null,
  extra: Extra<Row> = {},
): Column<Row> {
  return amountColumn(title, (row) => (read(row) ? countText(read(row)!) : ''), extra);
}

export function bytesColumn<Row>(title: string, read: (row: Row) => number, extra: Extra<Row> = {}): Column<Row> {
  return amountColumn(title, (row) => bytesText(read(row)), extra);
}

export function millisecondsColumn<Row>(
  title: string,
  read: (row: Row) => number | null,
  extra: Extra<Row> = {},
): Column<Row> {
  return amountColumn(title, (row) => millisecondsText(read(row)), extra);
}

/** "<0.01 ms", "0.35 ms", "8.2 ms", "120 ms", "1.5 s"; nothing for null. */
function millisecondsText(ms: number | null): string {
  if (ms === null) return '';
  if (ms < 0.01) return ms === 0 ? '0 ms' : '<0.01 ms';
  if (ms < 0.995) return `${ms.toFixed(2)} ms`;
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  return ms < 999.5 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** "YOUTUBE, NETFLIX, … 12 more". */
export function firstTexts(texts: readonly string[], shown: number): string {
  const more = texts.length - shown;
  return [...texts.slice(0, shown), ...(more > 0 ? [`… ${countText(more)} more`] : [])].join(', ');
}
