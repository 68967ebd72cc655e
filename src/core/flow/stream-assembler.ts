import { copyBytes } from '../common/bytes.js';

const MAX_INTERVALS = 64;
/** Beginnings of segments that are remembered. */
const MAX_SEGMENT_STARTS = 16;
/** Buffers come in these sizes, so that they can be used again. */
const SIZES = [128, 512, 4096, 16384, 65536, 131072];
/**
 * Buffers of the two smallest sizes are parts of larger ones: an allocation of its own costs as much again. They are
 * all kept for use.
 */
const SLAB_LEN = 65_536;
const SLAB_SIZES = 2;
/** Larger buffers of a size that are kept for use. */
const MOST_FREE = 256;

/** Buffers for reassembly, used again and bounded in all. */
export class BufferPool {
  private readonly free: Buffer[][] = SIZES.map(() => []);
  /** Bytes lent at the moment. */
  lentLen = 0;
  /** Requests refused because `maxLen` was lent. */
  refused = 0;

  constructor(readonly maxLen: number) {}

  /** A buffer of at least `len` bytes with old content in it; null when the pool's bound or the largest size is met. */
  take(len: number): Buffer | null {
    const size = SIZES.findIndex((s) => s >= len);
    if (size < 0) return null;
    if (this.lentLen + SIZES[size]! > this.maxLen) {
      this.refused++;
      return null;
    }
    this.lentLen += SIZES[size]!;
    return this.free[size]!.pop() ?? this.allocate(size);
  }

  give(buf: Buffer): void {
    this.lentLen -= buf.length;
    const list = this.free[SIZES.indexOf(buf.length)]!;
    if (buf.length <= SIZES[SLAB_SIZES - 1]! || list.length < MOST_FREE) list.push(buf);
  }

  private allocate(size: number): Buffer {
    const len = SIZES[size]!;
    if (size >= SLAB_SIZES) return Buffer.allocUnsafeSlow(len);
    const slab = Buffer.allocUnsafeSlow(SLAB_LEN);
    for (let at = len; at < SLAB_LEN; at += len) this.free[size]!.push(slab.subarray(at, at + len));
    return slab.subarray(0, len);
  }
}

/**
 * The first bytes of one direction of a TCP connection, put together from segments in any order. Bytes are copied, so
 * that no chunk of the capture is kept. Where segments overlap with different content the copy that came first wins:
 * it is what a receiver that had already taken the bytes kept (RFC 9293 §3.10.7.4), and an injected later copy can't
 * rename a connection.
 */
export class StreamAssembler {
  /** Sequence number of offset 0. */
  baseSeq = 0;
  buf: Buffer;
  /** Bytes from offset 0 without a hole. */
  contiguousLen = 0;
  /** Bytes from offset 0 that the reader waits for. */
  neededLen = 0;
  /** Lists, not typed arrays: most streams have one interval, and a typed array costs 200 bytes beside them. */
  private readonly starts: number[] = [0];
  private readonly ends: number[] = [0];
  private count = 0;
  /** Offsets at which segments began, unordered: where a message may begin when the bytes before it are unknown. */
  private readonly segmentStarts: number[] = [0];
  private segmentCount = 0;

  constructor(
    private readonly pool: BufferPool,
    first: Buffer,
  ) {
    this.buf = first;
  }

  /** Begins anew at sequence number `seq`; the buffer stays. */
  reset(baseSeq: number): void {
    this.baseSeq = baseSeq;
    this.contiguousLen = 0;
    this.neededLen = 0;
    this.count = 0;
    this.segmentCount = 0;
  }

