import type { ReportSummary, UnreadPackets } from '../core/report/model.js';
import type { EscapeRow, HiddenRow, PolicyExample, PolicySummary, TargetRow } from '../core/report/policy-model.js';
import { unreadWords } from './hidden-words.js';
import { labelledLines } from './labelled-lines.js';
import { escapeWords, hiddenWords } from './policy-words.js';
import { bytesText, countText, durationText, pluralText } from './quantities.js';
import type { FormatOptions } from './report-format.js';
import { originText, unusedLines } from './rules-table.js';
import { safeText } from './safe-text.js';
import { INDENT } from './section.js';
import { padEnd, shortenMiddle, textWidth, wrapWords } from './text-width.js';

type TechniqueRow = ReportSummary['techniques'][number];

const HEAD_WIDTH = 13;
const MOST_NAME_WIDTH = 28;

/** What block rules would have stopped, for people, the verdicts first. No line is wider than `options.width`. */
export function policyLines(summary: PolicySummary, elapsedMs: number | null, options: FormatOptions): string[] {
  const { targets, escapes, hidden, unread } = summary;
  return [
    ...headLines(summary, options),
    '',
    ...listLines(targets, options, (row) => targetLines(row, targets, options)),
    ...section('How it escaped, and what would have stopped it', escapes, options, (row) => escapeLines(row, options)),
    ...section('Passed without showing its site; blocked apps may be among it', hidden, options, (row) =>
      hiddenLines(row, options),
    ),
    ...section('Could not be read; blocked traffic may be among it', unread, options, (row) =>
      unreadLines(row, summary, options),
    ),
    ...section('Done to hide a site from observers', summary.techniques, options, (row) =>
      techniqueLines(row, options),
    ),
    ...footLines(summary, elapsedMs, options),
  ];
}

function headLines(summary: PolicySummary, options: FormatOptions): string[] {
  const { inputs, rules } = summary;
  const names = inputs.slice(0, options.top).map(({ name }) => (name === '-' ? 'standard input' : safeText(name)));
  if (names.length < inputs.length) names.push(`… ${countText(inputs.length - names.length)} more`);
  const counts = [
    pluralText(summary.total_packets, 'packet'),
    pluralText(summary.total_connections, 'connection'),
    `${countText(summary.blocked_connections)} blocked`,
  ];
  const entries = [
    { label: inputs.length === 1 ? 'Capture' : 'Captures', words: names },
    { label: '', words: counts },
    { label: 'Rules', words: [countText(rules.count) + originText(rules)] },
  ];
  return labelledLines(entries, HEAD_WIDTH, options);
}

/** "YOUTUBE  ESCAPED: 9 of 12 connections stopped …", with notes below. */
function targetLines(row: TargetRow, all: readonly TargetRow[], options: FormatOptions): string[] {
  const { paint } = options;
  const width = Math.min(MOST_NAME_WIDTH, Math.max(...all.map(({ target }) => textWidth(safeText(target)))));
  const name = padEnd(shortenMiddle(safeText(row.target), width), width);
  const indent = INDENT + width + 2;
  const words = { escaped: 'ESCAPED', stopped: 'stopped', absent: 'absent', unseen: 'unseen' }[row.verdict];
  const tint = row.verdict === 'escaped' ? paint.alarm : row.verdict === 'stopped' ? paint.bar : paint.faint;
  const [first, ...rest] = notesOf(row).flatMap((note) =>
    wrapWords(note.split(' '), ' ', Math.max(1, options.width - indent - 9), 0),
  );
  const lines = [`${' '.repeat(INDENT)}${paint.heading(name)}  ${tint(padEnd(words, 7))}  ${first}`];
  return [...lines, ...rest.map((line) => ' '.repeat(indent + 9) + line)];
}

function notesOf(row: TargetRow): string[] {
  if (row.verdict === 'absent') return ['not in the capture'];
  if (row.verdict === 'unseen') return ['not seen, but not everything could be read'];
  const notes: string[] = [];
  if (row.connections > 0) {
    const parts = [`${stoppedText(row)} stopped before the first server byte`];
    if (row.late > 0) parts.push(`${countText(row.late)} stopped late`);
    if (row.escaped > 0) parts.push(`${countText(row.escaped)} not stopped`);
    if (row.empty > 0) parts.push(`${countText(row.empty)} without payload`);
    notes.push(parts.join(', '));
  }
  if (row.lookups > 0) {
    notes.push(`${countText(row.lookups_stopped)} of ${pluralText(row.lookups, 'DNS lookup')} stopped`);
  }
  if (row.passed_bytes > 0) {
    notes.push(`${bytesText(row.passed_bytes)} came through, ${bytesText(row.answer_bytes)} of them from the server`);
  }
  if (row.stopped_by_quic > 0) {
    const those = row.stopped_by_quic === 1 ? 'was' : 'were';
    notes.push(
      `${countText(row.stopped_by_quic)} ${those} stopped by reading QUIC; a filter that cannot read it needs --block-port udp/443`,
    );
  }
  return notes;
}

function stoppedText({ stopped, connections }: TargetRow): string {
  if (stopped < connections) return `${countText(stopped)} of ${pluralText(connections, 'connection')}`;
  return stopped === 1 ? 'the only connection' : `all ${pluralText(connections, 'connection')}`;
}

