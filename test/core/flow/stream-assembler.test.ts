import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BufferPool, StreamAssembler } from '../../../src/core/flow/stream-assembler.js';

const LIMIT = 65536;

function assembler(baseSeq: number): { assembler: StreamAssembler; pool: BufferPool } {
  const pool = new BufferPool(1 << 20);
  const one = new StreamAssembler(pool, pool.take(4096)!);
  one.reset(baseSeq);
  return { assembler: one, pool };
}

describe('StreamAssembler', () => {
  it('puts any order, overlap and repetition of segments together', () => {
    const pieces = fc.array(fc.tuple(fc.nat(299), fc.integer({ min: 1, max: 60 })), { maxLength: 25 });
    fc.assert(
      fc.property(pieces, fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (list, base) => {
        const stream = Buffer.from(Array.from({ length: 360 }, (_, i) => (i * 7) & 255));
        const { assembler: one } = assembler(base);
        const seen = new Uint8Array(360);
        for (const [at, len] of list) {
          if (one.insert((base + at) | 0, stream, at, at + len, LIMIT)) seen.fill(1, at, at + len);
        }
        const contiguous = seen.indexOf(0) === -1 ? 360 : seen.indexOf(0);
        expect(one.contiguousLen).toBe(contiguous);
        for (let i = 0; i < 360; i++) if (seen[i] === 1) expect(one.buf[i]).toBe(stream[i]);
        for (let i = 0; i < 350; i += 13) {
          expect(one.has(i, i + 10)).toBe(seen.subarray(i, i + 10).every((x) => x === 1));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('keeps the copy that came first where segments disagree', () => {
    const { assembler: one } = assembler(100);
    one.insert(104, Buffer.from('FIRST'), 0, 5, LIMIT);
    one.insert(100, Buffer.from('abcdXXXXXefg'), 0, 12, LIMIT);
    expect(one.buf.toString('latin1', 0, one.contiguousLen)).toBe('abcdFIRSTefg');
  });

  it('counts sequence numbers across the wrap', () => {
    const { assembler: one } = assembler(0xfffffffe | 0);
    one.insert(2, Buffer.from('efgh'), 0, 4, LIMIT);
    expect(one.contiguousLen).toBe(0);
    one.insert(0xfffffffe | 0, Buffer.from('abcd'), 0, 4, LIMIT);
    expect(one.buf.toString('latin1', 0, one.contiguousLen)).toBe('abcdefgh');
  });

  it('leaves out what lies before the base and past the limit', () => {
    const { assembler: one } = assembler(1000);
    expect(one.insert(990, Buffer.from('0123456789ab'), 0, 12, LIMIT)).toBe(true);
    expect(one.buf.toString('latin1', 0, one.contiguousLen)).toBe('ab');
    expect(one.insert(1002, Buffer.alloc(50, 1), 0, 50, 10)).toBe(true);
    expect(one.contiguousLen).toBe(10);
    expect(one.insert(5000, Buffer.alloc(5), 0, 5, 10)).toBe(false);
  });

  it('grows through the pool and gives everything back', () => {
    const { assembler: one, pool } = assembler(0);
    const big = Buffer.alloc(60_000, 0x5a);
    expect(one.insert(0, big, 0, 10, LIMIT)).toBe(true);
    expect(one.insert(10, big, 10, 60_000, LIMIT)).toBe(true);
    expect(one.contiguousLen).toBe(60_000);
    expect(one.buf.subarray(0, 60_000).equals(big)).toBe(true);
    one.release();
    expect(pool.lentLen).toBe(0);
  });

  it('takes little memory beside its bytes: a flood makes many', () => {
    const pool = new BufferPool(64 << 20);
    const count = 20_000;
    const before = process.memoryUsage().arrayBuffers;
    const kept = Array.from({ length: count }, () => new StreamAssembler(pool, pool.take(100)!));
    const takenLen = process.memoryUsage().arrayBuffers - before;
    expect(kept.length * 128).toBe(pool.lentLen);
    expect(takenLen).toBeLessThan(count * 200);
  });

  it('refuses more holes than it can remember, and more bytes than the pool has', () => {
    const { assembler: one } = assembler(0);
    let kept = 0;
    for (let i = 0; i < 100; i++) if (one.insert(i * 10 + 5, Buffer.from('x'), 0, 1, LIMIT)) kept++;
    expect(kept).toBe(64);
    const pool = new BufferPool(8192);
    expect(pool.take(4000)).not.toBeNull();
    expect(pool.take(4000)).not.toBeNull();
    expect(pool.take(4000)).toBeNull();
    expect(pool.refused).toBe(1);
  });

  it('takes another base: forgets what lies before it, or moves all bytes back', () => {
    const stream = Buffer.from(Array.from({ length: 400 }, (_, i) => (i * 7) & 255));
    const pieces = fc.array(fc.tuple(fc.nat(299), fc.integer({ min: 1, max: 60 })), { maxLength: 12 });
    fc.assert(
      fc.property(pieces, pieces, fc.integer({ min: -300, max: 300 }), (before, behind, shift) => {
        const base = 0xffff_ff80 | 0;
        const { assembler: one, pool } = assembler(base);
        const seen = new Uint8Array(1100);
        const put = (list: [number, number][]): void => {
          for (const [at, len] of list) {
            const origin = (one.baseSeq - base) | 0;
            if (!one.insert((base + at) | 0, stream, at, at + len, LIMIT)) continue;
            for (let i = Math.max(at, origin); i < at + len; i++) seen[i + 400] = 1;
          }
        };
        put(before);
        expect(one.rebase((base + shift) | 0, LIMIT)).toBe(true);
        seen.fill(0, 0, Math.max(0, 400 + shift));
        put(behind);
        for (let i = Math.max(shift, 0); i < 400; i++) {
          expect(one.has(i - shift, i - shift + 1)).toBe(seen[i + 400] === 1);
          if (seen[i + 400] === 1) expect(one.buf[i - shift]).toBe(stream[i]);
        }
        const gap = seen.indexOf(0, 400 + shift) - 400 - shift;
        expect(one.contiguousLen).toBe(gap);
        one.release();
        expect(pool.lentLen).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it('refuses a base so early that its bytes would pass the limit', () => {
    const { assembler: one } = assembler(1000);
    one.insert(1000, Buffer.alloc(100), 0, 100, LIMIT);
    expect(one.rebase(0, 1000)).toBe(false);
    expect(one.baseSeq).toBe(1000);
    expect(one.rebase(0, 1100)).toBe(true);
    expect(one.has(1000, 1100)).toBe(true);
  });

  it('knows where segments began', () => {
    const { assembler: one } = assembler(0);
    for (const at of [30, 0, 20, 10]) one.insert(at, Buffer.alloc(10), 0, 10, LIMIT);
    expect([-1, 0, 10, 25, 30].map((at) => one.nextSegmentStart(at))).toEqual([0, 10, 20, 30, -1]);
    one.rebase(15, LIMIT);
    expect([-1, 5, 15].map((at) => one.nextSegmentStart(at))).toEqual([5, 15, -1]);
  });
});
