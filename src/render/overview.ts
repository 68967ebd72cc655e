import type { InputRow, ReportSummary } from '../core/report/model.js';
import type { Paint } from './paint.js';
import { bytesText, countText, durationText, pluralText, timeText } from './quantities.js';
import type { FormatOptions, ReportEnd } from './report-format.js';
import { safeText } from './safe-text.js';
import { byCount, INDENT } from './section.js';
import { padEnd, shortenMiddle, textWidth, wrapWords } from './text-width.js';

const LABEL_WIDTH = 13;
const PROTOCOLS_SHOWN = 8;

/** A label and the words behind it; words are never torn apart at a line's end unless one alone is too long. */
interface Entry {
  label: string;
  words: string[];
  separator?: string;
  paint?: (text: string) => string;
  /** Colours the first word alone. */
  accent?: (text: string) => string;
}

/** The block at the top: what was read, how much of it, and what the rules would do. */
export function overviewLines(end: ReportEnd, options: FormatOptions, paint: Paint): string[] {
  const { summary } = end;
  return [
    ...inputEntries(summary.inputs, options, paint),
    { label: '', words: timeWords(summary), paint: paint.faint },
    { label: 'Packets', words: packetWords(summary) },
    { label: 'Connections', words: connectionWords(summary, options) },
    {
      label: 'Rules',
      words: verdictWords(summary),
      accent: summary.dropped_packets > 0 ? paint.alarm : undefined,
    },
    { label: 'Found', words: findingWords(summary), paint: paint.alarm },
    { label: 'Oddities', words: countWords(summary.anomalies), paint: paint.notable },
    { label: 'Limits', words: countWords(summary.limits), paint: paint.notable },
  ].flatMap((entry) => entryLines(entry, options.width, paint));
}

function inputEntries(inputs: readonly InputRow[], options: FormatOptions, paint: Paint): Entry[] {
  const shown = inputs.slice(0, options.top);
  const label = inputs.length === 1 ? 'Capture' : 'Captures';
  const entries = shown.flatMap((input, i): Entry[] => {
    const kind = [input.format, input.compression].filter((part) => part !== null).map(safeText);
    const size = inputs.length === 1 ? [] : [pluralText(input.packets, 'packet')];
    const name = input.name === '-' ? 'standard input' : safeText(input.name);
    const words = [name, ...(kind.length > 0 ? [kind.join(', ')] : []), ...size];
    const damage: Entry[] =
      input.damage === null
        ? []
        : [{ label: '', words: `damaged: ${safeText(input.damage)}`.split(' '), separator: ' ', paint: paint.alarm }];
    return [{ label: i === 0 ? label : '', words }, ...damage];
  });
  const hidden = inputs.length - shown.length;
  return hidden > 0 ? [...entries, { label: '', words: [`… ${countText(hidden)} more`], paint: paint.faint }] : entries;
}

function timeWords({ first_seen: first, last_seen: last }: ReportSummary): string[] {
  return first === null || last === null ? [] : [timeText(first), durationText(last - first)];
}

function packetWords(summary: ReportSummary): string[] {
  const parts: [string, number][] = [
    ['TCP', summary.tcp_packets],
    ['UDP', summary.udp_packets],
    ['other IP', summary.other_ip_packets],
    ['not IP', summary.non_ip_packets],
  ];
  const present = parts.filter(([, count]) => count > 0);
  return [countText(summary.total_packets), bytesText(summary.total_bytes), ...present.map(nameAndCount)];
}

function connectionWords({ total_connections: total, app_protocols }: ReportSummary, options: FormatOptions): string[] {
  const protocols = byCount(app_protocols);
  const shown = protocols.slice(0, options.top === Infinity ? Infinity : PROTOCOLS_SHOWN);
  const hidden = protocols.length - shown.length;
  return [countText(total), ...shown.map(nameAndCount), ...(hidden > 0 ? [`… ${hidden} more`] : [])];
}

function verdictWords(summary: ReportSummary): string[] {
  const { count, store } = summary.rules;
  if (count === 0) return ['none in force', 'all packets forwarded'];
  const blocked = summary.blocked_connections;
  return [
    `${pluralText(blocked, 'connection')} blocked`,
    `${countText(summary.forwarded_packets)} packets forwarded`,
    `${countText(summary.dropped_packets)} dropped`,
    `${pluralText(count, 'rule')} from ${store === null ? 'this call only' : safeText(store)}`,
  ];
}

/** What `--fail-on` asked about and is there. */
function findingWords({ findings }: ReportSummary): string[] {
  return findings.map(
    ({ condition, connections }) => `${safeText(condition)} (${pluralText(connections, 'connection')})`,
  );
}

function countWords(counts: Record<string, number>): string[] {
  return byCount(counts).map(nameAndCount);
}

function nameAndCount([name, count]: [string, number]): string {
  return `${safeText(name)} ${countText(count)}`;
}

function entryLines(
  { label, words, separator, paint: paintWords, accent }: Entry,
  width: number,
  paint: Paint,
): string[] {
  if (words.length === 0) return [];
  const room = Math.max(1, width - INDENT - LABEL_WIDTH);
  const lines = wrapWords(
    words.map((word) => (textWidth(word) > room ? shortenMiddle(word, room) : word)),
    separator ?? ' · ',
    room,
    0,
  );
  return lines.map((line, i) => {
    const margin = ' '.repeat(INDENT) + paint.faint(padEnd(i === 0 ? label : '', LABEL_WIDTH));
    const text = i === 0 && accent ? line.replace(words[0]!, accent) : line;
    return (margin + (paintWords ? paintWords(text) : text)).trimEnd();
  });
}
