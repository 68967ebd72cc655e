/** Captures packed as lz4, in the pieces that its frames are made of. */
import { spawnSync } from 'node:child_process';
import { lz4Frame } from '../forge/lz4.js';
import type { Prng } from '../forge/prng.js';
import type { PackedCapture } from './packed-captures.js';

const MAX_BLOCK_LEN = 1 << 16;
const FLAGS = 4;
const HAS_BLOCK_CHECKSUM = 0x10;
const HAS_CONTENT_SIZE = 0x08;
const LEVELS = ['-1', '-9', '--fast=5'];
const OPTIONS = ['-BD', '-BX', '-B4', '--no-frame-crc', '--content-size'];
const hasLz4 = spawnSync('lz4', ['--version']).status === 0;

/** By the `lz4` command where there is one, for its compressed blocks; else, and half of the time, of stored ones. */
export function packLz4(bytes: Buffer, prng: Prng): PackedCapture {
  const packed = hasLz4 && prng.chance(0.5) ? compress(bytes, prng) : null;
  return { compression: 'lz4', pieces: cut(packed ?? storedFrame(bytes, prng)) };
}

function storedFrame(bytes: Buffer, prng: Prng): Buffer {
  const blocks: { data: Buffer; isStored: true }[] = [];
  for (let at = 0; at < bytes.length; ) {
    const data = bytes.subarray(at, at + prng.between(1, MAX_BLOCK_LEN));
    blocks.push({ data, isStored: true });
    at += data.length;
  }
  return lz4Frame(blocks, {
    isLinked: prng.chance(0.5),
    hasBlockChecksums: prng.chance(0.5),
    content: prng.chance(0.5) ? bytes : undefined,
  });
}

function compress(bytes: Buffer, prng: Prng): Buffer | null {
  const options = OPTIONS.filter(() => prng.chance(0.4));
  const args = ['-cq', prng.pick(LEVELS), ...options];
  const { status, stdout } = spawnSync('lz4', args, { input: bytes, maxBuffer: 1 << 26 });
  return status === 0 ? stdout : null;
}

/** Header, blocks and end of one sound frame. */
function cut(frame: Buffer): Buffer[] {
  const flags = frame[FLAGS]!;
  let at = (flags & HAS_CONTENT_SIZE) === 0 ? 7 : 15;
  const pieces = [frame.subarray(0, at)];
  for (;;) {
    const size = frame.readUInt32LE(at);
    if (size === 0) break;
    const end = at + 4 + (size & 0x7fffffff) + ((flags & HAS_BLOCK_CHECKSUM) === 0 ? 0 : 4);
    pieces.push(frame.subarray(at, end));
    at = end;
  }
  return [...pieces, frame.subarray(at)];
}
