import type { Difference, DiffSide, ReportDiff } from '../core/diff/model.js';
import { changeText, whatText } from './diff-words.js';
import { type Column, gridLines } from './grid.js';
import { bytesText, countText, durationText, percentText, pluralText } from './quantities.js';
import type { FormatOptions } from './report-format.js';
import { safeText } from './safe-text.js';
import { wrapWords } from './text-width.js';

const INDENT = 1;
const TITLES: Readonly<Record<Difference['section'], string>> = {
  label: 'Labels',
  name: 'Names',
  host: 'Hosts',
  pair: 'Pairs',
  quality: 'Quality',
  rule: 'Rules',
};

/** What differs between two sides, for people. No line is wider than `options.width`. */
export function diffLines(diff: ReportDiff, options: FormatOptions): string[] {
  const { differences } = diff;
  const lines = [...sideLines('A', diff.a, options), ...sideLines('B', diff.b, options)];
  if (differences.length === 0) return [...lines, '', ` ${options.paint.bar('nothing differs')}`];
  for (const section of Object.keys(TITLES) as Difference['section'][]) {
    const rows = differences.filter((row) => row.section === section);
    if (rows.length === 0) continue;
    lines.push('', ...gridLines(columns(TITLES[section], options), rows.slice(0, options.top), gridOptions(options)));
    if (rows.length > options.top) lines.push(`   … ${countText(rows.length - options.top)} more`);
  }
  return lines;
}

function sideLines(name: string, side: DiffSide, { paint, width }: FormatOptions): string[] {
  const inputs = side.inputs.map((input) => (input === '-' ? 'standard input' : safeText(input))).join(' ');
  const words = [
    paint.heading(`${name}  ${inputs}`),
    pluralText(side.packets, 'packet'),
    bytesText(side.bytes),
    pluralText(side.connections, 'connection'),
    side.seconds === null ? 'no time' : durationText(side.seconds),
  ];
  return wrapWords(words, ' · ', width - INDENT, 3).map((line) => ' '.repeat(INDENT) + line);
}

/** A value as people read it; "-" where the side has none. */
export function valueText(value: number | null, unit: Difference['unit']): string {
  if (value === null) return '-';
  if (unit === 'bytes') return bytesText(value);
  if (unit === 'share') return percentText(value, 1);
  if (unit !== 'ms') return countText(value);
  if (value < 0.05) return '<0.1 ms';
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

function columns(title: string, { paint }: FormatOptions): Column<Difference>[] {
  const tint = { new: paint.alarm, changed: paint.notable, gone: paint.faint };
  return [
    {
      title: '',
      align: 'left',
      lines: (row) => [changeText(row)],
      minWidth: Infinity,
      paint: (text, { change }) => tint[change](text),
    },
    { title, align: 'left', lines: (row) => [whatText(row)], minWidth: 20, shorten: 'middle' },
    { title: 'A', align: 'right', lines: ({ a, unit }) => [valueText(a, unit)], minWidth: 6 },
    { title: 'B', align: 'right', lines: ({ b, unit }) => [valueText(b, unit)], minWidth: 6 },
    { title: 'Packet', align: 'left', lines: (row) => [packetText(row)], minWidth: 6, expendable: 1 },
  ];
}

/** The packet that shows it, on the side that has it. */
function packetText({ proof, b }: Difference): string {
  if (proof === null || proof.packet === null) return '';
  return `${b === null ? 'A' : 'B'} #${proof.packet}`;
}

function gridOptions({ width, paint }: FormatOptions) {
  return { width, indent: INDENT, paintTitle: (text: string) => paint.heading(text) };
}
