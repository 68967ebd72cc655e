import type { ConnectionRecord } from '../core/report/model.js';
import { pluralText } from './quantities.js';

/**
 * How well the network served a connection, in words: "round trip 12.3 ms, 2 retransmitted packets"; '' where nothing
 * is known.
 */
export function qualityWords(c: ConnectionRecord): string {
  const counts: [count: number | null, singular: string, plural?: string][] = [
    [c.retransmitted_packets, 'retransmitted packet'],
    [c.out_of_order_packets, 'packet out of order', 'packets out of order'],
    [c.lost_segments, 'lost segment'],
    [c.duplicate_acks, 'duplicate ACK'],
    [c.zero_windows, 'zero window'],
  ];
  return [
    ...(c.tcp_outcome === null ? [] : [`SYN ${c.tcp_outcome}`]),
    ...(c.rtt_ms === null ? [] : [`round trip ${millisText(c.rtt_ms)}${partsText(c)}`]),
    ...(c.answer_ms === null ? [] : [`first answer after ${millisText(c.answer_ms)}`]),
    ...counts.flatMap(([count, ...nouns]) => (count === null || count === 0 ? [] : [pluralText(count, ...nouns)])),
    ...(c.reset_by === null ? [] : [`reset by the ${c.reset_by}`]),
    ...(c.is_handshake_failed ? ['TLS handshake failed'] : []),
    ...(c.tls_alerts.length === 0 ? [] : [`TLS alerts: ${c.tls_alerts.join(' ')}`]),
  ].join(', ');
}

/** The parts of a TCP connection's round trip. */
function partsText({ rtt_server_ms: server, rtt_client_ms: client }: ConnectionRecord): string {
  return server === null || client === null ? '' : ` (server ${millisText(server)}, client ${millisText(client)})`;
}

/** Three significant digits: "0.304 ms", "12.3 ms"; seconds from a thousand on. */
function millisText(millis: number): string {
  return millis < 999.5 ? `${Number(millis.toPrecision(3))} ms` : `${Number((millis / 1000).toPrecision(3))} s`;
}
