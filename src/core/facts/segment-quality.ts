import type { FlowRows } from '../flow/flow-rows.js';
import type { PacketColumns } from '../flow/packet-columns.js';
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from '../flow/tcp-state.js';
import * as Q from './quality-rows.js';
import { StreamHoles } from './stream-holes.js';

/** Offset in the TCP header (RFC 9293 §3.1). */
const WINDOW = 14;
const WINDOW_MASK = 0xffff;
const DUPLICATES_SHIFT = 16;
const DUPLICATES_MASK = 0xff << DUPLICATES_SHIFT;
const MAX_DUPLICATES = 255;
const CONTROLS = TCP_SYN | TCP_FIN | TCP_RST;
/** Bits that only the long way looks at. */
const UNUSUAL = Q.STREAM_KNOWN | Q.STREAM_OPENING;
const KEPT = Q.STREAM_KNOWN | Q.STREAM_PAID | Q.STREAM_HOLES;

/** A late segment without a known round-trip time is out of order up to here, later a retransmission. */
const REORDERING_MICROS = 3000;
/** A retransmission that duplicate ACKs asked for follows them within this. */
const FAST_MICROS = 20_000;
const FAST_DUPLICATES = 2;
const MAX_RTT_MICROS = 0x7fffffff;

/**
 * Counts what the TCP headers of a connection show: retransmissions, segments out of order, gaps, duplicate ACKs, zero
 * windows, resets and round-trip times. In the terms of tshark's `tcp.analysis` fields, whose documentation defines
 * them; docs/fidelity.md lists the differences.
 */
export class SegmentQuality {
  private readonly holes = new StreamHoles();

  constructor(
    private readonly rows: Q.QualityRows,
    private readonly flows: FlowRows,
  ) {}

  /**
   * Takes packet `i`, a segment of the connection `row` that came at `tsMicros[i]`. The next segment in order and the
   * next acknowledgment go the short way.
   */
  segment(columns: PacketColumns, i: number, row: number, tsMicros: Float64Array): void {
    const start = columns.tcpStart[i]!;
    if (start === 0) return;
    const { streams, times } = this.rows;
    const sender = columns.fromB[i]!;
    const s = (row << Q.STREAM_SHIFT) + sender;
    const state = streams[s + Q.STATE_A]!;
    const buf = columns.buffers[columns.bufIndex[i]!]!;
    const window = (buf[start + WINDOW]! << 8) | buf[start + WINDOW + 1]!;
    const seq = columns.tcpSeq[i]!;
    const ack = columns.tcpAck[i]!;
    const len = columns.payloadWireLen[i]!;
    const isBare = (columns.tcpFlags[i]! & (CONTROLS | TCP_ACK)) === TCP_ACK;
    if (isBare && (state & UNUSUAL) === Q.STREAM_KNOWN && seq === streams[s + Q.NEXT_A] && window !== 0) {
      const t = (row << Q.TIME_SHIFT) + sender;
      if (len === 0) {
        if (ack !== streams[s + Q.ACK_A]) {
          streams[s + Q.ACK_A] = ack;
          streams[s + Q.STATE_A] = (state & KEPT) | Q.STREAM_ACKED | window;
          times[t + Q.ACK_TIME_A] = tsMicros[i]!;
          return;
        }
      } else if (len > 1 && (state & Q.STREAM_PAID) !== 0) {
        const end = (seq + len) | 0;
        const ahead = (end - streams[s + Q.ACK_A + 1 - 2 * sender]!) | 0;
        if (ahead > 0 || (streams[s + Q.STATE_A + 1 - 2 * sender]! & Q.STREAM_ACKED) === 0) {
          const duplicates = ack === streams[s + Q.ACK_A] ? state & DUPLICATES_MASK : 0;
          streams[s + Q.NEXT_A] = end;
          streams[s + Q.ACK_A] = ack;
          streams[s + Q.STATE_A] = (state & KEPT) | Q.STREAM_ACKED | duplicates | window;
          times[t + Q.NEXT_TIME_A] = tsMicros[i]!;
          times[t + Q.ACK_TIME_A] = tsMicros[i]!;
          return;
        }
      }
    }
    this.unusual(columns, i, row, tsMicros, window);
  }

