import { TCP } from '../common/ip-protocols.js';
import { FLOW_CLOSED, FLOW_ESTABLISHED_A, FLOW_ESTABLISHED_B, FLOW_RST, FLOW_SYNS } from './flow-flags.js';
import * as F from './flow-row.js';

/** When a silent connection is over, in µs of packet time. */
export interface FlowTimeouts {
  /** Both sides take part, neither has sent FIN or RST. */
  readonly tcpEstablishedMicros: number;
  /** The opening was not seen or not answered, one side has sent FIN, or RST came in mid-connection. */
  readonly tcpMicros: number;
  /** After FIN from both sides, or an RST that refused the opening. */
  readonly tcpClosedMicros: number;
  readonly otherMicros: number;
}

/**
 * RFC 5382 REQ-5 has established TCP connections live 2 h 4 min, since keep-alives come every two hours: push services,
 * IMAP and WebSockets are silent for minutes. RFC 4787 REQ-5 has UDP mappings live two minutes. An RST need not have
 * reached its receiver, so what it ends has time to prove the contrary.
 */
export const DEFAULT_TIMEOUTS: FlowTimeouts = {
  tcpEstablishedMicros: 7440e6,
  tcpMicros: 300e6,
  tcpClosedMicros: 10e6,
  otherMicros: 120e6,
};

const ESTABLISHED = FLOW_ESTABLISHED_A | FLOW_ESTABLISHED_B;
const SHOWN_BY_TCP_HEADERS = ESTABLISHED | FLOW_SYNS | FLOW_CLOSED | FLOW_RST;

/** How long the connection of the row at `words[w]` may be silent, in µs. */
export function timeoutOf(words: Int32Array, w: number, timeouts: FlowTimeouts): number {
  if ((words[w + F.PROTO]! & 255) !== TCP) return timeouts.otherMicros;
  const flags = words[w + F.FLAGS]!;
  if ((flags & FLOW_CLOSED) === FLOW_CLOSED) return timeouts.tcpClosedMicros;
  const isEstablished = isUnderWay(words, w, flags);
  if ((flags & FLOW_RST) !== 0) return isEstablished ? timeouts.tcpMicros : timeouts.tcpClosedMicros;
  return isEstablished && (flags & FLOW_CLOSED) === 0 ? timeouts.tcpEstablishedMicros : timeouts.tcpMicros;
}

/** Segments beyond the opening from both sides, or from one that sent or got a SYN; events tell packets alone. */
function isUnderWay(words: Int32Array, w: number, flags: number): boolean {
  if ((flags & SHOWN_BY_TCP_HEADERS) === 0) return words[w + F.PACKETS_A] !== 0 && words[w + F.PACKETS_B] !== 0;
  const sides = flags & ESTABLISHED;
  return sides === ESTABLISHED || (sides !== 0 && (flags & FLOW_SYNS) !== 0);
}
