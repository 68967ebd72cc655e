import type { Paint } from './paint.js';
import { padEnd, padStart, shortenEnd, shortenMiddle, textWidth } from './text-width.js';

/**
 * A column of a table that is redrawn in place. Its width depends on the screen alone, or columns would jump.
 */
export interface LiveColumn<Row> {
  readonly title: string;
  /** Least width. */
  readonly width: number;
  /** Its share of the remaining room; 0 for none. */
  readonly grows?: number;
  /** Left out of a table that is narrower. */
  readonly from?: number;
  readonly align?: 'right';
  readonly shorten?: 'middle';
  /** Plain, on one line and safe for a terminal. */
  text(row: Row, width: number): string;
  paint?(text: string, row: Row): string;
}

const GAP = '  ';
const INDENT = ' ';

/** A title line and the rows, none wider than `width`. */
export function liveGrid<Row>(
  columns: readonly LiveColumn<Row>[],
  rows: readonly Row[],
  width: number,
  paint: Paint,
): string[] {
  const shown = columns.filter(({ from = 0 }) => width >= from);
  const widths = widthsOf(shown, width - INDENT.length);
  const title = shown.map((column, i) => {
    const text = place(shortenEnd(column.title, widths[i]!), widths[i]!, column.align);
    return i === 0 ? paint.heading(text) : paint.faint(text);
  });
  const lines = rows.map((row) => shown.map((column, i) => cell(column, row, widths[i]!)).join(GAP));
  return [title.join(GAP), ...lines].map((line) => (INDENT + line).trimEnd());
}

function cell<Row>(column: LiveColumn<Row>, row: Row, width: number): string {
  const text = column.text(row, width);
  const short = column.shorten === 'middle' ? shortenMiddle(text, width) : shortenEnd(text, width);
  const padding = ' '.repeat(Math.max(0, width - textWidth(short)));
  const painted = column.paint === undefined ? short : column.paint(short, row);
  return column.align === 'right' ? padding + painted : painted + padding;
}

function place(text: string, width: number, align: 'right' | undefined): string {
  return align === 'right' ? padStart(text, width) : padEnd(text, width);
}

/** Remaining room goes to columns that grow; if even the least widths are too much, the first column shrinks. */
function widthsOf<Row>(columns: readonly LiveColumn<Row>[], width: number): number[] {
  const widths = columns.map((column) => column.width);
  const room = width - GAP.length * (columns.length - 1) - widths.reduce((sum, one) => sum + one, 0);
  const parts = columns.reduce((sum, { grows = 0 }) => sum + grows, 0);
  if (room > 0 && parts > 0) {
    for (let i = 0; i < columns.length; i++) widths[i]! += Math.floor((room * (columns[i]!.grows ?? 0)) / parts);
  } else if (room < 0) widths[0] = Math.max(1, widths[0]! + room);
  return widths;
}