  /** The connection is over: the holes that are left in its streams were never seen. */
  end(row: number): void {
    const { streams, counts } = this.rows;
    for (let endpoint = 0; endpoint < 2; endpoint++) {
      if ((streams[(row << Q.STREAM_SHIFT) + Q.STATE_A + endpoint]! & Q.STREAM_HOLES) === 0) continue;
      counts[row * Q.COUNT_WORDS + Q.LOST]! += this.holes.end(row * 2 + endpoint);
    }
  }

  private unusual(columns: PacketColumns, i: number, row: number, tsMicros: Float64Array, window: number): void {
    const { streams, times, counts, doubles } = this.rows;
    const sender = columns.fromB[i]!;
    const s = (row << Q.STREAM_SHIFT) + sender;
    const t = (row << Q.TIME_SHIFT) + sender;
    const c = row * Q.COUNT_WORDS;
    const flags = columns.tcpFlags[i]!;
    const seq = columns.tcpSeq[i]!;
    const ack = columns.tcpAck[i]!;
    const len = columns.payloadWireLen[i]!;
    const state = streams[s + Q.STATE_A]!;
    const peer = streams[s + Q.STATE_A + 1 - 2 * sender]!;
    const isControl = (flags & CONTROLS) !== 0;
    if ((flags & TCP_SYN) !== 0 || (state & Q.STREAM_OPENING) !== 0) this.opening(columns, i, row, tsMicros);
    if ((flags & TCP_RST) !== 0) this.reset(columns, i, row, tsMicros);
    if (len > 0 && (state & Q.STREAM_PAID) === 0) {
      doubles[row * Q.COUNT_DOUBLES + Q.PAID_TIME_A + sender] = tsMicros[i]!;
    }
    const isKnown = (state & Q.STREAM_KNOWN) !== 0;
    const next = streams[s + Q.NEXT_A]!;
    const ahead = isKnown ? (seq - next) | 0 : 0;
    let mark = 0;
    let duplicates = state & DUPLICATES_MASK;
    let holes = state & Q.STREAM_HOLES;
    if (len === 1 && isKnown && ahead === 0 && isClosed(peer)) mark = Q.STREAM_PROBE;
    else {
      if (window === 0 && !isControl) counts[c + Q.ZERO_WINDOWS]!++;
      if (ahead > 0 && (flags & TCP_RST) === 0) {
        counts[c + Q.LOST]! += this.holes.add(row * 2 + sender, next, seq);
        holes = Q.STREAM_HOLES;
      }
      if (len <= 1 && isKnown && ahead === -1 && !isControl) mark = Q.STREAM_KEEP_ALIVE;
      const repeats = len === 0 && isKnown && ahead === 0 && !isControl && ack === streams[s + Q.ACK_A]!;
      const isAcked = (state & Q.STREAM_ACKED) !== 0;
      if (
        repeats &&
        isAcked &&
        window === (state & WINDOW_MASK) &&
        window !== 0 &&
        (peer & Q.STREAM_KEEP_ALIVE) === 0
      ) {
        counts[c + Q.DUPLICATE_ACKS]!++;
        if (duplicates >> DUPLICATES_SHIFT < MAX_DUPLICATES) duplicates += 1 << DUPLICATES_SHIFT;
      }
    }
    if (ack !== streams[s + Q.ACK_A]) duplicates = 0;
    const takesSpace = len > 0 || (flags & (TCP_SYN | TCP_FIN)) !== 0;
    if (takesSpace && mark !== Q.STREAM_KEEP_ALIVE) this.copy(columns, i, row, tsMicros);
    if ((peer & Q.STREAM_PROBE) !== 0 && ((ack - streams[s + Q.NEXT_A + 1 - 2 * sender]!) | 0) === 1) {
      // The receiver has taken the byte of the probe.
      streams[s + Q.NEXT_A + 1 - 2 * sender] = ack;
    }
    const end = (seq + len + ((flags & (TCP_SYN | TCP_FIN)) !== 0 ? 1 : 0)) | 0;
    if (!isKnown || (((end - next) | 0) > 0 && mark !== Q.STREAM_PROBE)) {
      streams[s + Q.NEXT_A] = end;
      times[t + Q.NEXT_TIME_A] = tsMicros[i]!;
    }
    streams[s + Q.ACK_A] = ack;
    times[t + Q.ACK_TIME_A] = tsMicros[i]!;
    const acked = (flags & TCP_ACK) !== 0 ? Q.STREAM_ACKED : 0;
    const paid = (state & Q.STREAM_PAID) | (len > 0 ? Q.STREAM_PAID : 0);
    const opens = (flags & (TCP_SYN | TCP_ACK)) === TCP_SYN ? Q.STREAM_OPENING : 0;
    streams[s + Q.STATE_A] = Q.STREAM_KNOWN | acked | paid | opens | holes | mark | duplicates | window;
  }

