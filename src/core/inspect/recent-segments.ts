import { copyBytes } from '../common/bytes.js';
import { FLOW_RECENT } from '../flow/flow-flags.js';
import type { FlowRows } from '../flow/flow-rows.js';
import type { Segment } from './packet-payload.js';

/** Bytes of the latest segments that are kept, of all connections. A power of two. */
const RING_LEN = 1 << 22;
/** Longer segments are not kept: no message that names a host begins with one. */
const MAX_SEGMENT_LEN = 1 << 16;
/** Segments of one connection that are looked at. */
const MAX_CHAIN = 64;
/** Words before the bytes of each: sequence number, length, distance to the connection's one before it, sender. */
const SEQ = 0;
const LEN = 1;
const BEFORE = 2;
const SENDER = 3;
const HEAD_WORDS = 4;
const FIRST_ROWS = 1024;

/** A segment that is still kept; valid until the next one is added. */
export interface RecentSegment {
  readonly seq: number;
  readonly buf: Buffer;
  readonly start: number;
  readonly end: number;
}

/**
 * The latest segments of all connections under inspection, in one ring of memory: cheap to keep, and looked up only
 * when bytes come again.
 */
export class RecentSegments {
  private readonly bytes = Buffer.alloc(RING_LEN);
  private readonly words = new Int32Array(this.bytes.buffer, this.bytes.byteOffset, RING_LEN >> 2);
  /**
   * By row: position of its latest segment; meaningful with FLOW_RECENT. Positions go on growing, and lie in the ring
   * modulo its length. Nearly every access misses the cache, which the flag saves.
   */
  private latest = new Float64Array(FIRST_ROWS);
  /** Position of the ring's first byte, and place of the next segment: a remainder of doubles would be slow. */
  private lap = 0;
  private place = 8;

  constructor(private readonly flows: FlowRows) {}

  add({ row, sender, seq, buf, start, end }: Segment): void {
    const len = end - start;
    const needed = 4 * HEAD_WORDS + len;
    if (len <= 0 || len > MAX_SEGMENT_LEN) return;
    // Not across the end.
    if (this.place + needed > RING_LEN) this.turn();
    if (row >= this.latest.length) this.enlarge(row);
    const { place } = this;
    const at = this.lap + place;
    const word = place >> 2;
    const before = this.flows.hasFlag(row, FLOW_RECENT) ? this.latest[row]! : 0;
    this.words[word + SEQ] = seq;
    this.words[word + LEN] = len;
    this.words[word + BEFORE] = before > 0 && at - before < RING_LEN ? at - before : 0;
    this.words[word + SENDER] = sender;
    copyBytes(buf, start, end, this.bytes, place + 4 * HEAD_WORDS);
    this.latest[row] = at;
    this.flows.addFlags(row, FLOW_RECENT);
    this.place = place + ((needed + 7) & ~7);
  }

  /** True while the connection's latest segment is kept. */
  has(row: number): boolean {
    return this.flows.hasFlag(row, FLOW_RECENT) && this.isKept(this.latest[row]!);
  }

  /** Those of the segment's direction, the earliest first. */
  of({ row, sender }: Segment): RecentSegment[] {
    const found: RecentSegment[] = [];
    let at = this.flows.hasFlag(row, FLOW_RECENT) ? this.latest[row]! : 0;
    for (let n = 0; n < MAX_CHAIN && this.isKept(at); n++) {
      const place = at % RING_LEN;
      const word = place >> 2;
      const start = place + 4 * HEAD_WORDS;
      if (this.words[word + SENDER] === sender) {
        found.push({ seq: this.words[word + SEQ]!, buf: this.bytes, start, end: start + this.words[word + LEN]! });
      }
      const back = this.words[word + BEFORE]!;
      if (back === 0) break;
      at -= back;
    }
    return found.reverse();
  }

  private isKept(at: number): boolean {
    return at > 0 && this.lap + this.place - at <= RING_LEN;
  }

  private turn(): void {
    this.lap += RING_LEN;
    this.place = 0;
  }

  private enlarge(row: number): void {
    const larger = new Float64Array(Math.max(row + 1, 2 * this.latest.length));
    larger.set(this.latest);
    this.latest = larger;
  }
}