function escapeLines(row: EscapeRow, options: FormatOptions): string[] {
  const what = `${safeText(row.target)}: ${escapeWords(row)}`;
  const counts = [amount(row.connections, row.lookups)];
  if (row.late > 0 && row.late < row.connections) counts.push(`${countText(row.late)} stopped late`);
  counts.push(bytesText(row.passed_bytes));
  const remedy = row.remedy ?? (row.allowed_by === null ? null : `without ${safeText(row.allowed_by)} (allow)`);
  return itemLines(what, counts, remedy, row.example, options);
}

function hiddenLines(row: HiddenRow, options: FormatOptions): string[] {
  const counts = [pluralText(row.connections, 'connection'), bytesText(row.passed_bytes)];
  return itemLines(hiddenWords(row), counts, row.remedy, row.example, options);
}

function unreadLines(row: UnreadPackets, { total_packets: total }: PolicySummary, options: FormatOptions): string[] {
  const room = Math.max(1, options.width - INDENT);
  const words = [...unreadWords([row], total)[0]!.split(' '), bytesText(row.bytes)];
  return wrapWords(words, ' ', room, 2).map((line) => ' '.repeat(INDENT) + line);
}

function techniqueLines(row: TechniqueRow, options: FormatOptions): string[] {
  const counts = [
    pluralText(row.connections, 'connection'),
    pluralText(row.packets, 'packet'),
    `the first is number ${countText(row.first_packet)}`,
  ];
  return wrapWords([row.technique, ...counts], ' · ', Math.max(1, options.width - INDENT), 2).map(
    (line) => ' '.repeat(INDENT) + line,
  );
}

function itemLines(
  what: string,
  counts: readonly string[],
  remedy: string | null,
  example: PolicyExample,
  { width, paint }: FormatOptions,
): string[] {
  const room = Math.max(1, width - INDENT);
  const fitted = (words: readonly string[], separator: string, indent: number) =>
    wrapWords(
      words.map((word) => shortenMiddle(word, Math.max(1, room - indent))),
      separator,
      room - indent,
      0,
    ).map((line) => ' '.repeat(INDENT + indent) + line);
  return [
    ...fitted(what.split(' '), ' ', 0),
    ...(remedy === null ? [] : fitted([safeText(remedy)], ' ', 2).map((line) => paint.bar(line))),
    ...fitted([...counts, ...exampleWords(example)], ' · ', 2).map((line) => paint.faint(line)),
  ];
}

/** "first #7 192.0.2.10:35038 → 203.0.113.12:443 UDP", and its name. */
function exampleWords(example: PolicyExample): string[] {
  const { id, protocol, domain, app_protocol: spoken } = example;
  const from = endpoint(example.src_ip, example.src_port);
  const to = endpoint(example.dst_ip, example.dst_port);
  const words = [`connection ${id}`, `${from} → ${to} ${spoken === null ? protocol : safeText(spoken)}`];
  return [...words, ...(domain === null ? [] : [safeText(domain)]), ...example.techniques];
}

function endpoint(address: string, port: number): string {
  if (port === 0) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function amount(connections: number, lookups: number): string {
  if (lookups === 0) return pluralText(connections, 'connection');
  if (lookups === connections) return pluralText(lookups, 'DNS lookup');
  return `${pluralText(connections, 'connection')}, ${pluralText(lookups, 'DNS lookup')} among them`;
}

function section<Row>(
  title: string,
  rows: readonly Row[],
  options: FormatOptions,
  linesOf: (row: Row) => string[],
): string[] {
  if (rows.length === 0) return [];
  const { paint } = options;
  const titles = wrapWords(title.split(' '), ' ', Math.max(1, options.width - INDENT), 0);
  return ['', ...titles.map((line) => ' '.repeat(INDENT) + paint.heading(line)), ...listLines(rows, options, linesOf)];
}

function listLines<Row>(
  rows: readonly Row[],
  { top, paint }: FormatOptions,
  linesOf: (row: Row) => string[],
): string[] {
  const lines = rows.slice(0, top).flatMap(linesOf);
  const hidden = rows.length - Math.min(rows.length, top);
  return hidden > 0 ? [...lines, paint.faint(`${' '.repeat(INDENT)}… ${countText(hidden)} more`)] : lines;
}

function footLines(
  { rules, total_packets: packets, escapes, hidden }: PolicySummary,
  elapsedMs: number | null,
  options: FormatOptions,
): string[] {
  const { paint } = options;
  const notes: string[] = [];
  if (escapes.length + hidden.length > 0)
    notes.push("'dpi analyze --explain <connection>' shows a connection byte by byte.");
  if (elapsedMs !== null) notes.push(`Read ${pluralText(packets, 'packet')} in ${durationText(elapsedMs / 1000)}.`);
  const lines = notes.flatMap((note) => wrapWords(note.split(' '), ' ', Math.max(1, options.width - INDENT), 0));
  const unused = unusedLines(rules, options);
  return [
    ...(unused.length > 0 ? ['', ...unused] : []),
    ...(lines.length > 0 ? ['', ...lines.map((line) => paint.faint(' '.repeat(INDENT) + line))] : []),
  ];
}
