import { JOIN_KINDS, type JoinEnds, type JoinFinding, type JoinReport } from '../core/diff/join-model.js';
import { endsWords } from './diff-words.js';
import { type Column, gridLines } from './grid.js';
import { countText, pluralText } from './quantities.js';
import type { FormatOptions } from './report-format.js';
import { safeText } from './safe-text.js';
import { wrapWords } from './text-width.js';

const INDENT = 1;

/** What happened to connections between two points, for people. No line is wider than `options.width`. */
export function joinLines(join: JoinReport, options: FormatOptions): string[] {
  const { findings, clock_offset_ms: offset, transit_ms: transit } = join;
  const { paint, width } = options;
  const side = (name: string, { input, packets, connections }: JoinReport['a']) => {
    const title = `${name}  ${input === '-' ? 'standard input' : safeText(input)}`;
    const counts = [pluralText(packets, 'packet'), pluralText(connections, 'connection')];
    return wrapWords([paint.heading(title), ...counts], ' · ', width - INDENT, 3).map((line) => ` ${line}`);
  };
  const words = [`${pluralText(join.joined, 'connection')} at both points`];
  if (transit !== null) words.push(`${transit} ms from one to the other`);
  if (offset === 0) words.push('clocks agree');
  else if (offset !== null) words.push(`clock of B ${Math.abs(offset)} ms ${offset < 0 ? 'behind' : 'ahead'}`);
  const lines = [
    ...side('A', join.a),
    ...side('B', join.b),
    ...wrapWords(words, ' · ', width, 3).map((one) => ` ${one}`),
  ];
  if (findings.length === 0) return [...lines, '', ` ${paint.bar('nothing happened in between')}`];
  const counts = JOIN_KINDS.map((kind) => [kind, findings.filter((one) => one.kind === kind).length] as const);
  const found = counts.filter(([, count]) => count > 0).map(([kind, count]) => `${countText(count)} ${kind}`);
  lines.push('', ` ${paint.alarm(found.join(', '))}`, '');
  const grid = { width, indent: INDENT, paintTitle: (title: string) => paint.heading(title) };
  lines.push(...gridLines(columns(options), findings.slice(0, options.top), grid));
  if (findings.length > options.top) lines.push(` … ${countText(findings.length - options.top)} more`);
  return lines;
}

function columns({ paint }: FormatOptions): Column<JoinFinding>[] {
  const packets = (ends: JoinEnds | null) => (ends?.first_packet ? `#${ends.first_packet}` : '');
  return [
    { title: '', align: 'left', lines: ({ kind }) => [kind], minWidth: Infinity, paint: (text) => paint.notable(text) },
    {
      title: 'Connection',
      align: 'left',
      lines: ({ a, b }) => [endsWords((a ?? b)!)],
      minWidth: 40,
      shorten: 'middle',
    },
    {
      title: 'Name',
      align: 'left',
      lines: ({ a, b }) => [safeText((a ?? b)!.domain ?? '')],
      minWidth: 16,
      shorten: 'middle',
      expendable: 1,
    },
    { title: 'A', align: 'left', lines: ({ a }) => [packets(a)], minWidth: 4, expendable: 2 },
    { title: 'B', align: 'left', lines: ({ b }) => [packets(b)], minWidth: 4, expendable: 2 },
    { title: 'What', align: 'left', lines: ({ detail }) => [detail], minWidth: 24, shorten: 'end' },
  ];
}
