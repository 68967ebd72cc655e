import type { ReportSummary } from '../core/report/model.js';
import { connectionSection, listedConnections } from './connection-table.js';
import { headLines } from './head-lines.js';
import { hostSection } from './host-table.js';
import { hasFewLines, labelSection } from './label-table.js';
import { commandText, problemLines } from './problem-lines.js';
import { countText } from './quantities.js';
import { reasonText } from './reason-text.js';
import type { FormatOptions, ReportEnd, ReportFormat, WriteText } from './report-format.js';
import { rulesLines } from './rules-table.js';
import { safeText } from './safe-text.js';
import { byCount, INDENT } from './section.js';
import { padEnd, shortenEnd, textWidth, wrapWords } from './text-width.js';

/** From this width on, labels and hosts stand side by side. */
const TWO_COLUMNS_WIDTH = 100;
const COLUMN_GAP = 3;
/** Rows that a list keeps on the smallest terminal. */
const FEWEST_ROWS = 2;
/** Lines besides the rows of lists: titles, blank lines, the time that it took, and the prompt. */
const LINES_BETWEEN = 7;
/** Below the lists, at most as a rule. */
const CLOSING_LINES = 3;
/** The fewest about rules in force, with the blank line before them. */
const RULES_LINES = 5;
/** Of the lines that are left, one in so many shows a rule. */
const RULES_SHARE = 3;

/** Rows of each list. */
interface ListRows {
  readonly labels: number;
  readonly connections: number;
}

/** The report for people: what the capture holds, labels, hosts, connections, and what went wrong. */
export function tableFormat(write: WriteText, options: FormatOptions): ReportFormat {
  return {
    connection() {},
    finish(end) {
      for (const line of tableLines(end, options)) write(`${line}\n`);
    },
  };
}

/**
 * The lines of the report, none wider than `options.width` (from 20 columns on) but for the connections where
 * `options.wholeLines` says so. Drawn as they are asked for: with `--all` there may be millions.
 */
export function* tableLines(end: ReportEnd, options: FormatOptions): Generator<string> {
  const head = headLines(end.summary, options);
  const problems = fewLines(problemLines(end.summary, options), mostProblems(end, options, head.length), options);
  const isEmpty = end.summary.total_packets === 0;
  const closing = (shown: number) => (isEmpty ? [] : closingLines(end, shown, options));
  const others = head.length + problems.length + closing(0).length + (end.linesBelow ?? 0);
  const rules = rulesLines(end.summary, { ...options, top: ruleRows(end.summary, options, others) });
  const rows = listRows(end, options, others + rules.length + (rules.length > 0 && problems.length > 0 ? 1 : 0));
  yield* blocks([
    head,
    problems,
    rules,
    ...(isEmpty ? [] : [labelsAndHosts(end, rows.labels, options)]),
    connectionSection(end, rows.connections, options),
  ]);
  yield* closing(rows.connections);
}

/** Blocks with a blank line between each two; those without lines are left out. */
function* blocks(all: readonly Iterable<string>[]): Generator<string> {
  let isFirst = true;
  for (const block of all) {
    let isEmpty = true;
    for (const line of block) {
      if (isEmpty && !isFirst) yield '';
      isEmpty = false;
      yield line;
    }
    if (!isEmpty) isFirst = false;
  }
}

/** Lines about problems that leave room for the lists and the rules. */
function mostProblems({ summary, linesBelow = 0 }: ReportEnd, { height }: FormatOptions, others: number): number {
  if (height === undefined) return Number.POSITIVE_INFINITY;
  const rules = summary.rules.count > 0 ? RULES_LINES : 0;
  return Math.max(2, height - others - linesBelow - rules - CLOSING_LINES - LINES_BETWEEN - 2 * FEWEST_ROWS);
}

/** The first `most` lines; the last says how many more there are. */
function fewLines(lines: string[], most: number, { paint }: FormatOptions): string[] {
  if (lines.length <= most) return lines;
  const more = paint.faint(
    `${' '.repeat(INDENT)}… ${countText(lines.length - most + 1)} more problems; --json has all`,
  );
  return [...lines.slice(0, most - 1), more];
}

