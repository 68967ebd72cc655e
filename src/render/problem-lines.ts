import type { ReportSummary } from '../core/report/model.js';
import { hiddenRouteWords, unreadWords } from './hidden-words.js';
import { countText, percentText, pluralText } from './quantities.js';
import type { FormatOptions } from './report-format.js';
import { safeText } from './safe-text.js';
import { byCount, INDENT } from './section.js';
import { shellText } from './shell-text.js';
import { shortenEnd, textWidth } from './text-width.js';

/** Share of TCP packets from which on retransmissions are a problem. */
const RETRANSMITTED_SHARE = 0.01;
const GAP = 3;
/** Names of inputs that a command lists; more are "…". */
const INPUTS_SHOWN = 2;

/** Something that went wrong, or could not be read, and the options of `dpi analyze` that show more of it. */
interface Problem {
  readonly text: string;
  readonly options: string;
}

/** A line for each problem, with the command that shows more where there is room for it; none without problems. */
export function problemLines(summary: ReportSummary, options: FormatOptions): string[] {
  const { paint, width } = options;
  const problems = [...qualityProblems(summary), ...readingProblems(summary)];
  const room = Math.max(1, width - INDENT - 2);
  const widest = Math.min(room, Math.max(0, ...problems.map(({ text }) => textWidth(text))));
  return problems.map(({ text, options: more }) => {
    const command = [commandText(summary, more), more].find((one) => widest + GAP + textWidth(one) <= room) ?? '';
    const shown = shortenEnd(text, room);
    const gap = ' '.repeat(Math.max(0, widest - textWidth(shown)) + GAP);
    const line = ' '.repeat(INDENT) + paint.notable(`! ${shown}`);
    return command === '' ? line : line + gap + paint.faint(command);
  });
}

/** "dpi analyze --view tls demo.pcap"; FILE stands for standard input, which has been read by then. */
export function commandText({ inputs }: ReportSummary, options: string): string {
  const names = inputs.slice(0, INPUTS_SHOWN).map(({ name }) => (name === '-' ? 'FILE' : shellText(safeText(name))));
  const more = inputs.length > INPUTS_SHOWN ? ['…'] : [];
  return ['dpi analyze', options, ...names, ...more].join(' ');
}

function qualityProblems({ quality, tcp_packets: tcp, dns, total_packets: packets }: ReportSummary): Problem[] {
  if (quality === null) return [];
  const { refused, unanswered, resets, failed_handshakes: failed, retransmitted_packets: repeated } = quality;
  const found: (Problem | false)[] = [
    unanswered > 0 && {
      text: `${pluralText(unanswered, 'connection')} got no answer`,
      options: "--where 'tcp_outcome == unanswered'",
    },
    refused > 0 && {
      text: `${pluralText(refused, 'connection was', 'connections were')} refused`,
      options: "--where 'tcp_outcome == refused'",
    },
    resets.client + resets.server > 0 && {
      text: `${resetText(resets)}`,
      options: "--where 'reset_by != null'",
    },
    failed > 0 && {
      text: `${pluralText(failed, 'TLS handshake')} failed${alertText(quality.tls_alerts)}`,
      options: '--view tls',
    },
    repeated > tcp * RETRANSMITTED_SHARE && {
      text: `${percentText(repeated, tcp)} of TCP packets were sent again`,
      options: '--view quality',
    },
    dns !== null &&
      (dns.unanswered ?? 0) > 0 && {
        text: `${pluralText(dns.unanswered ?? 0, 'DNS query', 'DNS queries')} got no answer`,
        options: '--view dns',
      },
    dns !== null &&
      dnsErrors(dns.rcodes) !== '' && { text: `DNS errors: ${dnsErrors(dns.rcodes)}`, options: '--view dns' },
  ];
  return packets === 0 ? [] : found.filter((problem) => problem !== false);
}

function resetText({ client, server }: { client: number; server: number }): string {
  const subject = pluralText(client + server, 'connection was', 'connections were');
  if (client === 0 || server === 0) return `${subject} reset by the ${client > 0 ? 'client' : 'server'}`;
  return `${subject} reset: ${countText(client)} by the client, ${countText(server)} by the server`;
}

function alertText(alerts: Record<string, number>): string {
  const [first] = byCount(alerts);
  return first === undefined ? '' : ` (${safeText(first[0])} ${countText(first[1])})`;
}

function dnsErrors(rcodes: Record<string, number>): string {
  const errors = byCount(rcodes).filter(([code]) => code !== 'NOERROR');
  return errors.map(([code, count]) => `${safeText(code)} ${countText(count)}`).join(', ');
}

function readingProblems(summary: ReportSummary): Problem[] {
  const { unread, hidden, techniques, duplicates, anomalies, limits } = summary;
  const listed = (counts: Record<string, number>) =>
    byCount(counts)
      .map(([name, count]) => `${safeText(name)} ${countText(count)}`)
      .join(', ');
  const found: (Problem | false)[] = [
    unread.length > 0 && {
      text: `unread: ${unreadWords(unread, summary.total_packets).join('; ')}`,
      options: '--json',
    },
    hidden.length > 0 && {
      text: `sites that can't be told: ${hiddenRouteWords(hidden, summary.total_bytes).join(', ')}`,
      options: "--where 'domain == null'",
    },
    techniques.length > 0 && {
      text: `evasion: ${techniques.map((row) => `${row.technique} (${pluralText(row.packets, 'packet')})`).join(', ')}`,
      options: "--where 'techniques != null'",
    },
    duplicates.packets > 0 && {
      text: `${pluralText(duplicates.packets, 'packet')} came twice within milliseconds`,
      options: '--ignore-vlan',
    },
    Object.keys(anomalies).length > 0 && { text: `malformed: ${listed(anomalies)}`, options: '--json' },
    Object.keys(limits).length > 0 && { text: `limits reached: ${listed(limits)}`, options: '--help' },
  ];
  return found.filter((problem) => problem !== false);
}
