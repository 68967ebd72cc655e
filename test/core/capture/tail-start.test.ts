import { describe, expect, it } from 'vitest';
import { tailStart } from '../../../src/core/capture/tail-start.js';

const SECONDS = 1_700_000_000;
const HEAD = Buffer.alloc(24);
HEAD.writeUInt32LE(0xa1b2c3d4);

function record(len: number, seconds = SECONDS): Buffer {
  const bytes = Buffer.alloc(16 + len, 0xee);
  bytes.writeUInt32LE(seconds, 0);
  bytes.writeUInt32LE(0, 4);
  bytes.writeUInt32LE(len, 8);
  bytes.writeUInt32LE(len, 12);
  return bytes;
}

describe('tailStart', () => {
  it('finds the first record that a chain leads from to the end, wherever the tail begins', () => {
    const records = [record(60), record(0), record(1500), record(7)];
    const whole = Buffer.concat(records);
    const begins = records.map((_, n) => Buffer.concat(records.slice(0, n)).length);
    for (let cut = 0; cut < whole.length - 16; cut++) {
      const next = begins.find((at) => at >= cut);
      expect(tailStart(HEAD, whole.subarray(cut), SECONDS * 1e6)).toBe(next === undefined ? -1 : next - cut);
    }
  });

  it.each<[what: string, tail: Buffer]>([
    ['a cut record at the end', Buffer.concat([record(60), record(60).subarray(0, 50)])],
    ['a time far off', Buffer.concat([record(60, SECONDS - 200_000)])],
    ['less than a header', Buffer.alloc(15)],
    ['nothing', Buffer.alloc(0)],
    // Every other offset begins a record without data, and none leads to the end.
    ['many empty records before a byte too many', Buffer.concat([...Array(4000).fill(record(0)), Buffer.alloc(1)])],
  ])('is -1 for %s', (_what, tail) => {
    expect(tailStart(HEAD, tail, SECONDS * 1e6)).toBe(-1);
  });
});
