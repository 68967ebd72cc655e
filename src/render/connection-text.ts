/** Parts of a connection as short texts, for tables and lines. All are safe for a terminal. */
import type { ConnectionRecord } from '../core/report/model.js';
import type { Paint } from './paint.js';
import { safeText } from './safe-text.js';
import { shortenMiddle } from './text-width.js';

const ARROW = ' → ';

/**
 * "10.0.0.5:51234 → 142.250.1.2:443"; where that is too long, the initiator's port is left out, then addresses are
 * shortened.
 */
export function endsText(c: ConnectionRecord, width: number): string {
  const destination = endText(c.dst_ip, c.dst_port, Infinity);
  const whole = endText(c.src_ip, c.src_port, Infinity) + ARROW + destination;
  if (whole.length <= width) return whole;
  const source = c.src_ip;
  if (source.length + ARROW.length + destination.length <= width) return source + ARROW + destination;

  const room = Math.max(0, width - ARROW.length);
  const half = Math.floor(room / 2);
  if (source.length <= half) return source + ARROW + endText(c.dst_ip, c.dst_port, room - source.length);
  if (destination.length <= half) return shortenMiddle(source, room - destination.length) + ARROW + destination;
  return shortenMiddle(source, half) + ARROW + endText(c.dst_ip, c.dst_port, room - half);
}

function endText(ip: string, port: number, width: number): string {
  const suffix = port === 0 ? '' : `:${port}`;
  const brackets = port !== 0 && ip.includes(':');
  const room = width - suffix.length - (brackets ? 2 : 0);
  const address = width === Infinity ? ip : shortenMiddle(ip, Math.max(1, room));
  return brackets ? `[${address}]${suffix}` : address + suffix;
}

/** "TCP tls", "UDP". */
export function spokenText(c: ConnectionRecord): string {
  return c.app_protocol === null ? safeText(c.protocol) : `${safeText(c.protocol)} ${safeText(c.app_protocol)}`;
}

/** "tls #12", "dns-answer #7 likely"; for a connection without a label, the reason. */
export function evidenceText(c: ConnectionRecord): string {
  // Browsers offer a greased ECH to every site: only a name that stayed hidden is worth a mark.
  const marks = c.unknown_reason === 'encrypted-name' || (c.ech && c.detected_by === 'dns-answer') ? ' ech' : '';
  if (c.detected_by === null) return (c.unknown_reason ?? '') + marks;
  const packet = c.evidence_packet === null ? '' : ` #${c.evidence_packet}`;
  const doubt = c.confidence === null || c.confidence === 'certain' ? '' : ` ${c.confidence}`;
  return c.detected_by + packet + doubt + marks;
}

/** How a connection went, in a word: "refused", "reset by server", "TLS 1.3", "QUIC 1", "established". */
export function stateText(c: ConnectionRecord): string {
  if (c.tcp_outcome === 'refused') return 'refused';
  if (c.tcp_outcome === 'unanswered') return 'no answer';
  if (c.reset_by !== null) return `reset by ${c.reset_by}`;
  if (c.quic_version !== null) return `QUIC ${safeText(c.quic_version)}`;
  if (c.tls_version !== null) return /^[\d.]+$/.test(c.tls_version) ? `TLS ${c.tls_version}` : safeText(c.tls_version);
  return c.tcp_state ?? '';
}

/** An app cell: UNKNOWN stands out. */
export function paintApp(paint: Paint): (text: string, row: { app: string }) => string {
  return (text, { app }) => (app === 'UNKNOWN' ? paint.notable(text) : text);
}

/** Colours the text of `evidenceText`: a missing label is faint, a guess stands out. */
export function paintEvidence(paint: Paint) {
  return (text: string, c: ConnectionRecord) => {
    if (c.detected_by === null) return paint.faint(text);
    return c.confidence === 'guess' ? paint.notable(text) : text;
  };
}
