import type { ReportSummary } from '../../core/report/model.js';
import { hiddenRouteWords, unreadWords } from '../../render/hidden-words.js';
import { safeText } from '../../render/safe-text.js';
import type { Criterion } from './selection.js';
import type { Texts } from './texts.js';

/** Share of TCP packets from which on retransmissions are a problem. */
const RETRANSMITTED_SHARE = 0.01;

/** Something wrong with the network or the capture. */
export interface ProblemLine {
  readonly text: string;
  /** What selects its connections, or null. */
  readonly criterion: Criterion | null;
  /** The id of the part of the page that shows more. */
  readonly section: string;
}

/** What a reader should know first: failures of the network, then what could not be read. */
export function problemLines(summary: ReportSummary, texts: Texts): ProblemLine[] {
  return [...networkProblems(summary, texts), ...readingProblems(summary, texts)];
}

function networkProblems({ quality, dns, tcp_packets: tcp }: ReportSummary, texts: Texts): ProblemLine[] {
  if (quality === null) return [];
  const { unanswered, refused, resets, failed_handshakes: failed, retransmitted_packets: repeated } = quality;
  const errors = dns === null ? [] : Object.entries(dns.rcodes).filter(([code]) => code !== 'NOERROR');
  const silent = dns?.unanswered ?? 0;
  return [
    ...line(unanswered > 0, `${texts.plural(unanswered, 'connection')} got no answer`, trait('unanswered')),
    ...line(refused > 0, `${texts.plural(refused, 'connection')} refused`, trait('refused')),
    ...line(resets.client + resets.server > 0, resetText(resets, texts), trait('reset')),
    ...line(failed > 0, `${texts.plural(failed, 'TLS handshake')} failed`, trait('failed-handshake')),
    ...line(
      repeated > tcp * RETRANSMITTED_SHARE,
      `${texts.share(repeated, tcp)} of TCP packets sent again`,
      trait('retransmitted'),
    ),
    ...line(silent > 0, `${texts.plural(silent, 'DNS query', 'DNS queries')} without an answer`, null, 'dns'),
    ...line(
      errors.length > 0,
      `DNS errors: ${errors.map(([code, count]) => `${safeText(code)} ${texts.count(count)}`).join(', ')}`,
      null,
      'dns',
    ),
  ];
}

function resetText({ client, server }: { client: number; server: number }, texts: Texts): string {
  const all = `${texts.plural(client + server, 'connection')} reset`;
  if (client === 0 || server === 0) return `${all} by the ${client > 0 ? 'client' : 'server'}`;
  return `${all}: ${texts.count(client)} by the client, ${texts.count(server)} by the server`;
}

function readingProblems(summary: ReportSummary, texts: Texts): ProblemLine[] {
  const { unread, hidden, techniques, duplicates, anomalies, limits, inputs } = summary;
  const counts = (record: Record<string, number>) =>
    Object.entries(record)
      .map(([name, count]) => `${safeText(name)} ${texts.count(count)}`)
      .join(', ');
  const damaged = inputs.filter(({ damage }) => damage !== null);
  return [
    ...damaged.flatMap(({ name, damage }) => line(true, `${safeText(name)}: ${safeText(damage ?? '')}`, null)),
    ...line(unread.length > 0, `Unread: ${unreadWords(unread, summary.total_packets).join('; ')}`, null),
    ...line(
      hidden.length > 0,
      `Sites that cannot be told: ${hiddenRouteWords(hidden, summary.total_bytes).join(', ')}`,
      {
        kind: 'domain',
        value: '',
      },
    ),
    ...line(
      techniques.length > 0,
      `Evasion: ${techniques.map((row) => `${safeText(row.technique)} (${texts.plural(row.packets, 'packet')})`).join(', ')}`,
      trait('evasion'),
    ),
    ...line(duplicates.packets > 0, `${texts.plural(duplicates.packets, 'packet')} captured twice`, null),
    ...line(Object.keys(anomalies).length > 0, `Malformed: ${counts(anomalies)}`, null),
    ...line(Object.keys(limits).length > 0, `Limits reached: ${counts(limits)}`, null),
  ];
}

function line(isTrue: boolean, text: string, criterion: Criterion | null, section = 'untold'): ProblemLine[] {
  return isTrue ? [{ text, criterion, section }] : [];
}

function trait(value: string): Criterion {
  return { kind: 'trait', value };
}