  /**
   * Makes `baseSeq` the sequence number of offset 0. What lies before it is forgotten; with an earlier base than
   * before, all bytes move back by the difference. False, and nothing done, when there is no room for that up to
   * `maxLen`.
   */
  rebase(baseSeq: number, maxLen: number): boolean {
    const shift = (baseSeq - this.baseSeq) | 0;
    const { starts, ends, segmentStarts, endOffset } = this;
    if (
      shift < 0 &&
      (endOffset - shift > maxLen || (endOffset - shift > this.buf.length && !this.enlarge(endOffset - shift)))
    ) {
      return false;
    }
    this.baseSeq = baseSeq;
    if (endOffset > Math.max(shift, 0)) {
      if (shift > 0) this.buf.copyWithin(0, shift, endOffset);
      else this.buf.copyWithin(-shift, 0, endOffset);
    }
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      if (ends[i]! <= shift) continue;
      starts[kept] = Math.max(starts[i]! - shift, 0);
      ends[kept] = ends[i]! - shift;
      kept++;
    }
    this.count = kept;
    kept = 0;
    for (let i = 0; i < this.segmentCount; i++) {
      if (segmentStarts[i]! >= shift) segmentStarts[kept++] = segmentStarts[i]! - shift;
    }
    this.segmentCount = kept;
    this.contiguousLen = this.count > 0 && starts[0] === 0 ? ends[0]! : 0;
    return true;
  }

  /** The first offset behind `offset` at which a segment began, -1 when none is known. */
  nextSegmentStart(offset: number): number {
    let next = -1;
    for (let i = 0; i < this.segmentCount; i++) {
      const start = this.segmentStarts[i]!;
      if (start > offset && (next < 0 || start < next)) next = start;
    }
    return next;
  }

  /**
   * Takes in `from[start, end)` at sequence number `seq`. Parts before the base or past `maxLen` are left out.
   * Returns false when nothing could be kept: too many holes, or no room.
   */
  insert(seq: number, from: Buffer, start: number, end: number, maxLen: number): boolean {
    let offset = (seq - this.baseSeq) | 0;
    if (offset < 0) {
      start -= offset;
      offset = 0;
    }
    if (offset + (end - start) > maxLen) end = start + maxLen - offset;
    if (start >= end) return false;
    const stop = offset + (end - start);
    if (stop > this.buf.length && !this.enlarge(stop)) return false;
    if (!this.cover(offset, stop, from, start - offset)) return false;
    if (this.segmentCount < MAX_SEGMENT_STARTS) this.segmentStarts[this.segmentCount++] = offset;
    return true;
  }

  /** True when all bytes of `[start, end)` have arrived. */
  has(start: number, end: number): boolean {
    for (let i = 0; i < this.count; i++) if (this.starts[i]! <= start && end <= this.ends[i]!) return true;
    return false;
  }

  /** True when a byte of `from[start, end)` at sequence number `seq` differs from one that has arrived in its place. */
  differs(seq: number, from: Buffer, start: number, end: number): boolean {
    const offset = (seq - this.baseSeq) | 0;
    const shift = start - offset;
    const stop = offset + (end - start);
    for (let i = 0; i < this.count; i++) {
      const first = Math.max(this.starts[i]!, offset);
      const last = Math.min(this.ends[i]!, stop);
      if (first < last && this.buf.compare(from, first + shift, last + shift, first, last) !== 0) return true;
    }
    return false;
  }

  /** Puts `from[start, end)` at sequence number `seq` in the place of what has arrived there; as `insert` otherwise. */
  overwrite(seq: number, from: Buffer, start: number, end: number, maxLen: number): boolean {
    if (!this.insert(seq, from, start, end, maxLen)) return false;
    const offset = (seq - this.baseSeq) | 0;
    const first = Math.max(offset, 0);
    const last = Math.min(offset + (end - start), maxLen);
    from.copy(this.buf, first, start + first - offset, start + last - offset);
    return true;
  }

  /** Becomes a copy of `other`. False, and nothing done, when there is no room for it. */
  copyFrom(other: StreamAssembler): boolean {
    const { endOffset } = other;
    if (endOffset > this.buf.length && !this.enlarge(endOffset)) return false;
    other.buf.copy(this.buf, 0, 0, endOffset);
    this.reset(other.baseSeq);
    for (let i = 0; i < other.count; i++) {
      this.starts[i] = other.starts[i]!;
      this.ends[i] = other.ends[i]!;
    }
    this.count = other.count;
    this.contiguousLen = other.contiguousLen;
    return true;
  }

  /** True when `other`, in which bytes have arrived in the same places, has the same there. */
  equals(other: StreamAssembler): boolean {
    for (let i = 0; i < this.count; i++) {
      const start = this.starts[i]!;
      const end = this.ends[i]!;
      if (this.buf.compare(other.buf, start, end, start, end) !== 0) return false;
    }
    return true;
  }

  /** Offset behind the last byte that has arrived. */
  get endOffset(): number {
    return this.count === 0 ? 0 : this.ends[this.count - 1]!;
  }

  /** Start of the first bytes behind the first hole, -1 when there is no hole. */
  get afterGap(): number {
    const next = this.contiguousLen > 0 ? 1 : 0;
    return next < this.count ? this.starts[next]! : -1;
  }

  /** End of the bytes without a hole that begin at `afterGap`. */
  get afterGapEnd(): number {
    const next = this.contiguousLen > 0 ? 1 : 0;
    return next < this.count ? this.ends[next]! : -1;
  }

  release(): void {
    this.pool.give(this.buf);
  }

  private enlarge(len: number): boolean {
    const larger = this.pool.take(len);
    if (larger === null) return false;
    this.buf.copy(larger, 0, 0, this.endOffset);
    this.pool.give(this.buf);
    this.buf = larger;
    return true;
  }

  /** Copies what is new of `[offset, stop)`; source position = offset + shift. */
  private cover(offset: number, stop: number, from: Buffer, shift: number): boolean {
    const { starts, ends } = this;
    let first = 0;
    while (first < this.count && ends[first]! < offset) first++;
    let last = first;
    let mergedStart = offset;
    let mergedEnd = stop;
    if (first === this.count || starts[first]! > stop) {
      if (this.count === MAX_INTERVALS) return false;
    }
    let at = offset;
    while (last < this.count && starts[last]! <= stop) {
      if (at < starts[last]!) copyBytes(from, at + shift, starts[last]! + shift, this.buf, at);
      if (ends[last]! > at) at = ends[last]!;
      if (starts[last]! < mergedStart) mergedStart = starts[last]!;
      if (ends[last]! > mergedEnd) mergedEnd = ends[last]!;
      last++;
    }
    if (at < stop) copyBytes(from, at + shift, stop + shift, this.buf, at);
    if (last === first) {
      for (let i = this.count++; i > first; i--) {
        starts[i] = starts[i - 1]!;
        ends[i] = ends[i - 1]!;
      }
    } else if (last > first + 1) {
      starts.copyWithin(first + 1, last, this.count);
      ends.copyWithin(first + 1, last, this.count);
      this.count -= last - first - 1;
    }
    starts[first] = mergedStart;
    ends[first] = mergedEnd;
    this.contiguousLen = starts[0] === 0 ? ends[0]! : 0;
    return true;
  }
}
