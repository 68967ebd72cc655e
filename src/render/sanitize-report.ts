import { type LabelledWords, labelledLines } from './labelled-lines.js';
import { bytesText, countText, durationText, pluralText } from './quantities.js';
import type { FormatOptions } from './report-format.js';
import { safeText } from './safe-text.js';

const LABEL_WIDTH = 13;
const MAX_LINES = 10;

/** What `dpi sanitize` reports, as far as the text shows it. */
export interface SanitizeFacts {
  readonly input: string;
  readonly output: string | null;
  readonly packets: number;
  readonly bytes_in: number;
  readonly bytes_out: number;
  readonly replaced: { readonly ipv4: number; readonly ipv6: number; readonly mac: number; readonly names: number };
  readonly kept_names: readonly string[];
  readonly time_shift_seconds: number;
  readonly is_key_random: boolean;
  readonly connections: Readonly<Record<string, number>>;
  readonly verbatim_bytes: number;
  readonly left_out: Readonly<Record<string, number>>;
  readonly proof: {
    readonly holds: boolean;
    readonly compared_connections: number;
    readonly differences: readonly {
      readonly connection: number | null;
      readonly fact: string;
      readonly expected: unknown;
      readonly found: unknown;
    }[];
    readonly searched_bytes: number;
    readonly searched_for: number;
    readonly short_names: number;
    readonly coincidences: number;
    readonly leaks: readonly { readonly kind: string; readonly packet: number; readonly offset: number }[];
  };
}

/** What a sanitized copy is, and what the proof says of it, for people. No line is wider than `options.width`. */
export function sanitizeLines(report: SanitizeFacts, options: FormatOptions): string[] {
  const { paint } = options;
  const { replaced, connections, proof } = report;
  const size = `${bytesText(report.bytes_in)} before, ${bytesText(report.bytes_out)} now`;
  const output = report.output === null ? ['not written'] : [name(report.output, 'standard output'), size];
  const reduced = (connections.nameless ?? 0) + (connections.lost ?? 0);
  const entries: LabelledWords[] = [
    { label: 'Capture', words: [name(report.input, 'standard input'), pluralText(report.packets, 'packet')] },
    { label: 'Output', words: output, paint: report.output === null ? paint.alarm : undefined },
    {
      label: 'Replaced',
      words: [
        pluralText(replaced.ipv4, 'IPv4 address', 'IPv4 addresses'),
        pluralText(replaced.ipv6, 'IPv6 address', 'IPv6 addresses'),
        pluralText(replaced.mac, 'MAC address', 'MAC addresses'),
        pluralText(replaced.names, 'name'),
      ],
    },
    { label: 'Kept names', words: shortList(report.kept_names.map(safeText)) },
    { label: 'Times', words: [timeText(report.time_shift_seconds)] },
    { label: 'Key', words: [report.is_key_random ? 'random: other files get other replacements' : 'yours'] },
    {
      label: 'Payload',
      words: [
        `${countText(connections.rewritten ?? 0)} connections rewritten field by field`,
        `${countText(connections.minimised ?? 0)} reduced to the bytes that show their protocol (${bytesText(report.verbatim_bytes)} kept as they are)`,
        `${countText(connections.headers ?? 0)} left without`,
      ],
    },
    {
      label: 'Left out',
      words: Object.entries(report.left_out).map(([part, count]) => `${part} (${countText(count)})`),
    },
    {
      label: 'Labels lost',
      words:
        reduced === 0 ? [] : [`${pluralText(reduced, 'connection')}: they show names where they can't be replaced`],
      paint: paint.notable,
    },
    { label: 'Proof', words: proofWords(report), paint: proof.holds ? undefined : paint.alarm },
  ];
  const lines = labelledLines(
    entries.filter(({ words }) => words.length > 0),
    LABEL_WIDTH,
    options,
  );
  for (const { kind, packet, offset } of proof.leaks.slice(0, MAX_LINES)) {
    lines.push(` ${kind} left in ${packet === 0 ? 'a file header' : `packet ${packet}`}, offset ${offset}`);
  }
  for (const { connection, fact, expected, found } of proof.differences.slice(0, MAX_LINES)) {
    const place = connection === null ? 'capture' : `connection ${connection}`;
    const text = ` ${place}: ${fact} is ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`;
    lines.push(safeText(text).slice(0, options.width));
  }
  return lines;
}

function proofWords({ proof }: SanitizeFacts): string[] {
  const { differences, leaks } = proof;
  const labels = `labels and facts of ${pluralText(proof.compared_connections, 'connection')}`;
  const searched = `${countText(proof.searched_for)} patterns in ${bytesText(proof.searched_bytes)}`;
  return [
    differences.length === 0 ? `${labels} agree` : `${labels} differ in ${countText(differences.length)} places`,
    leaks.length === 0 ? `${searched}: none found` : `${searched}: ${countText(leaks.length)} found`,
    ...(proof.coincidences > 0 ? [`${countText(proof.coincidences)} equal by chance`] : []),
    ...(proof.short_names > 0 ? [`${countText(proof.short_names)} names too short to look for`] : []),
  ];
}

function shortList(words: readonly string[]): string[] {
  const shown = words.slice(0, MAX_LINES);
  return words.length > shown.length ? [...shown, `and ${countText(words.length - shown.length)} more`] : shown;
}

function timeText(shift: number): string {
  return shift === 0 ? 'as they were' : `${durationText(shift)} later`;
}

function name(text: string, standard: string): string {
  return text === '-' ? standard : safeText(text);
}
