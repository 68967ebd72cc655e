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
/** Bits of a state that outlast a segment. */
const KEPT = Q.STREAM_KNOWN | Q.STREAM_PAID | Q.STREAM_HOLES | Q.STREAM_COUNTED;

/** A late segment without a known round-trip time is out of order up to here, later a retransmission. */
const REORDERING_MICROS = 3000;
/** A retransmission that duplicate ACKs asked for follows them within this. */
const FAST_MICROS = 20_000;
const FAST_DUPLICATES = 2;
const MAX_RTT = 0x7fffffff;

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
    /** Whether the times of first payloads are wanted. */
    private readonly timesAnswers: boolean,
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
    const flags = columns.tcpFlags[i]!;
    const seq = columns.tcpSeq[i]!;
    const isNext = (state & Q.STREAM_KNOWN) !== 0 && seq === streams[s + Q.NEXT_A];
    if (!isNext || window === 0 || (flags & (TCP_SYN | TCP_RST | TCP_ACK)) !== TCP_ACK) {
      const isFirstSyn = (state & Q.STREAM_KNOWN) === 0 && (flags & CONTROLS) === TCP_SYN;
      if (isFirstSyn && columns.payloadWireLen[i] === 0) this.firstSyn(columns, i, row, tsMicros, window);
      else this.unusual(columns, i, row, tsMicros, window);
      return;
    }
    const len = columns.payloadWireLen[i]!;
    const ack = columns.tcpAck[i]!;
    const isSameAck = ack === streams[s + Q.ACK_A];
    const space = len + (flags & TCP_FIN);
    if (space === 0 ? isSameAck : len === 1 || this.isAcked(streams, s + 1 - 2 * sender, (seq + len) | 0)) {
      this.unusual(columns, i, row, tsMicros, window);
      return;
    }
    const t = (row << Q.TIME_SHIFT) + sender;
    if ((state & Q.STREAM_OPENING) !== 0) this.third(columns, i, row, tsMicros);
    let next = (streams[s + Q.STATE_A]! & KEPT) | Q.STREAM_ACKED | window;
    if (space !== 0) {
      streams[s + Q.NEXT_A] = (seq + space) | 0;
      times[t + Q.NEXT_TIME_A] = tsMicros[i]!;
      if (isSameAck) next |= state & DUPLICATES_MASK;
      if (len !== 0 && (state & Q.STREAM_PAID) === 0) next |= this.firstPayload(row, sender, tsMicros[i]!);
    }
    streams[s + Q.ACK_A] = ack;
    streams[s + Q.STATE_A] = next;
    times[t + Q.ACK_TIME_A] = tsMicros[i]!;
  }

  /** The connection is over: the holes that are left in its streams were never seen. */
  end(row: number): void {
    const { streams } = this.rows;
    const s = (row << Q.STREAM_SHIFT) + Q.STATE_A;
    if (((streams[s]! | streams[s + 1]!) & Q.STREAM_HOLES) === 0) return;
    const c = this.rows.use(row);
    for (let endpoint = 0; endpoint < 2; endpoint++) {
      if ((streams[s + endpoint]! & Q.STREAM_HOLES) === 0) continue;
      this.rows.counts[c + Q.LOST]! += this.holes.end(row * 2 + endpoint);
    }
  }

  /** The endpoint whose half begins at `p` has acknowledged all up to `end`. */
  private isAcked(streams: Int32Array, p: number, end: number): boolean {
    return (streams[p + Q.STATE_A]! & Q.STREAM_ACKED) !== 0 && ((end - streams[p + Q.ACK_A]!) | 0) <= 0;
  }

  /** Returns the bits to set. */
  private firstPayload(row: number, sender: number, nowMicros: number): number {
    if (!this.timesAnswers) return Q.STREAM_PAID;
    this.rows.use(row);
    this.rows.doubles[(row << Q.DOUBLE_SHIFT) + Q.PAID_TIME_A + sender] = nowMicros;
    return sender === 0 ? Q.STREAM_PAID | Q.STREAM_COUNTED : Q.STREAM_PAID;
  }

  private unusual(columns: PacketColumns, i: number, row: number, tsMicros: Float64Array, window: number): void {
    const { streams, times } = this.rows;
    const sender = columns.fromB[i]!;
    const s = (row << Q.STREAM_SHIFT) + sender;
    const t = (row << Q.TIME_SHIFT) + sender;
    const flags = columns.tcpFlags[i]!;
    const seq = columns.tcpSeq[i]!;
    const len = columns.payloadWireLen[i]!;
    const state = streams[s + Q.STATE_A]!;
    if ((flags & TCP_SYN) !== 0) this.opening(columns, i, row, tsMicros);
    else if ((flags & TCP_RST) !== 0) this.reset(columns, i, row, tsMicros);
    else if ((state & Q.STREAM_OPENING) !== 0) this.third(columns, i, row, tsMicros);
    let set = (flags & TCP_ACK) !== 0 ? Q.STREAM_ACKED : 0;
    if ((flags & (TCP_SYN | TCP_ACK)) === TCP_SYN) set |= Q.STREAM_OPENING;
    if (len > 0 && (state & Q.STREAM_PAID) === 0) set |= this.firstPayload(row, sender, tsMicros[i]!);
    let mark = 0;
    if ((state & Q.STREAM_KNOWN) !== 0) mark = this.known(columns, i, row, tsMicros, window);
    else if (window === 0 && (flags & CONTROLS) === 0) this.count(row, Q.ZERO_WINDOWS);
    // The peer may have acknowledged what was not captured of this endpoint before.
    if ((state & Q.STREAM_KNOWN) === 0 && len > 0) this.copy(columns, i, row, tsMicros);
    const end = (seq + len + ((flags & (TCP_SYN | TCP_FIN)) !== 0 ? 1 : 0)) | 0;
    const isAhead = ((end - streams[s + Q.NEXT_A]!) | 0) > 0 && mark !== Q.STREAM_PROBE;
    if ((state & Q.STREAM_KNOWN) === 0 || isAhead) {
      streams[s + Q.NEXT_A] = end;
      times[t + Q.NEXT_TIME_A] = tsMicros[i]!;
    }
    const ack = columns.tcpAck[i]!;
    const now = streams[s + Q.STATE_A]!;
    const duplicates = ack === streams[s + Q.ACK_A] ? now & DUPLICATES_MASK : 0;
    streams[s + Q.ACK_A] = ack;
    times[t + Q.ACK_TIME_A] = tsMicros[i]!;
    streams[s + Q.STATE_A] = (now & KEPT) | Q.STREAM_KNOWN | set | mark | duplicates | window;
  }

  /** Takes the SYN or SYN-ACK that begins a stream, without payload. */
  private firstSyn(columns: PacketColumns, i: number, row: number, tsMicros: Float64Array, window: number): void {
    const { streams, times } = this.rows;
    const sender = columns.fromB[i]!;
    const s = (row << Q.STREAM_SHIFT) + sender;
    const t = (row << Q.TIME_SHIFT) + sender;
    this.opening(columns, i, row, tsMicros);
    const set = (columns.tcpFlags[i]! & TCP_ACK) !== 0 ? Q.STREAM_ACKED : Q.STREAM_OPENING;
    streams[s + Q.NEXT_A] = (columns.tcpSeq[i]! + 1) | 0;
    streams[s + Q.ACK_A] = columns.tcpAck[i]!;
    streams[s + Q.STATE_A] = (streams[s + Q.STATE_A]! & KEPT) | Q.STREAM_KNOWN | set | window;
    times[t + Q.NEXT_TIME_A] = tsMicros[i]!;
    times[t + Q.ACK_TIME_A] = tsMicros[i]!;
  }

  /** Takes a segment whose stream is known so far. Returns the mark of a keep-alive or of a probe, 0 for others. */
  private known(columns: PacketColumns, i: number, row: number, tsMicros: Float64Array, window: number): number {
    const { streams } = this.rows;
    const sender = columns.fromB[i]!;
    const s = (row << Q.STREAM_SHIFT) + sender;
    const p = s + 1 - 2 * sender;
    const flags = columns.tcpFlags[i]!;
    const seq = columns.tcpSeq[i]!;
    const ack = columns.tcpAck[i]!;
    const len = columns.payloadWireLen[i]!;
    const state = streams[s + Q.STATE_A]!;
    const peer = streams[p + Q.STATE_A]!;
    const next = streams[s + Q.NEXT_A]!;
    const ahead = (seq - next) | 0;
    if ((peer & Q.STREAM_PROBE) !== 0 && ((ack - streams[p + Q.NEXT_A]!) | 0) === 1) {
      // The receiver has taken the byte of the probe.
      streams[p + Q.NEXT_A] = ack;
    }
    if (len === 1 && ahead === 0 && isClosed(peer)) {
      this.copy(columns, i, row, tsMicros);
      return Q.STREAM_PROBE;
    }
    const isControl = (flags & CONTROLS) !== 0;
    if (window === 0 && !isControl) this.count(row, Q.ZERO_WINDOWS);
    if (ahead > 0 && (flags & TCP_RST) === 0) {
      const given = this.holes.add(row * 2 + sender, next, seq);
      if (given > 0) this.count(row, Q.LOST);
      streams[s + Q.STATE_A]! |= Q.STREAM_HOLES;
    }
    if (len <= 1 && ahead === -1 && !isControl) return Q.STREAM_KEEP_ALIVE;
    const isRepeated = len === 0 && ahead === 0 && !isControl && window !== 0 && window === (state & WINDOW_MASK);
    const isSameAck = (state & Q.STREAM_ACKED) !== 0 && ack === streams[s + Q.ACK_A];
    if (isRepeated && isSameAck && (peer & Q.STREAM_KEEP_ALIVE) === 0) {
      this.count(row, Q.DUPLICATE_ACKS);
      if ((state & DUPLICATES_MASK) >> DUPLICATES_SHIFT < MAX_DUPLICATES) {
        streams[s + Q.STATE_A]! += 1 << DUPLICATES_SHIFT;
      }
    }
    if (len > 0 || (flags & (TCP_SYN | TCP_FIN)) !== 0) this.copy(columns, i, row, tsMicros);
    return 0;
  }

  /** Counts the segment where its bytes came before or late. */
  private copy(columns: PacketColumns, i: number, row: number, tsMicros: Float64Array): void {
    const { streams, times } = this.rows;
    const sender = columns.fromB[i]!;
    const s = (row << Q.STREAM_SHIFT) + sender;
    const state = streams[s + Q.STATE_A]!;
    const seq = columns.tcpSeq[i]!;
    const len = columns.payloadWireLen[i]!;
    const end = (seq + len) | 0;
    const behind = (state & Q.STREAM_KNOWN) !== 0 ? (streams[s + Q.NEXT_A]! - seq) | 0 : 0;
    // The byte before may have been that of a probe.
    const isBehind = behind > 1 || (behind === 1 && len <= 1);
    const isNew = behind > 0 && (state & Q.STREAM_HOLES) !== 0 && this.holes.fill(row * 2 + sender, seq, end);
    const isAcked = len > 0 && this.isAcked(streams, s + 1 - 2 * sender, end);
    if (!isBehind && !isAcked) return;
    if (isNew && !isAcked && !this.isAskedFor(row, sender, seq, tsMicros[i]!)) {
      const rtt = streams[(row << Q.STREAM_SHIFT) + Q.RTT]!;
      const late = tsMicros[i]! - times[(row << Q.TIME_SHIFT) + Q.NEXT_TIME_A + sender]!;
      if (late >= 0 && late < (rtt > 1 ? rtt - 1 : REORDERING_MICROS)) {
        this.count(row, Q.OUT_OF_ORDER);
        this.addBytes(row, Q.OUT_OF_ORDER_BYTES, len);
        return;
      }
    }
    this.count(row, Q.RETRANSMITTED);
    this.addBytes(row, Q.RETRANSMITTED_BYTES, len);
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

  /** Takes a SYN or SYN-ACK. Each SYN begins the measurement anew, and the first SYN-ACK ends its first half. */
  private opening(columns: PacketColumns, i: number, row: number, tsMicros: Float64Array): void {
    const { streams, times } = this.rows;
    const sender = columns.fromB[i]!;
    const r = row << Q.STREAM_SHIFT;
    const t = (row << Q.TIME_SHIFT) + Q.NEXT_TIME_A;
    if ((columns.tcpFlags[i]! & TCP_ACK) === 0) {
      times[t + sender] = tsMicros[i]!;
      return;
    }
    if ((streams[r + Q.STATE_A + 1 - sender]! & Q.STREAM_OPENING) === 0 || streams[r + Q.RTT_SERVER] !== 0) return;
    streams[r + Q.RTT_SERVER] = span(times[t + 1 - sender]!, tsMicros[i]!);
  }

  /** Takes the first segment behind its sender's SYN: the third of the handshake. */
  private third(columns: PacketColumns, i: number, row: number, tsMicros: Float64Array): void {
    if ((columns.tcpFlags[i]! & TCP_ACK) === 0) return;
    const { flows } = this;
    const { streams, times } = this.rows;
    const sender = columns.fromB[i] as 0 | 1;
    const peer = sender === 0 ? 1 : 0;
    const r = row << Q.STREAM_SHIFT;
    // Data of a SYN (RFC 7413) lies between its number and this one's. The SYN-ACK may not have been captured.
    const isThird =
      streams[r + Q.RTT_SERVER] !== 0
        ? columns.tcpAck[i] === ((flows.initialSeqOf(row, peer) + 1) | 0)
        : columns.tcpSeq[i] === ((flows.initialSeqOf(row, sender) + 1) | 0);
    if (isThird) streams[r + Q.RTT] = span(times[(row << Q.TIME_SHIFT) + Q.NEXT_TIME_A + sender]!, tsMicros[i]!);
  }

  /** Takes an RST. One that answers the SYN took a round trip as well. */
  private reset(columns: PacketColumns, i: number, row: number, tsMicros: Float64Array): void {
    const c = this.rows.use(row);
    const { streams, counts, times } = this.rows;
    const sender = columns.fromB[i]!;
    const r = row << Q.STREAM_SHIFT;
    if ((counts[c + Q.MARKS]! & Q.QUALITY_RESETS) === 0) counts[c + Q.MARKS]! |= Q.QUALITY_RESET_A << sender;
    const peer = (1 - sender) as 0 | 1;
    if ((streams[r + Q.STATE_A + peer]! & Q.STREAM_OPENING) === 0 || streams[r + Q.RTT_SERVER] !== 0) return;
    if (columns.tcpAck[i] !== ((this.flows.initialSeqOf(row, peer) + 1) | 0)) return;
    streams[r + Q.RTT] = span(times[(row << Q.TIME_SHIFT) + Q.NEXT_TIME_A + peer]!, tsMicros[i]!);
  }

  private count(row: number, word: number): void {
    this.rows.counts[this.rows.use(row) + word]!++;
  }

  private addBytes(row: number, word: number, len: number): void {
    const { counts } = this.rows;
    const at = this.rows.use(row) + word;
    counts[at] = Math.min((counts[at]! >>> 0) + len, 0xffffffff);
  }
}

/** The endpoint has closed its window. */
function isClosed(state: number): boolean {
  return (state & Q.STREAM_KNOWN) !== 0 && (state & WINDOW_MASK) === 0;
}

/** The time between two packets in µs + 1, as the rows hold it; 0 where it runs backwards. */
function span(fromMicros: number, toMicros: number): number {
  const micros = toMicros - fromMicros;
  return micros < 0 ? 0 : Math.min(Math.round(micros) + 1, MAX_RTT);
}
