import { LIMIT_WORDS, type LimitName } from '../core/report/limit-words.js';
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
const MARK = '! ';
const GAP = 3;
/** Columns of a text that its command must leave. */
const LEAST_TEXT = 36;
/** Limits with a line of their own. */
const LIMITS_SHOWN = 3;
/** Names of inputs that a command lists; more are "…". */
const INPUTS_SHOWN = 2;

/** Something that went wrong, or could not be read, and the options of `dpi analyze` that show more of it. */
interface Problem {
  readonly text: string;
  /** Empty where no option does. */
  readonly options: string;
}

/**
 * A line for each problem, with the command that shows more; none without problems. Commands stand below each other
 * where they fit, else right behind the texts, which give way to them.
 */
export function problemLines(summary: ReportSummary, options: FormatOptions): string[] {
  const { paint, width } = options;
  const problems = [...qualityProblems(summary), ...readingProblems(summary)];
  const room = Math.max(1, width - INDENT - MARK.length);
  const commandsOf = [
    ({ options: more }: Problem) => (more === '' ? '' : commandText(summary, more)),
    ({ options: more }: Problem) => more,
  ];
  const widest = Math.max(0, ...problems.map(({ text }) => textWidth(text)));
  const aligned = commandsOf.find((command) =>
    problems.every((problem) => widest + GAP + textWidth(command(problem)) <= room),
  );
  return problems.map((problem) => {
    const command = aligned?.(problem) ?? shortenedFor(problem, room);
    const shown = shortenEnd(problem.text, command === '' ? room : room - GAP - textWidth(command));
    const textRoom = aligned === undefined ? textWidth(shown) : widest;
    const line = ' '.repeat(INDENT) + paint.notable(MARK + shown);
    return command === '' ? line : line + ' '.repeat(textRoom - textWidth(shown) + GAP) + paint.faint(command);
  });
}

/** The problem's options; nothing where they would leave too little of its text. */
function shortenedFor({ text, options }: Problem, room: number): string {
  const left = room - GAP - textWidth(options);
  return left >= Math.min(textWidth(text), LEAST_TEXT) ? options : '';
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
  const subject = pluralText(client + server, 'connection');
  if (client === 0 || server === 0) return `${subject} reset by the ${client > 0 ? 'client' : 'server'}`;
  return `${subject} reset: ${countText(client)} by client, ${countText(server)} by server`;
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
  const { unread, hidden, techniques, duplicates } = summary;
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
    malformed(summary),
    ...limitProblems(summary),
  ];
  return found.filter((problem) => problem !== false);
}

/** Its command shows the first packet of the most frequent anomaly. */
function malformed({ anomalies, anomaly_packets: packets }: ReportSummary): Problem | false {
  const counts = byCount(anomalies);
  if (counts.length === 0) return false;
  const text = counts.map(([name, count]) => `${safeText(name)} ${countText(count)}`).join(', ');
  const first = counts.map(([name]) => packets[name]).find((packet) => packet !== undefined);
  return { text: `malformed: ${text}`, options: first === undefined ? '--json' : `--explain '#${first}'` };
}

/** What the limits left out, each with the option that raises the limit. */
function limitProblems({ limits }: ReportSummary): Problem[] {
  const all = Object.entries(limits);
  const shown = all.slice(0, LIMITS_SHOWN).map(([name, count]) => {
    const { effect, option } = LIMIT_WORDS[name as LimitName] ?? { effect: safeText(name), option: '' };
    return { text: `limit reached: ${countText(count)} ${effect}`, options: raisingOption(name, option) };
  });
  const more = all.length - shown.length;
  if (more > 0) shown.push({ text: `${pluralText(more, 'more limit')} reached`, options: '--json' });
  return shown;
}

/** "--max-names N". The report counts the largest hosts only; its view has more of them. */
function raisingOption(name: string, option: string): string {
  if (name === 'hosts_not_listed') return '--view hosts';
  const [first = ''] = option.split(', ');
  if (first === '') return '';
  return first === '--interval' ? `${first} TIME` : `${first} N`;
}
