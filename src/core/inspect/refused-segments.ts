import type { Segment } from './packet-payload.js';

/** Connections whose first refused segment is kept, and most bytes of one. */
const MAX_KEPT = 4096;
const MAX_LEN = 9000;

/**
 * Keeps of each connection the first segment that its receiver refused, as far as a capture can tell. Where the
 * receiver acknowledges these bytes, or none ever come in their place, the refusal may be wrong: the capture was
 * edited, the sender fills in some checksums only, or the real segment was not captured.
 */
export class RefusedSegments {
  private readonly byRow = new Map<number, Segment>();

  /** Connections that have one. */
  get size(): number {
    return this.byRow.size;
  }

  /** Keeps a copy, unless the connection has one or there is no room. */
  keep(segment: Segment): void {
    if (this.byRow.has(segment.row) || this.byRow.size >= MAX_KEPT || segment.end - segment.start > MAX_LEN) return;
    this.byRow.set(segment.row, segment.copy());
  }

  /** The segment kept for the connection, null for none. */
  of(row: number): Segment | null {
    return this.byRow.size === 0 ? null : (this.byRow.get(row) ?? null);
  }

  drop(row: number): void {
    if (this.byRow.size > 0) this.byRow.delete(row);
  }
}
