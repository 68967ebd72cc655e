import type { ReportSummary, RuleRow, RulesReport } from '../core/report/model.js';
import type { Column } from './grid.js';
import { type LabelledWords, labelledLines } from './labelled-lines.js';
import { bytesText, countText, pluralText } from './quantities.js';
import type { FormatOptions } from './report-format.js';
import { safeText } from './safe-text.js';
import { INDENT, sectionLines } from './section.js';
import { shortenMiddle, wrapWords } from './text-width.js';

const LABEL_WIDTH = 8;

/** A rule's row; filters have one more action. */
export type RuleTableRow = Omit<RuleRow, 'action'> & { action: string };

/** What the rules in force did: their origin, each rule that decided something, and the unused ones; or nothing. */
export function rulesLines(summary: ReportSummary, options: FormatOptions): string[] {
  const { rules } = summary;
  if (rules.count === 0 && summary.findings.length === 0) return [];
  const { paint } = options;
  const entries: LabelledWords[] = [
    { label: 'Found', words: findingWords(summary), paint: paint.alarm },
    {
      label: 'Rules',
      words: rules.count === 0 ? [] : verdictWords(summary),
      accent: summary.dropped_packets > 0 ? paint.alarm : undefined,
    },
  ];
  return [
    ...labelledLines(entries, LABEL_WIDTH, options),
    ...ruleRowLines(rules.decided, options),
    ...unusedLines(rules, options),
  ];
}

function verdictWords(summary: ReportSummary): string[] {
  const { rules, dropped_packets: dropped } = summary;
  return [
    `${pluralText(summary.blocked_connections, 'connection')} blocked`,
    dropped === 0 ? 'no packet dropped' : `${pluralText(dropped, 'packet')} dropped`,
    pluralText(rules.count, 'rule') + originText(rules),
  ];
}

/** What follows the number of rules: " of this call", " from rules.json", ": 1 of this call, 2 from rules.json". */
export function originText({ store, count, of_call: ofCall }: Omit<RulesReport, 'decided'>): string {
  if (store === null || ofCall >= count) return ' of this call';
  const from = `from ${safeText(store)}`;
  if (ofCall === 0) return ` ${from}`;
  return `: ${countText(ofCall)} of this call, ${countText(count - ofCall)} ${from}`;
}

/** The `--fail-on` conditions that hold. */
function findingWords({ findings }: ReportSummary): string[] {
  return findings.map(
    ({ condition, connections }) => `${safeText(condition)} (${pluralText(connections, 'connection')})`,
  );
}

/** A line for each rule that decided something. */
export function ruleRowLines(rows: readonly RuleTableRow[], options: FormatOptions): string[] {
  const { paint } = options;
  const columns: Column<RuleTableRow>[] = [
    { title: 'Rule', align: 'left', lines: ({ rule }) => [safeText(rule)], minWidth: 12, shorten: 'middle' },
    {
      title: 'action',
      align: 'left',
      lines: ({ action }) => [action],
      minWidth: 5,
      paint: (text, { action }) => (action === 'block' ? paint.alarm(text) : text),
      expendable: 4,
    },
    {
      title: 'connections',
      align: 'right',
      lines: ({ connections }) => [countText(connections)],
      minWidth: Number.POSITIVE_INFINITY,
      expendable: 2,
    },
    {
      title: 'packets',
      align: 'right',
      lines: ({ packets }) => [countText(packets)],
      minWidth: Number.POSITIVE_INFINITY,
    },
    {
      title: 'bytes',
      align: 'right',
      lines: ({ bytes }) => [bytesText(bytes)],
      minWidth: Number.POSITIVE_INFINITY,
      expendable: 1,
    },
    {
      title: 'first packet',
      align: 'right',
      lines: ({ first_packet: first }) => [first === null ? '' : `#${first}`],
      minWidth: Number.POSITIVE_INFINITY,
      expendable: 3,
    },
  ];
  return [...sectionLines(columns, rows.slice(0, options.top), rows.length, options)];
}

/** "3 unused rules: app:TIKTOK, …" */
export function unusedLines(
  { unused, unused_count: count }: Pick<RulesReport, 'unused' | 'unused_count'>,
  { width, top, paint }: FormatOptions,
): string[] {
  if (count === 0) return [];
  const named = unused.slice(0, top).map(safeText);
  if (count > named.length) named.push(`… ${countText(count - named.length)} more`);
  const words = `${pluralText(count, 'unused rule')}: `.trim().split(' ');
  const room = Math.max(1, width - INDENT);
  const all = [...words, ...named.map((name, i) => (i < named.length - 1 ? `${name},` : name))];
  return wrapWords(
    all.map((word) => shortenMiddle(word, room)),
    ' ',
    room,
    0,
  ).map((line) => paint.faint(' '.repeat(INDENT) + line));
}
