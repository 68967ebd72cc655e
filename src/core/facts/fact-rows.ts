import type { FlowRows } from '../flow/flow-rows.js';

/**
 * What facts keep of each connection in progress, beside its row of the flow table: 8 words of 32 bits. A packet
 * touches one cache line of it. BYTES is a double: index it as word >> 1 in `doubles`.
 */
export const FACT_SHIFT = 3;
export const FACT_WORDS = 1 << FACT_SHIFT;

/** Time bucket of the latest packet, and the packets and bytes in it that are not in any series yet. */
export const BUCKET = 0;
export const BUCKET_PACKETS = 1;
export const BUCKET_BYTES = 2;
/** Numbers of the first and last packet, modulo 2^32. */
export const FIRST_PACKET = 4;
export const LAST_PACKET = 5;
/** First amount of an earlier bucket (PendingAmounts) + 1, 0 for none. */
export const EARLIER = 6;
/** Link addresses of the first packet, as HostLinks packs them. */
export const LINKS = 7;

/** Rows that there is room for at first; see FlowRows. */
const FIRST_ROWS = 4096;

/** The table. Its rows have the numbers of those of the flow table. */
export class FactRows {
  /** Both views are others once a row beyond the first memory has come into use. */
  words: Int32Array;
  doubles: Float64Array;

  constructor(private readonly flows: FlowRows) {
    this.words = new Int32Array(Math.min(flows.maxFlows, FIRST_ROWS) * FACT_WORDS);
    this.doubles = new Float64Array(this.words.buffer);
  }

  /** The connection `row` begins with packet `number`. */
  begin(row: number, number: number): void {
    if ((row + 1) << FACT_SHIFT > this.words.length) this.makeRoomForAll();
    const { words } = this;
    const w = row << FACT_SHIFT;
    words.fill(0, w, w + FACT_WORDS);
    words[w + FIRST_PACKET] = number;
  }

  /** Packet `number` belongs to the connection `row`. */
  note(row: number, number: number): void {
    this.words[(row << FACT_SHIFT) + LAST_PACKET] = number;
  }

  firstPacketOf(row: number): number {
    return this.words[(row << FACT_SHIFT) + FIRST_PACKET]! >>> 0;
  }

  lastPacketOf(row: number): number {
    return this.words[(row << FACT_SHIFT) + LAST_PACKET]! >>> 0;
  }

  private makeRoomForAll(): void {
    const words = new Int32Array(this.flows.maxFlows * FACT_WORDS);
    words.set(this.words);
    this.words = words;
    this.doubles = new Float64Array(words.buffer);
  }
}