/** Rules that fit into the terminal beside the lists. */
function ruleRows({ rules }: ReportSummary, { top, height = Number.POSITIVE_INFINITY }: FormatOptions, others: number) {
  const most = Math.max(1, Math.floor((height - others - LINES_BETWEEN) / RULES_SHARE) - 1);
  const count = Math.min(top, rules.decided.length);
  return count > most ? Math.max(1, most - 1) : count;
}

/** Rows that fit into the terminal, shared between the lists; all that were asked for where height does not matter. */
function listRows({ summary, topConnections }: ReportEnd, options: FormatOptions, others: number): ListRows {
  const { top, height = Number.POSITIVE_INFINITY } = options;
  if (height === Number.POSITIVE_INFINITY) return { labels: top, connections: top };
  const room = Math.max(2 * FEWEST_ROWS, height - others - LINES_BETWEEN);
  const labels = Math.min(top, summary.labels.length);
  const connections = Math.min(top, topConnections.length);
  const half = Math.floor(room / 2);
  const labelRows = Math.min(labels, Math.max(half, room - connections));
  return { labels: labelRows, connections: Math.min(connections, room - labelRows) };
}

function labelsAndHosts(end: ReportEnd, rows: number, options: FormatOptions): string[] {
  const { summary } = end;
  const { width } = options;
  // Where lines are scarce, the one that says how many more there are is one of them.
  const isScarce = hasFewLines(options);
  const fitted = (count: number) => (isScarce && count > rows && rows > 1 ? rows - 1 : rows);
  const labelCount = fitted(summary.labels.length);
  if (width < TWO_COLUMNS_WIDTH) return labelSection(summary, labelCount, options);
  const labels = labelSection(summary, labelCount, { ...options, width: Math.floor(width * 0.6) });
  const leftWidth = labels.reduce((widest, line) => Math.max(widest, textWidth(line)), 0) + COLUMN_GAP;
  const right = { ...options, width: width - leftWidth };
  const hosts = hostSection(end, fitted(summary.hosts.length), right);
  if (hosts.length === 0) return labels;
  return Array.from({ length: Math.max(labels.length, hosts.length) }, (_, i) =>
    (padEnd(labels[i] ?? '', leftWidth) + (hosts[i] ?? '')).trimEnd(),
  );
}

/** What is not shown besides `shown` connections, what the marks mean, and the command that shows more. */
function closingLines(end: ReportEnd, shown: number, options: FormatOptions): string[] {
  const { summary, topConnections } = end;
  const { paint, width } = options;
  const [first] = topConnections;
  const proven = topConnections.slice(0, Math.max(1, shown)).find(({ evidence_packet: packet }) => packet !== null);
  const hidden = listedConnections(summary) - Math.min(shown, topConnections.length);
  const words = [
    ...(hidden > 0 ? [`… ${countText(hidden)} more`] : []),
    ...(summary.labels.some(({ lookups }) => lookups > 0) ? ['+n: DNS look-ups'] : []),
    ...(proven === undefined ? [] : [`#${proven.evidence_packet}: the packet that proves it`]),
    ...(first === undefined ? [] : [commandText(summary, `--explain ${(proven ?? first).id}`)]),
  ];
  const room = Math.max(1, width - INDENT);
  const lines = wrapWords(
    words.map((word) => shortenEnd(word, room)),
    ' · ',
    room,
    0,
  );
  return [...unknownLines(summary, options), ...lines].map((line) => paint.faint(' '.repeat(INDENT) + line));
}

/** "no app: name of no known app 6 (example.org, …), no payload 2". */
function unknownLines({ unknown_reasons: reasons, domains_detected: domains }: ReportSummary, options: FormatOptions) {
  const words = byCount(reasons).map(([reason, count]) => `${reasonText(reason)} ${countText(count)}`);
  if (words.length === 0) return [];
  const room = Math.max(1, options.width - INDENT);
  const unlisted = domains.filter(({ app }) => app === 'UNKNOWN').map(({ domain }) => safeText(domain));
  const text = `no app: ${words.join(', ')}`;
  const examples =
    unlisted.length === 0 ? '' : ` (${unlisted.slice(0, 2).join(', ')}${unlisted.length > 2 ? ', …' : ''})`;
  return [shortenEnd(textWidth(text + examples) <= room ? text + examples : text, room)];
}
