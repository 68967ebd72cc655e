import { type Column, gridLines } from './grid.js';
import { countText } from './quantities.js';
import type { FormatOptions } from './report-format.js';
import { shortenEnd } from './text-width.js';

/** Spaces at the left of every line of the report. */
export const INDENT = 1;

/** A list of the report: titles, rows, and how many of the `total` rows are not shown. */
export function* sectionLines<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  total: number,
  options: FormatOptions,
): Generator<string> {
  if (rows.length === 0) return;
  const { paint } = options;
  const paintTitle = (title: string, first: boolean) => (first ? paint.heading(title) : paint.faint(title));
  yield* gridLines(columns, rows, { width: options.width, indent: INDENT, paintTitle });
  const hidden = total - rows.length;
  if (hidden > 0) yield paint.faint(shortenEnd(`${' '.repeat(INDENT)}… ${countText(hidden)} more`, options.width));
}

/** A record's entries, the largest count first, equal ones by name. */
export function byCount(counts: Record<string, number>): [string, number][] {
  return Object.entries(counts).sort(([nameA, a], [nameB, b]) => b - a || (nameA < nameB ? -1 : 1));
}
