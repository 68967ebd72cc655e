import { drawTable } from './draw-table.js';
import { shortenEnd, shortenMiddle, textWidth } from './text-width.js';

/** One column of a borderless table. */
export interface Column<Row> {
  title: string;
  align: 'left' | 'right';
  /** The cell's lines, plain and already safe for a terminal. */
  lines(row: Row): readonly string[];
  /** Narrowest useful width; a column that is wider gives way down to this. Infinity: it never gives way. */
  minWidth: number;
  shorten?: 'middle' | 'end';
  /** How a line is made to fit, where cutting out the middle or the end would not do. */
  fit?(row: Row, line: number, width: number): string;
  /** Colours a line that has its final length. */
  paint?(text: string, row: Row, line: number): string;
  /** Left out where there is no room, the highest number first. */
  expendable?: number;
}

export interface GridOptions {
  /** Columns of the terminal that the grid may fill, indent included. */
  width: number;
  indent: number;
  /** Colours the column titles; the second argument is true for the first column. */
  paintTitle(title: string, first: boolean): string;
}

const GAP = 2;

/** A title line and the rows, none wider than `options.width`; columns are as wide as their content where it fits. */
export function* gridLines<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  options: GridOptions,
): Generator<string> {
  const { shown, widths } = fitColumns(columns, rows, options.width - options.indent);
  const titles = shown.map((column, i) => options.paintTitle(shortenEnd(column.title, widths[i]!), i === 0));
  const aligns = shown.map(({ align }) => align);
  const cellsOf = function* () {
    yield titles;
    for (const row of rows) yield shown.map((column, i) => cell(column, row, widths[i]!));
  };
  yield* drawTable(cellsOf(), { widths, aligns, indent: options.indent, gap: GAP });
}

function cell<Row>(column: Column<Row>, row: Row, width: number): string {
  const lines = column.lines(row).map((text, line) => {
    const fitted = textWidth(text) <= width ? text : fitLine(column, row, text, line, width);
    return column.paint && fitted !== '' ? column.paint(fitted, row, line) : fitted;
  });
  return lines.join('\n');
}

function fitLine<Row>(column: Column<Row>, row: Row, text: string, line: number, width: number): string {
  const fitted = column.fit?.(row, line, width) ?? text;
  return column.shorten === 'middle' ? shortenMiddle(fitted, width) : shortenEnd(fitted, width);
}

/** Which columns are shown, and how wide: the widest give way first, then expendable columns go, then all shrink. */
function fitColumns<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number) {
  let shown = columns.map((column) => ({ column, ideal: idealWidth(column, rows) })).filter(({ ideal }) => ideal > 0);
  for (;;) {
    const widths = shown.map(({ ideal }) => ideal);
    const minimum = shown.map(({ column, ideal }) => Math.min(ideal, column.minWidth));
    const room = width - GAP * (shown.length - 1);
    if (narrow(widths, minimum, room)) return { shown: shown.map(({ column }) => column), widths };

    const goes = Math.max(...shown.map(({ column }) => column.expendable ?? 0));
    if (goes === 0) {
      narrow(
        widths,
        widths.map(() => 1),
        room,
      );
      return { shown: shown.map(({ column }) => column), widths };
    }
    shown = shown.filter(({ column }) => column.expendable !== goes);
  }
}

/** Takes columns' width away, one from the widest at a time, until the sum is `room`; false when minima forbid it. */
function narrow(widths: number[], minimum: readonly number[], room: number): boolean {
  let excess = widths.reduce((sum, w) => sum + w, 0) - room;
  while (excess > 0) {
    let widest = -1;
    for (let i = 0; i < widths.length; i++) {
      if (widths[i]! > minimum[i]! && (widest < 0 || widths[i]! > widths[widest]!)) widest = i;
    }
    if (widest < 0) return false;
    widths[widest]!--;
    excess--;
  }
  return true;
}

/** 0 when every cell is empty: such a column is left out. */
function idealWidth<Row>(column: Column<Row>, rows: readonly Row[]): number {
  let widest = 0;
  for (const row of rows) for (const line of column.lines(row)) widest = Math.max(widest, textWidth(line));
  return widest === 0 ? 0 : Math.max(widest, textWidth(column.title));
}
