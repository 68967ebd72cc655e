import {
  FLOW_CLOSED,
  FLOW_ESTABLISHED_A,
  FLOW_FIN_A,
  FLOW_OPENER_B,
  FLOW_PAYLOAD_A,
  FLOW_RST,
  FLOW_SEQ_A,
  FLOW_SYN_A,
} from './flow-flags.js';
import * as F from './flow-row.js';
import type { FlowRows } from './flow-rows.js';
import type { PacketColumns } from './packet-columns.js';

/** TCP control bits (RFC 9293 §3.1). */
export const TCP_FIN = 1;
export const TCP_SYN = 2;
export const TCP_RST = 4;
export const TCP_ACK = 16;
export const TCP_URG = 32;

/**
 * Does this SYN or SYN-ACK begin another connection on the same 5-tuple? Not when it repeats a known sequence number,
 * nor when it is the other half of an opening that is under way (simultaneous open, RFC 9293 §3.5).
 */
export function isNewSyn(words: Int32Array, w: number, columns: PacketColumns, i: number): boolean {
  const flags = words[w + F.FLAGS]!;
  const sender = columns.fromB[i]!;
  const other = 1 - sender;
  const isOpener = ((flags & FLOW_OPENER_B) !== 0 ? 1 : 0) === sender;
  const isRepeated = columns.tcpSeq[i] === words[w + F.ISN_A + sender];
  const sentSyn = (flags & (FLOW_SYN_A << sender)) !== 0;
  const otherSentSyn = (flags & (FLOW_SYN_A << other)) !== 0;
  if ((columns.tcpFlags[i]! & TCP_ACK) !== 0) {
    // A SYN-ACK from the opener's side with no SYN of ours answers nothing that we know.
    if (isOpener) return !sentSyn && (flags & (FLOW_ESTABLISHED_A << sender)) !== 0;
    if (sentSyn) return (flags & FLOW_CLOSED) !== 0 && !isRepeated;
    return !otherSentSyn && (flags & (FLOW_ESTABLISHED_A << other)) !== 0;
  }
  if (isOpener) {
    if (sentSyn) return !isRepeated;
    // The SYN-ACK overtook its SYN, unless the connection has come to its end without it.
    return !otherSentSyn || (flags & FLOW_RST) !== 0 || (flags & FLOW_CLOSED) === FLOW_CLOSED;
  }
  const isUnderWay = (flags & ((FLOW_ESTABLISHED_A << other) | FLOW_RST | FLOW_CLOSED)) !== 0;
  return isUnderWay && !isRepeated;
}

/** Sequence numbers that a FIN or RST may lie before the SYN, or behind what its sender can have sent: a window. */
const SLACK = 1 << 17;
/** A sender of more bytes may have any sequence number. */
const MAX_TOLD = 2 ** 30;

/**
 * False for a FIN or RST that its receiver takes for no part of the connection (RFC 9293 §3.10.7.4, RFC 5961 §3): one
 * far from all that its sender can have sent since its SYN. `sentBytes` are those of its packets so far, of which the
 * capture may have lost half. A fake one must not end the connection for an observer.
 */
export function mayEnd(words: Int32Array, w: number, sender: number, seq: number, sentBytes: number): boolean {
  if ((words[w + F.FLAGS]! & (FLOW_SYN_A << sender)) === 0 || sentBytes > MAX_TOLD) return true;
  const ahead = (seq - words[w + F.ISN_A + sender]!) | 0;
  return ahead >= -SLACK && ahead <= 2 * sentBytes + SLACK;
}

/** Takes a segment with SYN, FIN or RST into the row at `w`; returns the FLOW_* bits that it sets. */
export function noteTcpFlags(words: Int32Array, w: number, tcpFlags: number, sender: number, seq: number): number {
  const flags = words[w + F.FLAGS]!;
  let set = 0;
  if ((tcpFlags & TCP_SYN) !== 0) {
    const bit = FLOW_SYN_A << sender;
    if ((flags & bit) === 0) {
      set |= bit;
      words[w + F.ISN_A + sender] = seq;
      words[w + F.SEQ_A + sender] = (seq + 1) | 0;
      set |= FLOW_SEQ_A << sender;
    } else if ((tcpFlags & TCP_ACK) !== 0 && seq !== words[w + F.ISN_A + sender]) {
      // Two servers answer, or one that has forgotten its first answer: which one the client follows is not known.
      if ((flags & (FLOW_PAYLOAD_A << sender)) === 0) words[w + F.FLAGS] = flags & ~(FLOW_SEQ_A << sender);
    }
  }
  if ((tcpFlags & TCP_FIN) !== 0) set |= FLOW_FIN_A << sender;
  if ((tcpFlags & TCP_RST) !== 0) set |= FLOW_RST;
  return set;
}

/**
 * The sequence number of the next `payloadLen` bytes of a segment that came without one: the payloads of a direction
 * follow one another from 0 on. Such connections show no SYN either, so the fields for initial numbers hold how far
 * they are.
 */
export function impliedSeq(rows: FlowRows, row: number, fromB: number, payloadLen: number): number {
  const { words } = rows;
  const w = row << F.ROW_SHIFT;
  const seq = words[w + F.ISN_A + fromB]!;
  words[w + F.ISN_A + fromB] = (seq + payloadLen) | 0;
  // Nothing can have come before the first: the row's SEQ field, 0 from the start, is right.
  words[w + F.FLAGS] = words[w + F.FLAGS]! | (FLOW_SEQ_A << fromB);
  return seq;
}
