import { copyBytes } from '../../common/bytes.js';
import { MAX_CLIENT_HELLO_LEN } from './client-hello.js';

/** Handshake header and body: the most that is ever collected for one hello. */
export const MAX_ASSEMBLY_LEN = 4 + MAX_CLIENT_HELLO_LEN;
/** Holds a post-quantum hello without growing. */
const FIRST_CAPACITY = 4_096;
/** Larger buffers are dropped when a hello is done, so that one giant does not stay for good. */
const KEPT_CAPACITY = 16_384;
/** Separate pieces that may wait for the gaps between them: a browser's hello comes in some twenty. */
const MAX_RANGES = 64;

/**
 * Puts a handshake message together from pieces in any order, repeated or overlapping. Where copies of a byte differ
 * the first counts, as with TCP segments: a receiver that had it needs no other (RFC 9000 §2.2 lets it treat the other
 * as an error), and a copy injected later can't rename a connection. Bounded in bytes and in pieces; reused through
 * `clear()`.
 */
export class HelloAssembly {
  /** Bytes by stream offset; only the covered ranges mean anything. */
  buf = Buffer.allocUnsafeSlow(FIRST_CAPACITY);
  /** Sorted, disjoint, never touching. */
  private readonly starts = new Int32Array(MAX_RANGES);
  private readonly ends = new Int32Array(MAX_RANGES);
  private count = 0;

  /** How many bytes from offset 0 on are there without a gap. */
  get contiguousLen(): number {
    return this.count > 0 && this.starts[0] === 0 ? this.ends[0]! : 0;
  }

  /** True while no byte has come. */
  get isEmpty(): boolean {
    return this.count === 0;
  }

  /** Takes `source[start, end)` as the bytes from `offset` on; false when a bound refuses them. */
  add(offset: number, source: Buffer, start: number, end: number): boolean {
    const offsetEnd = offset + end - start;
    if (offset < 0 || end < start || offsetEnd > MAX_ASSEMBLY_LEN) return false;
    if (offsetEnd === offset) return true;
    if (offsetEnd > this.buf.length) this.grow(offsetEnd);
    const before = this.coveredLen;
    const taken = this.cover(offset, offsetEnd, source, start - offset);
    if (this.coveredLen !== before) this.changes++;
    return taken;
  }

  /** How many times bytes came that were new. */
  changes = 0;

  private get coveredLen(): number {
    let len = 0;
    for (let i = 0; i < this.count; i++) len += this.ends[i]! - this.starts[i]!;
    return len;
  }

  /** True when all bytes of `[start, end)` have come. */
  has(start: number, end: number): boolean {
    for (let i = 0; i < this.count; i++) if (this.starts[i]! <= start && end <= this.ends[i]!) return true;
    return false;
  }

  /** Offset behind the last byte that has come. */
  get endOffset(): number {
    return this.count > 0 ? this.ends[this.count - 1]! : 0;
  }

  clear(): void {
    this.count = 0;
    if (this.buf.length > KEPT_CAPACITY) this.buf = Buffer.allocUnsafeSlow(FIRST_CAPACITY);
  }

  /** Copies what is new of `[start, end)`; source position = offset + shift. */
  private cover(start: number, end: number, source: Buffer, shift: number): boolean {
    const { starts, ends, count } = this;
    let first = 0;
    while (first < count && ends[first]! < start) first++;
    let behind = first;
    let at = start;
    for (; behind < count && starts[behind]! <= end; behind++) {
      if (at < starts[behind]!) copyBytes(source, at + shift, starts[behind]! + shift, this.buf, at);
      at = Math.max(at, ends[behind]!);
    }

    if (behind === first) {
      if (count === MAX_RANGES) return false;
      copyBytes(source, start + shift, end + shift, this.buf, start);
      if (first < count) {
        starts.copyWithin(first + 1, first, count);
        ends.copyWithin(first + 1, first, count);
      }
      starts[first] = start;
      ends[first] = end;
      this.count = count + 1;
      return true;
    }
    if (at < end) copyBytes(source, at + shift, end + shift, this.buf, at);
    starts[first] = Math.min(starts[first]!, start);
    ends[first] = Math.max(ends[behind - 1]!, end);
    if (behind < count) {
      starts.copyWithin(first + 1, behind, count);
      ends.copyWithin(first + 1, behind, count);
    }
    this.count = count - (behind - first - 1);
    return true;
  }

  private grow(neededLen: number): void {
    let capacity = this.buf.length;
    while (capacity < neededLen) capacity *= 2;
    const grown = Buffer.allocUnsafeSlow(Math.min(capacity, MAX_ASSEMBLY_LEN));
    this.buf.copy(grown);
    this.buf = grown;
  }
}
