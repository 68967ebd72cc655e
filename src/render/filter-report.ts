import type { FilterSummary } from '../core/report/filter-model.js';
import { createPaint, type Paint } from './paint.js';
import { bytesText, countText, durationText, percentText, pluralText } from './quantities.js';
import type { FormatOptions } from './report-format.js';
import { ruleRowLines, unusedLines } from './rules-table.js';
import { jsonText, safeText } from './safe-text.js';
import { INDENT } from './section.js';
import { padEnd, shortenMiddle, textWidth, wrapWords } from './text-width.js';

const LABEL_WIDTH = 13;
const MODES = {
  inline: 'inline: as a filter on the path',
  flow: 'whole connections go',
  keep: 'only what is asked for stays',
} as const;

/** What a filter did, for people; `elapsedMs` null leaves the time out. No line is wider than `options.width`. */
export function filterLines(summary: FilterSummary, elapsedMs: number | null, options: FormatOptions): string[] {
  const paint = createPaint(options.colour);
  const { input, rules } = summary;
  const kind = [input.format, input.compression].filter((part) => part !== null);
  const written = summary.dry_run ? 'dry run: nothing is written' : nameText(summary.output, 'standard output');
  const source = rules.store === null ? 'this call only' : safeText(rules.store);
  const blocked = pluralText(summary.blocked_connections, 'connection');
  const total = countText(summary.total_connections);
  const lines = [
    ...entry('Capture', [nameText(input.name, 'standard input'), kind.join(', ')], options, paint),
    ...entry('', input.damage === null ? [] : [`damaged: ${safeText(input.damage)}`], options, paint, paint.alarm),
    ...entry('Output', [written, MODES[summary.mode]], options, paint),
    ...entry('Kept', amountWords(summary.kept_packets, summary.kept_bytes, summary), options, paint),
    ...entry('Dropped', amountWords(summary.dropped_packets, summary.dropped_bytes, summary), options, paint),
    ...entry('Connections', [total, `${blocked} ${summary.mode === 'keep' ? 'left out' : 'blocked'}`], options, paint),
    ...entry(
      'Rules',
      rules.count === 0 ? ['none in force'] : [`${countText(rules.count)} from ${source}`],
      options,
      paint,
    ),
  ];
  const ruleLines = [...ruleRowLines(rules.decided, options, paint), ...unusedLines(rules, options, paint)];
  if (ruleLines.length > 0) lines.push('', ...ruleLines);
  if (elapsedMs !== null) {
    const text = `Filtered ${pluralText(summary.total_packets, 'packet')} in ${durationText(elapsedMs / 1000)}.`;
    lines.push(
      '',
      ...wrapWords(text.split(' '), ' ', options.width - INDENT, 0).map((line) => paint.faint(` ${line}`)),
    );
  }
  return lines;
}

/** The same for programs: one JSON object, a member a line. */
export function filterJson(summary: FilterSummary): string {
  const members = Object.entries(summary).map(([key, value]) => `"${key}":${jsonText(value)}`);
  return `{${members.join(',\n')}}\n`;
}

function nameText(name: string | null, standard: string): string {
  return name === '-' ? standard : safeText(name ?? '');
}

function amountWords(packets: number, bytes: number, { total_packets: total }: FilterSummary): string[] {
  return [pluralText(packets, 'packet'), bytesText(bytes), percentText(packets, total)];
}

function entry(
  label: string,
  words: readonly string[],
  { width }: FormatOptions,
  paint: Paint,
  paintWords: (text: string) => string = (text) => text,
): string[] {
  const present = words.filter((word) => word !== '');
  if (present.length === 0) return [];
  const room = Math.max(1, width - INDENT - LABEL_WIDTH);
  const fitted = present.map((word) => (textWidth(word) > room ? shortenMiddle(word, room) : word));
  return wrapWords(fitted, ' · ', room, 0).map((line, i) => {
    const margin = ' '.repeat(INDENT) + paint.faint(padEnd(i === 0 ? label : '', LABEL_WIDTH));
    return (margin + paintWords(line)).trimEnd();
  });
}
