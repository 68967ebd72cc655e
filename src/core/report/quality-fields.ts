import type { Handshake } from '../classify/handshakes.js';
import type { ConnectionQuality } from '../facts/connection-quality.js';
import { milliseconds } from '../facts/histogram.js';
import * as Q from '../facts/quality-rows.js';
import { alertNames } from '../facts/tls-alerts.js';
import { cipherName } from '../inspect/tls/cipher-names.js';
import { groupName, isPostQuantum } from '../inspect/tls/group-names.js';
import type { ConnectionRecord } from './model.js';

const NO_ALERTS: readonly string[] = [];
const TLS_1_2 = 0x0303;
/** DTLS 1.2 and 1.0 count downwards. */
const DTLS_1_2 = 0xfefd;

/** Sets the members of `into` that say how well the connection `row` went: null without `quality`. */
export function readQuality(quality: ConnectionQuality | null, row: number, into: ConnectionRecord): void {
  const isTcp = quality?.isTcp(row) === true;
  into.rtt_ms = quality === null ? null : durationOf(quality.rttMicrosOf(row));
  into.answer_ms = quality === null ? null : durationOf(quality.answerMicrosOf(row));
  into.tls_alerts = NO_ALERTS;
  if (!isTcp) {
    into.tcp_outcome = null;
    into.reset_by = null;
    into.rtt_server_ms = null;
    into.rtt_client_ms = null;
    into.retransmitted_packets = null;
    into.retransmitted_bytes = null;
    into.out_of_order_packets = null;
    into.lost_segments = null;
    into.duplicate_acks = null;
    into.zero_windows = null;
    into.is_handshake_failed = false;
    return;
  }
  const resetBy = quality.resetByOf(row);
  const alerts = quality.countOf(row, Q.ALERTS);
  into.tcp_outcome = quality.outcomeOf(row);
  into.reset_by = resetBy < 0 ? null : resetBy === 0 ? 'client' : 'server';
  into.rtt_server_ms = durationOf(quality.serverRttMicrosOf(row));
  into.rtt_client_ms = durationOf(quality.clientRttMicrosOf(row));
  into.retransmitted_packets = quality.countOf(row, Q.RETRANSMITTED);
  into.retransmitted_bytes = quality.countOf(row, Q.RETRANSMITTED_BYTES);
  into.out_of_order_packets = quality.countOf(row, Q.OUT_OF_ORDER);
  into.lost_segments = quality.countOf(row, Q.LOST);
  into.duplicate_acks = quality.countOf(row, Q.DUPLICATE_ACKS);
  into.zero_windows = quality.countOf(row, Q.ZERO_WINDOWS);
  if (alerts !== 0) into.tls_alerts = alertNames(alerts);
  into.is_handshake_failed = quality.isHandshakeFailed(row);
}

/** Sets the members of `into` that tell what a TLS server chose and showed. */
export function readServerChoice(handshake: Handshake | null, firstSeconds: number, into: ConnectionRecord): void {
  const certificate = handshake?.certificate ?? null;
  const cipher = handshake?.cipher ?? 0;
  const group = handshake?.group ?? 0;
  into.tls_cipher = cipher === 0 ? null : cipherName(cipher);
  into.tls_group = group === 0 ? null : groupName(group);
  into.is_post_quantum = handshake === null ? null : postQuantum(handshake);
  into.cert_issuer = certificate === null || certificate.issuer === '' ? null : certificate.issuer;
  into.cert_not_before = secondsOf(certificate?.notBefore);
  into.cert_not_after = secondsOf(certificate?.notAfter);
  into.is_cert_self_signed = certificate === null ? null : certificate.isSelfSigned;
  into.is_cert_expired = into.cert_not_after === null ? null : into.cert_not_after < firstSeconds;
  into.is_cert_name_mismatch = handshake?.isMismatch ?? null;
}

/** Whether the key exchange that the server chose withstands quantum computers; null where it is not known. */
function postQuantum({ group, cipher, tlsVersion }: Handshake): boolean | null {
  if (group !== 0) return isPostQuantum(group);
  const isOld = tlsVersion <= TLS_1_2 || tlsVersion >= DTLS_1_2;
  return cipher !== 0 && isOld ? false : null;
}

function durationOf(micros: number): number | null {
  return micros < 0 ? null : milliseconds(micros);
}

function secondsOf(seconds: number | undefined): number | null {
  return seconds === undefined || Number.isNaN(seconds) ? null : seconds;
}