  /** Takes an RST. One that answers the SYN took a round trip as well. */
  private reset(columns: PacketColumns, i: number, row: number, tsMicros: Float64Array): void {
    const { streams, counts, doubles } = this.rows;
    const sender = columns.fromB[i]!;
    const c = row * Q.COUNT_WORDS;
    if ((counts[c + Q.MARKS]! & Q.QUALITY_RESETS) === 0) counts[c + Q.MARKS]! |= Q.QUALITY_RESET_A << sender;
    const peer = (1 - sender) as 0 | 1;
    if ((streams[(row << Q.STREAM_SHIFT) + Q.STATE_A + peer]! & Q.STREAM_OPENING) === 0) return;
    const d = row * Q.COUNT_DOUBLES;
    if (counts[c + Q.RTT] !== 0 || doubles[d + Q.SYN_ACK_TIME] !== 0) return;
    if (columns.tcpAck[i] !== ((this.flows.initialSeqOf(row, peer) + 1) | 0)) return;
    counts[c + Q.RTT] = microsBetween(doubles[d + Q.SYN_TIME]!, tsMicros[i]!);
  }

  /** Counts the segment where its bytes came before or late. */
  private copy(columns: PacketColumns, i: number, row: number, tsMicros: Float64Array): void {
    const { streams, times, counts, doubles } = this.rows;
    const sender = columns.fromB[i]!;
    const s = (row << Q.STREAM_SHIFT) + sender;
    const peer = s + 1 - 2 * sender;
    const t = row << Q.TIME_SHIFT;
    const state = streams[s + Q.STATE_A]!;
    const seq = columns.tcpSeq[i]!;
    const len = columns.payloadWireLen[i]!;
    const end = (seq + len) | 0;
    const next = streams[s + Q.NEXT_A]!;
    const peerAck = streams[peer + Q.ACK_A]!;
    const peerState = streams[peer + Q.STATE_A]!;
    const behind = (state & Q.STREAM_KNOWN) !== 0 ? (next - seq) | 0 : 0;
    // The byte before may have been that of a probe.
    const isBehind = behind > 1 || (behind === 1 && len <= 1);
    const isNew = behind > 0 && (state & Q.STREAM_HOLES) !== 0 && this.holes.fill(row * 2 + sender, seq, end);
    const isAcked = len > 0 && (peerState & Q.STREAM_ACKED) !== 0 && ((end - peerAck) | 0) <= 0;
    if (!isBehind && !isAcked) return;
    if (!isAcked && !this.isAskedFor(row, sender, seq, tsMicros[i]!)) {
      const rtt = counts[row * Q.COUNT_WORDS + Q.RTT]!;
      const late = tsMicros[i]! - times[t + Q.NEXT_TIME_A + sender]!;
      if (isNew && late >= 0 && late < (rtt > 1 ? rtt - 1 : REORDERING_MICROS)) {
        counts[row * Q.COUNT_WORDS + Q.OUT_OF_ORDER]!++;
        doubles[row * Q.COUNT_DOUBLES + Q.OUT_OF_ORDER_BYTES]! += len;
        return;
      }
    }
    counts[row * Q.COUNT_WORDS + Q.RETRANSMITTED]!++;
    doubles[row * Q.COUNT_DOUBLES + Q.RETRANSMITTED_BYTES]! += len;
  }

