import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { decompress } from 'fzstd';
import { describe, expect, it } from 'vitest';
import { FRAME_LEN, ZstdFramesTransform } from '../../../src/adapters/outputs/zstd-frames-transform.js';

const MAGIC = 0xfd2fb528;

function pattern(len: number): Buffer {
  return Buffer.alloc(len, 'a capture repeats itself, ');
}

async function packed(pieces: readonly Buffer[]): Promise<Buffer> {
  const compressor = new ZstdFramesTransform();
  const all = buffer(compressor);
  for (const piece of pieces) compressor.write(piece);
  compressor.end();
  return await all;
}

function unpacked(bytes: Buffer): Buffer {
  return Buffer.from(decompress(bytes));
}

describe('ZstdFramesTransform', () => {
  it.each([1, 100, FRAME_LEN - 1, FRAME_LEN, FRAME_LEN + 1, 2 * FRAME_LEN, 2 * FRAME_LEN + 12_345])(
    'packs %i bytes',
    async (len) => {
      const bytes = pattern(len);
      const frames = await packed([bytes]);
      expect(unpacked(frames).equals(bytes)).toBe(true);
      expect(frames.length).toBeLessThan(len / 100 + 100);
    },
  );

  it('makes a frame of nothing', async () => {
    const frames = await packed([]);
    expect(frames.readUInt32LE(0)).toBe(MAGIC);
    expect(unpacked(frames)).toHaveLength(0);
  });

  it('packs the same however it is cut into pieces, and what packing makes no shorter', async () => {
    const bytes = Buffer.concat([randomBytes(FRAME_LEN), pattern(FRAME_LEN / 2), randomBytes(99_999)]);
    const whole = await packed([bytes]);
    expect(unpacked(whole).equals(bytes)).toBe(true);
    const pieces: Buffer[] = [];
    for (let at = 0, len = 1; at < bytes.length; at += len, len = (len * 7919) % 300_007) {
      pieces.push(bytes.subarray(at, at + len));
    }
    expect((await packed(pieces)).equals(whole)).toBe(true);
  });

  it('keeps nothing of what it is given', async () => {
    const piece = pattern(1000);
    const compressor = new ZstdFramesTransform();
    const all = buffer(compressor);
    await new Promise((resolve) => compressor.write(piece, resolve));
    piece.fill(0);
    compressor.end();
    expect(unpacked(await all).equals(pattern(1000))).toBe(true);
  });

  it('can be given up before it is ready', async () => {
    const compressor = new ZstdFramesTransform();
    compressor.write(pattern(10));
    await new Promise((resolve) => compressor.once('close', resolve).destroy());
    expect(compressor.readableLength).toBe(0);
  });
});
