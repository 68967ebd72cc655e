/**
 * What is known of the quality of connections, beside the flow table and by its rows. Packets touch the first half
 * alone, 64 bytes a row; the second half is for what only some connections show.
 */
export const STREAM_SHIFT = 4;
const STREAM_WORDS = 1 << STREAM_SHIFT;

/** Of pairs the second belongs to endpoint B. TCP: sequence number behind the last byte seen. */
export const NEXT_A = 0;
/** Acknowledgment number of the last segment. */
export const ACK_A = 2;
/** Window in the low half, duplicate ACKs in a row (at most 255) in the next byte, STREAM_* bits above. */
export const STATE_A = 4;
/** Doubles, so indexes into `times` from `row << TIME_SHIFT`: when NEXT was reached, and when ACK came last (µs). */
export const TIME_SHIFT = STREAM_SHIFT - 1;
export const NEXT_TIME_A = 3;
export const ACK_TIME_A = 5;
/** TCP: µs + 1 from the last SYN to its third segment, and from the SYN to the SYN-ACK; 0 while unknown. */
export const RTT = 14;
export const RTT_SERVER = 15;
/** UDP: a double in the place of NEXT_TIME, when the first payload came; 0 while unknown. */
export const DATAGRAM_TIME_A = 3;

/** NEXT is known. */
export const STREAM_KNOWN = 1 << 24;
/** ACK is known. */
export const STREAM_ACKED = 1 << 25;
/** The last segment was a keep-alive, or a probe of a closed window. */
export const STREAM_KEEP_ALIVE = 1 << 26;
export const STREAM_PROBE = 1 << 27;
/** The endpoint has sent payload. */
export const STREAM_PAID = 1 << 28;
/** It has sent a SYN without ACK, and nothing since. */
export const STREAM_OPENING = 1 << 29;
/** Bytes of the stream are missing. */
export const STREAM_HOLES = 1 << 30;
/** Of A alone: the second half of the row is in use. */
export const STREAM_COUNTED = 1 << 31;

/** The second half, of TCP connections alone; valid with STREAM_COUNTED. */
export const COUNT_SHIFT = 4;
const COUNT_WORDS = 1 << COUNT_SHIFT;
/** Doubles, so indexes into `doubles` from `row << DOUBLE_SHIFT`: when the first payload came from A and from B. */
export const DOUBLE_SHIFT = COUNT_SHIFT - 1;
export const PAID_TIME_A = 0;
export const RETRANSMITTED = 4;
export const OUT_OF_ORDER = 5;
export const LOST = 6;
export const DUPLICATE_ACKS = 7;
export const ZERO_WINDOWS = 8;
/** Payload bytes, at most 4 GiB. */
export const RETRANSMITTED_BYTES = 9;
export const OUT_OF_ORDER_BYTES = 10;
/** Up to four TLS alerts, a byte each: the description + 1. */
export const ALERTS = 11;
/** QUALITY_* bits. */
export const MARKS = 12;

/** A sent the first RST; B with QUALITY_RESET_A << 1. */
export const QUALITY_RESET_A = 1;
export const QUALITY_RESETS = 3;
/** A fatal TLS alert came in clear. */
export const QUALITY_FATAL_ALERT = 4;

/** Rows that there is room for at first; see FlowRows. */
const FIRST_ROWS = 4096;

/** The memory for it, which is touched as rows of the flow table come into use. */
export class QualityRows {
  streams = new Int32Array(FIRST_ROWS * STREAM_WORDS);
  /** The same memory as `streams`. */
  times = new Float64Array(this.streams.buffer);
  counts = new Int32Array(FIRST_ROWS * COUNT_WORDS);
  /** The same memory as `counts`. */
  doubles = new Float64Array(this.counts.buffer);
  /** Rows from here on have never been in use: they are zero. */
  private unused = 0;

  constructor(private readonly maxRows: number) {}

  /** Makes room for the row and clears it. */
  begin(row: number): void {
    if (row >= this.unused) {
      this.unused = row + 1;
      if (row << STREAM_SHIFT >= this.streams.length) this.makeRoomForAll();
      return;
    }
    const { times } = this;
    const t = row << TIME_SHIFT;
    for (let i = t; i < t + STREAM_WORDS / 2; i++) times[i] = 0;
  }

  /** Where the second half of the row begins in `counts`; clears it when it comes into use. */
  use(row: number): number {
    const { streams, doubles } = this;
    const state = (row << STREAM_SHIFT) + STATE_A;
    if ((streams[state]! & STREAM_COUNTED) === 0) {
      streams[state]! |= STREAM_COUNTED;
      const d = row << DOUBLE_SHIFT;
      for (let i = d; i < d + COUNT_WORDS / 2; i++) doubles[i] = 0;
    }
    return row << COUNT_SHIFT;
  }

  isUsed(row: number): boolean {
    return (this.streams[(row << STREAM_SHIFT) + STATE_A]! & STREAM_COUNTED) !== 0;
  }

  private makeRoomForAll(): void {
    const { maxRows } = this;
    const streams = new Int32Array(maxRows * STREAM_WORDS);
    streams.set(this.streams);
    this.streams = streams;
    this.times = new Float64Array(streams.buffer);
    const counts = new Int32Array(maxRows * COUNT_WORDS);
    counts.set(this.counts);
    this.counts = counts;
    this.doubles = new Float64Array(counts.buffer);
  }
}