  /** True for a fast retransmission (RFC 5681 §3.2): two duplicate ACKs are enough, for one may not be captured. */
  private isAskedFor(row: number, sender: number, seq: number, nowMicros: number): boolean {
    const { streams, times } = this.rows;
    const p = (row << Q.STREAM_SHIFT) + 1 - sender;
    const duplicates = (streams[p + Q.STATE_A]! & DUPLICATES_MASK) >> DUPLICATES_SHIFT;
    if (duplicates < FAST_DUPLICATES || streams[p + Q.ACK_A] !== seq) return false;
    const age = nowMicros - times[(row << Q.TIME_SHIFT) + Q.ACK_TIME_A + 1 - sender]!;
    return age >= 0 && age < FAST_MICROS;
  }

  /** Measures the three segments of the handshake. */
  private opening(columns: PacketColumns, i: number, row: number, tsMicros: Float64Array): void {
    const { counts, doubles } = this.rows;
    const c = row * Q.COUNT_WORDS;
    const d = row * Q.COUNT_DOUBLES;
    const flags = columns.tcpFlags[i]!;
    const now = tsMicros[i]!;
    if ((flags & TCP_SYN) !== 0 && (flags & TCP_ACK) === 0) {
      doubles[d + Q.SYN_TIME] = now;
      return;
    }
    if ((flags & TCP_SYN) !== 0) {
      if (doubles[d + Q.SYN_ACK_TIME] !== 0) return;
      doubles[d + Q.SYN_ACK_TIME] = now;
      counts[c + Q.RTT_SERVER] = microsBetween(doubles[d + Q.SYN_TIME]!, now);
      return;
    }
    if ((flags & (TCP_ACK | TCP_RST)) !== TCP_ACK) return;
    const sender = columns.fromB[i] as 0 | 1;
    const peer = sender === 0 ? 1 : 0;
    const { flows } = this;
    // Data of a SYN (RFC 7413) lies between its number and this one's. The SYN-ACK may not have been captured.
    const isThird =
      doubles[d + Q.SYN_ACK_TIME] !== 0
        ? columns.tcpAck[i] === ((flows.initialSeqOf(row, peer) + 1) | 0)
        : columns.tcpSeq[i] === ((flows.initialSeqOf(row, sender) + 1) | 0);
    if (!isThird) return;
    counts[c + Q.RTT] = microsBetween(doubles[d + Q.SYN_TIME]!, now);
    counts[c + Q.RTT_CLIENT] = microsBetween(doubles[d + Q.SYN_ACK_TIME]!, now);
  }
}

/** The endpoint has closed its window. */
function isClosed(state: number): boolean {
  return (state & Q.STREAM_KNOWN) !== 0 && (state & WINDOW_MASK) === 0;
}

/** The time between two packets + 1; 0 where the earlier one is missing or time runs backwards. */
function microsBetween(fromMicros: number, toMicros: number): number {
  if (fromMicros === 0 || toMicros < fromMicros) return 0;
  return Math.min(Math.round(toMicros - fromMicros) + 1, MAX_RTT_MICROS);
}
