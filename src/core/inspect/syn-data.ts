import type { Endpoint } from '../flow/flow-rows.js';
import type { Segment } from './packet-payload.js';

/** SYNs whose data waits, and most bytes of one. */
const MAX_WAITING = 4096;
const MAX_LEN = 9000;

/** Nothing waits, or it waits on. */
const SYN_DATA_WAITS = 0;
export const SYN_DATA_TAKEN = 1;
export const SYN_DATA_REFUSED = 2;

/**
 * Keeps the data of SYNs until the other end says whether it takes it (RFC 7413 §4.2.2): what a SYN-ACK does not
 * acknowledge is thrown away, and sent again.
 */
export class SynData {
  private readonly byRow = new Map<number, Segment>();
  /** SYNs whose data was read at once for lack of room. */
  refused = 0;

  /** Keeps a copy of the SYN's data; false when there is no room for it. */
  hold(segment: Segment): boolean {
    const { row, start, end } = segment;
    if (this.byRow.has(row)) return true;
    if (this.byRow.size >= MAX_WAITING || end - start > MAX_LEN) {
      this.refused++;
      return false;
    }
    this.byRow.set(row, segment.copy());
    return true;
  }

  /** SYNs whose data waits. */
  get size(): number {
    return this.byRow.size;
  }

  has(row: number): boolean {
    return this.byRow.size > 0 && this.byRow.has(row);
  }

  /** What an acknowledgment that the endpoint `from` sent means for the data that waits: SYN_DATA_*. */
  acknowledged(row: number, from: Endpoint, ack: number): number {
    const held = this.byRow.get(row)!;
    if (held.sender === from) return SYN_DATA_WAITS;
    return ((ack - held.endSeq) | 0) >= 0 ? SYN_DATA_TAKEN : SYN_DATA_REFUSED;
  }

  /** True when `segment` comes from the sender of the data that waits. */
  isFollowedBy(segment: Segment): boolean {
    return this.byRow.get(segment.row)!.sender === segment.sender;
  }

  /** Hands over what waits, which is the caller's then; null for nothing. */
  release(row: number): Segment | null {
    if (this.byRow.size === 0) return null;
    const held = this.byRow.get(row) ?? null;
    this.byRow.delete(row);
    return held;
  }
}
