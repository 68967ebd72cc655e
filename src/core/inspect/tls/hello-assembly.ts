import { copyBytes } from '../../common/bytes.js';
import { MAX_CLIENT_HELLO_LEN } from './client-hello.js';

/** Handshake header and body: the most that is ever collected for one hello. */
export const MAX_ASSEMBLY_LEN = 4 + MAX_CLIENT_HELLO_LEN;
/** Holds a post-quantum hello without growing. */
const FIRST_CAPACITY = 2_048;
/** Larger buffers are dropped when a hello is done, so that one giant does not stay for good. */
const KEPT_CAPACITY = 16_384;
/** Separate pieces that have room without growing: a browser's hello comes in some twenty. */
const FIRST_RANGES = 32;
/**
 * Separate pieces that may wait for the gaps between them: enough for a post-quantum hello of which every other byte is
 * missing.
 */
export const MAX_RANGES = 1_024;

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
  private starts = new Int32Array(FIRST_RANGES);
  private ends = new Int32Array(FIRST_RANGES);
  private count = 0;
  /** How many times bytes came that were new. */
  changes = 0;

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
    return this.cover(offset, offsetEnd, source, start - offset);
  }

  /** True when all bytes of `[start, end)` have come. */
  has(start: number, end: number): boolean {
    const at = this.firstEndingAt(start);
    return at < this.count && this.starts[at]! <= start && end <= this.ends[at]!;
  }

  /** False when a byte of `source[start, end)`, taken as those from `offset` on, differs from one that has come. */
  agrees(offset: number, source: Buffer, start: number, end: number): boolean {
    const { starts, ends, count, buf } = this;
    const shift = start - offset;
    const offsetEnd = end - shift;
    for (let i = this.firstEndingAt(offset); i < count && starts[i]! < offsetEnd; i++) {
      const to = Math.min(ends[i]!, offsetEnd);
      for (let at = Math.max(starts[i]!, offset); at < to; at++) if (buf[at] !== source[at + shift]) return false;
    }
    return true;
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
    const first = this.firstEndingAt(start);
    if (first < count && starts[first]! <= start && ends[first]! >= end) return true;
    let behind = first;
    let at = start;
    for (; behind < count && starts[behind]! <= end; behind++) {
      if (at < starts[behind]!) copyBytes(source, at + shift, starts[behind]! + shift, this.buf, at);
      at = Math.max(at, ends[behind]!);
    }

    if (behind === first) {
      if (count === MAX_RANGES) return false;
      copyBytes(source, start + shift, end + shift, this.buf, start);
      this.insert(first, start, end);
      this.changes++;
      return true;
    }
    this.changes++;
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

  /** Index of the first range that ends at `offset` or behind it; `count` for none. */
  private firstEndingAt(offset: number): number {
    const { ends } = this;
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[middle]! < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private insert(index: number, start: number, end: number): void {
    const { count } = this;
    if (count === this.starts.length) {
      this.starts = doubled(this.starts);
      this.ends = doubled(this.ends);
    }
    const { starts, ends } = this;
    if (index < count) {
      starts.copyWithin(index + 1, index, count);
      ends.copyWithin(index + 1, index, count);
    }
    starts[index] = start;
    ends[index] = end;
    this.count = count + 1;
  }

  private grow(neededLen: number): void {
    let capacity = this.buf.length;
    while (capacity < neededLen) capacity *= 2;
    const grown = Buffer.allocUnsafeSlow(Math.min(capacity, MAX_ASSEMBLY_LEN));
    this.buf.copy(grown);
    this.buf = grown;
  }
}

function doubled(values: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(values.length * 2);
  larger.set(values);
  return larger;
}
