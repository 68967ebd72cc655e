import { drawTable } from './draw-table.js';
import type { Paint } from './paint.js';
import { INDENT } from './section.js';
import { shortenMiddle, wrapWords } from './text-width.js';

/** A label at the left and the words behind it. A word stays whole unless it is too long for a line of its own. */
export interface LabelledWords {
  readonly label: string;
  /** Safe for a terminal and without colour. An entry without words is left out. */
  readonly words: readonly string[];
  readonly separator?: string;
  readonly paint?: (line: string) => string;
  /** Colours the first word alone. */
  readonly accent?: (word: string) => string;
  /** Colours the label; faint by default. */
  readonly paintLabel?: (label: string) => string;
}

/** Entries below each other, no line wider than `width`; labels take `labelWidth` columns, their gap included. */
export function labelledLines(
  entries: readonly LabelledWords[],
  labelWidth: number,
  { width, paint }: { readonly width: number; readonly paint: Paint },
): string[] {
  const room = Math.max(1, width - INDENT - labelWidth);
  const rows = entries
    .filter(({ words }) => words.length > 0)
    .map((entry) => [(entry.paintLabel ?? paint.faint)(entry.label), textOf(entry, room)]);
  return [...drawTable(rows, { widths: [labelWidth, room], indent: INDENT, gap: 0 })];
}

function textOf({ words, separator = ' · ', paint, accent }: LabelledWords, room: number): string {
  const fitted = words.map((word) => shortenMiddle(word, room));
  const lines = wrapWords(fitted, separator, room, 0);
  return lines
    .map((line, i) => (i === 0 && accent ? line.replace(fitted[0]!, accent) : line))
    .map((line) => (paint ? paint(line) : line))
    .join('\n');
}
