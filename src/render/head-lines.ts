import type { InputRow, ReportSummary } from '../core/report/model.js';
import { bytesText, countText, durationText, percentText, periodText, pluralText } from './quantities.js';
import type { FormatOptions } from './report-format.js';
import { safeText } from './safe-text.js';
import { byCount, INDENT } from './section.js';
import { shortenMiddle, wrapWords } from './text-width.js';

const SEPARATOR = ' · ';

/** The first lines: which captures, when and how much; then what they hold. */
export function headLines(summary: ReportSummary, options: FormatOptions): string[] {
  const { paint, width } = options;
  const room = Math.max(1, width - INDENT);
  const fitted = (words: readonly string[]) =>
    wrapWords(
      words.map((word) => shortenMiddle(word, room)),
      SEPARATOR,
      room,
      0,
    );
  const [name, ...captureWords] = captureWordsOf(summary, options);
  const [first, ...rest] = fitted([`${name}   ${captureWords[0] ?? ''}`.trimEnd(), ...captureWords.slice(1)]);
  const lines = [
    first!.replace(name!, () => paint.heading(name!)),
    ...rest.map((line) => paint.faint(line)),
    ...fitted(contentWords(summary)),
    ...damageLines(summary.inputs, options),
  ];
  return lines.map((line) => ' '.repeat(INDENT) + line);
}

function captureWordsOf(summary: ReportSummary, { zone }: FormatOptions): string[] {
  const { inputs, first_seen: first, last_seen: last } = summary;
  const [input] = inputs;
  const name = inputs.length === 1 && input !== undefined ? inputText(input) : `${countText(inputs.length)} captures`;
  const kinds = new Set(inputs.flatMap(({ format, compression }) => [format, compression]));
  const kind = [...kinds].filter((part) => part !== null).map(safeText);
  const period =
    first === null || last === null ? [] : [`${periodText(first, last, zone)} (${durationText(last - first)})`];
  return [
    name,
    ...(kind.length > 0 ? [kind.join(', ')] : []),
    ...period,
    pluralText(summary.total_packets, 'packet'),
    bytesText(summary.total_bytes),
  ];
}

function inputText({ name }: InputRow): string {
  return name === '-' ? 'standard input' : safeText(name);
}

function contentWords(summary: ReportSummary): string[] {
  const lookups = summary.labels.reduce((sum, row) => sum + row.lookups, 0);
  const without = summary.labels.filter(({ kind }) => kind !== 'app').reduce((sum, row) => sum + row.bytes, 0);
  return [
    ...connectionWords(summary, lookups),
    ...(lookups > 0 && summary.selected === null ? [pluralText(lookups, 'DNS look-up')] : []),
    ...clientWords(summary),
    ...(without > 0 ? [`${percentText(without, summary.total_bytes)} of bytes without an app`] : []),
    ...versionWords(summary),
    ...(summary.quality === null ? [] : failureWords(summary.quality)),
  ];
}

/** "12 clients"; "4,000+ clients" where not all hosts were kept. */
function clientWords({ clients, limits }: ReportSummary): string[] {
  if (clients === null || clients === 0) return [];
  const isLeast = limits.hosts_not_listed !== undefined;
  return [isLeast ? `${countText(clients)}+ clients` : pluralText(clients, 'client')];
}

function connectionWords({ selected, total_connections: total }: ReportSummary, lookups: number): string[] {
  if (selected === null) return [pluralText(total - lookups, 'connection')];
  const amounts = [pluralText(selected.packets, 'packet'), bytesText(selected.bytes)];
  return [`${countText(selected.connections)} of ${countText(total)} connections selected`, ...amounts];
}

/** "TLS 1.3 17, 1.2 1". */
function versionWords({ tls }: ReportSummary): string[] {
  const versions = tls === null ? [] : byCount(tls.versions);
  if (versions.length === 0) return [];
  return [`TLS ${versions.map(([version, count]) => `${safeText(version)} ${countText(count)}`).join(', ')}`];
}

function failureWords(quality: NonNullable<ReportSummary['quality']>): string[] {
  const resets = quality.resets.client + quality.resets.server;
  return [
    ...(resets > 0 ? [pluralText(resets, 'reset')] : []),
    ...(quality.unanswered > 0 ? [`${countText(quality.unanswered)} unanswered`] : []),
  ];
}

function damageLines(inputs: readonly InputRow[], { paint, width, top }: FormatOptions): string[] {
  const damaged = inputs.filter(({ damage }) => damage !== null).slice(0, top);
  const room = Math.max(1, width - INDENT);
  return damaged.flatMap((input) => {
    const of = inputs.length === 1 ? '' : `${inputText(input)} `;
    const text = `${of}damaged: ${safeText(input.damage!)}`;
    const words = text.split(' ').map((word) => shortenMiddle(word, Math.max(1, room - 2)));
    return wrapWords(words, ' ', room, 2).map(paint.alarm);
  });
}
