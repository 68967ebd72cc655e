import Table from 'cli-table3';
import { padEnd, padStart } from './text-width.js';

/** Widths in terminal columns. */
export interface TableLayout {
  readonly widths: readonly number[];
  readonly aligns?: readonly ('left' | 'right')[];
  /** Spaces in front of each line. */
  readonly indent: number;
  /** Spaces between columns. */
  readonly gap: number;
}

/** Rows in one table of cli-table3, whose time grows with the square of their number. */
const ROWS_AT_ONCE = 32;
/**
 * Rows that cli-table3 draws. It takes 0.6 ms for each, so a list of 100,000 rules would take a minute; the rest is
 * padded here, 30 times as fast.
 */
const MOST_DRAWN = 1024;

const NO_BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
};

/**
 * The lines of a table without borders and without blanks at their ends, drawn as they are asked for. A cell of several
 * lines holds line feeds; its text is safe for a terminal, no wider than its column, and may be coloured.
 */
export function* drawTable(rows: Iterable<readonly string[]>, layout: TableLayout): Generator<string> {
  let drawn = 0;
  let waiting: (readonly string[])[] = [];
  for (const cells of rows) {
    if (drawn >= MOST_DRAWN) {
      yield* trimmed(paddedLines(cells, layout));
      continue;
    }
    waiting.push(cells);
    if (waiting.length < ROWS_AT_ONCE) continue;
    yield* trimmed(tableLines(waiting, layout));
    drawn += waiting.length;
    waiting = [];
  }
  if (waiting.length > 0) yield* trimmed(tableLines(waiting, layout));
}

function trimmed(lines: readonly string[]): string[] {
  return lines.map((line) => line.trimEnd());
}

function tableLines(rows: readonly (readonly string[])[], layout: TableLayout): string[] {
  const table = new Table({
    chars: { ...NO_BORDERS, left: ' '.repeat(layout.indent), middle: ' '.repeat(layout.gap) },
    colWidths: [...layout.widths],
    colAligns: [...(layout.aligns ?? [])],
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows.map((cells) => [...cells]));
  return table.toString().split('\n');
}

function paddedLines(cells: readonly string[], { widths, aligns, indent, gap }: TableLayout): string[] {
  const stacks = cells.map((text) => text.split('\n'));
  const height = Math.max(...stacks.map((stack) => stack.length));
  return Array.from({ length: height }, (_, line) => {
    const padded = stacks.map((stack, i) => {
      const pad = aligns?.[i] === 'right' ? padStart : padEnd;
      return pad(stack[line] ?? '', widths[i]!);
    });
    return ' '.repeat(indent) + padded.join(' '.repeat(gap));
  });
}
