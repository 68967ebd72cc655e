import type { Endpoint } from '../flow/flow-rows.js';
import type { Segment } from './packet-payload.js';

/** Urgent bytes that are known of one direction, and directions of which any are known at a time. */
const MAX_POSITIONS = 16;
const MAX_DIRECTIONS = 4096;
const NONE: readonly number[] = [];

/**
 * Takes urgent bytes out of streams, as sockets do unless they ask for them in their place (RFC 6093 §3): each makes
 * the stream one byte shorter than its sequence numbers say.
 */
export class UrgentBytes {
  /** Sequence numbers, by direction. */
  private readonly positions = new Map<number, number[]>();
  private scratch: Buffer = Buffer.alloc(0);
  /** Urgent bytes that were left in the stream because there were too many. */
  refused = 0;

  /** The segment's header says that the byte before `pointer`, counted from its first, is urgent. False when known. */
  note(segment: Segment, pointer: number): boolean {
    const key = keyOf(segment.row, segment.sender);
    const seq = (segment.seq + pointer - 1) | 0;
    const known = this.positions.get(key);
    if (known?.includes(seq)) return false;
    if (known === undefined ? this.positions.size >= MAX_DIRECTIONS : known.length >= MAX_POSITIONS) this.refused++;
    else if (known === undefined) this.positions.set(key, [seq]);
    else known.push(seq);
    return true;
  }

  /** Sequence numbers of the direction's urgent bytes. */
  of(row: number, sender: Endpoint): readonly number[] {
    return this.positions.size === 0 ? NONE : (this.positions.get(keyOf(row, sender)) ?? NONE);
  }

  /**
   * Takes urgent bytes out of the segment, and those before it out of its sequence number. Its bytes are valid until
   * the next call.
   */
  strip(segment: Segment): void {
    const positions = this.of(segment.row, segment.sender);
    if (positions.length === 0) return;
    const { seq, buf, start, end, wireLen } = segment;
    let before = 0;
    let within = 0;
    for (const position of positions) {
      const offset = (position - seq) | 0;
      if (offset < 0) before++;
      else if (offset < wireLen) within++;
    }
    segment.seq = (seq - before) | 0;
    if (within === 0) return;
    if (this.scratch.length < end - start) this.scratch = Buffer.alloc(Math.max(2048, end - start));
    segment.buf = this.scratch;
    segment.start = 0;
    segment.end = without(positions, seq, buf.subarray(start, end), this.scratch);
    segment.wireLen = wireLen - within;
  }

  /** The connection is over, or inspected. */
  drop(row: number): void {
    if (this.positions.size === 0) return;
    this.positions.delete(keyOf(row, 0));
    this.positions.delete(keyOf(row, 1));
  }
}

/** Copies `from`, which begins at sequence number `seq`, without urgent bytes; returns how many bytes that makes. */
export function without(positions: readonly number[], seq: number, from: Buffer, to: Buffer): number {
  let len = 0;
  for (let i = 0; i < from.length; i++) if (!positions.includes((seq + i) | 0)) to[len++] = from[i]!;
  return len;
}

function keyOf(row: number, sender: Endpoint): number {
  return row * 2 + sender;
}
