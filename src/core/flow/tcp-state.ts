import * as F from './flow-row.js';
import type { PacketColumns } from './packet-columns.js';

/** TCP control bits (RFC 9293 §3.1). */
export const TCP_FIN = 1;
export const TCP_SYN = 2;
export const TCP_RST = 4;
export const TCP_ACK = 16;

/**
 * Does this SYN or SYN-ACK begin another connection on the same 5-tuple? Not when it repeats a known sequence number,
 * nor when it is the other half of an opening that is under way (simultaneous open, RFC 9293 §3.5).
 */
export function isNewSyn(words: Int32Array, w: number, columns: PacketColumns, i: number): boolean {
  const flags = words[w + F.FLAGS]!;
  const fromInitiator = (flags & F.FLOW_INITIATOR_B) === columns.fromB[i]!;
  const seq = columns.tcpSeq[i]!;
  if ((columns.tcpFlags[i]! & TCP_ACK) !== 0) {
    // A SYN-ACK from the initiator's side with no SYN of ours answers nothing that we know.
    if (fromInitiator) return (flags & F.FLOW_SYN) === 0 && (flags & F.FLOW_ESTABLISHED) !== 0;
    if ((flags & F.FLOW_SYN_ACK) !== 0) return (flags & F.FLOW_CLOSED) !== 0 && seq !== words[w + F.ISN_IN];
    return (flags & F.FLOW_SYN) === 0 && (flags & F.FLOW_ESTABLISHED) !== 0;
  }
  if (fromInitiator) {
    if ((flags & F.FLOW_SYN) !== 0) return seq !== words[w + F.ISN_OUT];
    // The SYN-ACK overtook its SYN, unless the connection has come to its end without it.
    return (flags & F.FLOW_SYN_ACK) === 0 || (flags & F.FLOW_RST) !== 0 || (flags & F.FLOW_CLOSED) === F.FLOW_CLOSED;
  }
  return (flags & (F.FLOW_ESTABLISHED | F.FLOW_RST | F.FLOW_CLOSED)) !== 0 && seq !== words[w + F.ISN_IN];
}

/** Takes a segment with SYN, FIN or RST into the row at `w`; returns the FLOW_* bits that it sets. */
export function noteTcpFlags(
  words: Int32Array,
  w: number,
  tcpFlags: number,
  direction: number,
  fromB: number,
  seq: number,
): number {
  const flags = words[w + F.FLAGS]!;
  let set = 0;
  if ((tcpFlags & TCP_SYN) !== 0) {
    const bit = direction === 0 ? F.FLOW_SYN : F.FLOW_SYN_ACK;
    if ((flags & bit) === 0) {
      set |= bit;
      words[w + F.ISN_OUT + direction] = seq;
      words[w + F.SEQ_A + fromB] = (seq + 1) | 0;
      set |= F.FLOW_SEQ_A << fromB;
    }
  }
  if ((tcpFlags & TCP_FIN) !== 0) set |= direction === 0 ? F.FLOW_FIN_OUT : F.FLOW_FIN_IN;
  if ((tcpFlags & TCP_RST) !== 0) set |= F.FLOW_RST;
  return set;
}

/**
 * The sequence number of the next `payloadLen` bytes of a segment that came without one: the payloads of a direction follow
 * one another from 0 on. Such connections show no SYN either, so the fields for initial numbers hold how far they are.
 */
export function impliedSeq(words: Int32Array, w: number, fromB: number, payloadLen: number): number {
  const flags = words[w + F.FLAGS]!;
  const direction = (flags & F.FLOW_INITIATOR_B) === fromB ? 0 : 1;
  const seq = words[w + F.ISN_OUT + direction]!;
  words[w + F.ISN_OUT + direction] = (seq + payloadLen) | 0;
  // Nothing can have come before the first: the row's SEQ field, 0 from the start, is right.
  words[w + F.FLAGS] = flags | (F.FLOW_SEQ_A << fromB);
  return seq;
}

/** Exchanges the bits of the two directions. */
export function flipFlags(flags: number): number {
  let flipped = flags ^ F.FLOW_INITIATOR_B;
  flipped = exchange(flipped, F.FLOW_SYN, F.FLOW_SYN_ACK);
  flipped = exchange(flipped, F.FLOW_FIN_OUT, F.FLOW_FIN_IN);
  flipped = exchange(flipped, F.FLOW_ESTABLISHED, F.FLOW_ESTABLISHED_IN);
  return exchange(flipped, F.FLOW_PAYLOAD_OUT, F.FLOW_PAYLOAD_IN);
}

function exchange(flags: number, a: number, b: number): number {
  const hasA = (flags & a) !== 0;
  const hasB = (flags & b) !== 0;
  if (hasA === hasB) return flags;
  return flags ^ (a | b);
}
