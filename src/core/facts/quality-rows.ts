/**
 * What is known of the quality of connections, beside the flow table and by its rows. Packets touch the first half
 * alone: 64 bytes a row, so that a packet costs one cache line.
 */
export const STREAM_SHIFT = 4;
export const STREAM_WORDS = 1 << STREAM_SHIFT;

/** Of pairs the second belongs to endpoint B. Sequence number behind the last byte seen. */
export const NEXT_A = 0;
/** Acknowledgment number of the last segment. */
export const ACK_A = 2;
/** Window in the low half, duplicate ACKs in a row (at most 255) in the next byte, STREAM_* bits above. */
export const STATE_A = 4;
/** Doubles, so indexes into `times` from `row << TIME_SHIFT`: when NEXT was reached, and when ACK came last (µs). */
export const TIME_SHIFT = STREAM_SHIFT - 1;
export const NEXT_TIME_A = 3;
export const ACK_TIME_A = 5;

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

/** The second half, which only the unusual segment touches. Doubles first, as indexes into `doubles`. */
export const COUNT_WORDS = 24;
export const COUNT_DOUBLES = COUNT_WORDS >> 1;
/** Time (µs since the epoch) of the last SYN and of the first SYN-ACK, 0 for none. */
export const SYN_TIME = 0;
export const SYN_ACK_TIME = 1;
/** Time of the first payload from A and from B, 0 for none. */
export const PAID_TIME_A = 2;
export const RETRANSMITTED_BYTES = 4;
export const OUT_OF_ORDER_BYTES = 5;
/** Words: round-trip times in µs + 1, 0 while unknown. */
export const RTT = 12;
export const RTT_SERVER = 13;
export const RTT_CLIENT = 14;
export const RETRANSMITTED = 15;
export const OUT_OF_ORDER = 16;
export const LOST = 17;
export const DUPLICATE_ACKS = 18;
export const ZERO_WINDOWS = 19;
/** Up to four TLS alerts, a byte each: the description + 1. */
export const ALERTS = 20;
/** QUALITY_* bits. */
export const MARKS = 21;
/** A sent the first RST; B with QUALITY_RESET_A << 1. */
export const QUALITY_RESET_A = 1;
export const QUALITY_RESETS = 3;
/** A fatal TLS alert came in clear. */
export const QUALITY_FATAL_ALERT = 4;

/** Rows that there is room for at first. */
const FIRST_ROWS = 4096;

/** The memory for it, which grows with the rows of the flow table that are in use. */
export class QualityRows {
  streams = new Int32Array(FIRST_ROWS * STREAM_WORDS);
  /** The same memory as `streams`. */
  times = new Float64Array(this.streams.buffer);
  counts = new Int32Array(FIRST_ROWS * COUNT_WORDS);
  /** The same memory as `counts`. */
  doubles = new Float64Array(this.counts.buffer);

  /** Makes room for the row and clears it. */
  begin(row: number): void {
    if (row << STREAM_SHIFT >= this.streams.length) this.grow(row);
    const { times, doubles } = this;
    const t = row << TIME_SHIFT;
    for (let i = t; i < t + STREAM_WORDS / 2; i++) times[i] = 0;
    const d = row * COUNT_DOUBLES;
    for (let i = d; i < d + COUNT_DOUBLES; i++) doubles[i] = 0;
  }

  private grow(row: number): void {
    let rows = this.streams.length >> STREAM_SHIFT;
    while (rows <= row) rows *= 2;
    const streams = new Int32Array(rows * STREAM_WORDS);
    streams.set(this.streams);
    this.streams = streams;
    this.times = new Float64Array(streams.buffer);
    const counts = new Int32Array(rows * COUNT_WORDS);
    counts.set(this.counts);
    this.counts = counts;
    this.doubles = new Float64Array(counts.buffer);
  }
}
