import type { InputRow, ReportSummary } from '../core/report/model.js';
import { hiddenRouteWords, unreadWords } from './hidden-words.js';
import { type LabelledWords, labelledLines } from './labelled-lines.js';
import { bytesText, countText, durationText, pluralText, timeText } from './quantities.js';
import type { FormatOptions, ReportEnd } from './report-format.js';
import { safeText } from './safe-text.js';
import { byCount } from './section.js';

const LABEL_WIDTH = 13;
const PROTOCOLS_SHOWN = 8;

/** The block at the top: the inputs, the totals, and the effect of the rules. */
export function overviewLines(end: ReportEnd, options: FormatOptions): string[] {
  const { summary } = end;
  const { paint } = options;
  const entries: LabelledWords[] = [
    ...inputEntries(summary.inputs, options),
    { label: '', words: timeWords(summary), paint: paint.faint },
    { label: 'Packets', words: packetWords(summary) },
    { label: 'Connections', words: connectionWords(summary, options) },
    {
      label: 'Rules',
      words: verdictWords(summary),
      accent: summary.dropped_packets > 0 ? paint.alarm : undefined,
    },
    { label: 'Found', words: findingWords(summary), paint: paint.alarm },
    { label: 'Unread', words: unreadWords(summary.unread, summary.total_packets), paint: paint.notable },
    { label: 'Hidden', words: hiddenRouteWords(summary.hidden, summary.total_bytes), paint: paint.notable },
    { label: 'Evasion', words: evasionWords(summary), paint: paint.alarm },
    { label: 'Copies', words: copyWords(summary), paint: paint.notable },
    { label: 'Oddities', words: countWords(summary.anomalies), paint: paint.notable },
    { label: 'Limits', words: countWords(summary.limits), paint: paint.notable },
  ];
  return labelledLines(entries, LABEL_WIDTH, options);
}

function inputEntries(inputs: readonly InputRow[], { top, paint }: FormatOptions): LabelledWords[] {
  const shown = inputs.slice(0, top);
  const label = inputs.length === 1 ? 'Capture' : 'Captures';
  const entries = shown.flatMap((input, i): LabelledWords[] => {
    const kind = [input.format, input.compression].filter((part) => part !== null).map(safeText);
    const size = inputs.length === 1 ? [] : [pluralText(input.packets, 'packet')];
    const name = input.name === '-' ? 'standard input' : safeText(input.name);
    const words = [name, ...(kind.length > 0 ? [kind.join(', ')] : []), ...size];
    const damage: LabelledWords[] =
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

function connectionWords(summary: ReportSummary, options: FormatOptions): string[] {
  const { total_connections: total, selected, app_protocols } = summary;
  const protocols = byCount(app_protocols);
  const shown = protocols.slice(0, options.top === Infinity ? Infinity : PROTOCOLS_SHOWN);
  const hidden = protocols.length - shown.length;
  const counts =
    selected === null
      ? [countText(total)]
      : [
          `${countText(selected.connections)} of ${countText(total)} selected`,
          pluralText(selected.packets, 'packet'),
          bytesText(selected.bytes),
        ];
  return [...counts, ...shown.map(nameAndCount), ...(hidden > 0 ? [`… ${hidden} more`] : [])];
}

function verdictWords(summary: ReportSummary): string[] {
  const { count, store } = summary.rules;
  if (count === 0) return ['none in force', 'all packets forwarded'];
  const blocked = summary.blocked_connections;
  return [
    `${pluralText(blocked, 'connection')} blocked`,
    `${countText(summary.forwarded_packets)} packets forwarded`,
    `${countText(summary.dropped_packets)} dropped`,
    `${pluralText(count, 'rule')} from ${store === null ? 'the command line' : safeText(store)}`,
  ];
}

/** The `--fail-on` conditions that hold. */
function findingWords({ findings }: ReportSummary): string[] {
  return findings.map(
    ({ condition, connections }) => `${safeText(condition)} (${pluralText(connections, 'connection')})`,
  );
}

/** Techniques that hide a site from observers, with their packets. */
function evasionWords({ techniques }: ReportSummary): string[] {
  return techniques.map(({ technique, packets }) => `${technique} (${pluralText(packets, 'packet')})`);
}

/** Packets that came twice in the capture. */
function copyWords({ duplicates }: ReportSummary): string[] {
  const { packets } = duplicates;
  return packets === 0 ? [] : [`${pluralText(packets, 'packet')} came twice, in two VLANs or overlay networks`];
}

function countWords(counts: Record<string, number>): string[] {
  return byCount(counts).map(nameAndCount);
}

function nameAndCount([name, count]: [string, number]): string {
  return `${safeText(name)} ${countText(count)}`;
}
