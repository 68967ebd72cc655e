/** Captures packed as gzip and zstd, in the pieces that their formats are made of, so that each can be mutated. */
import { spawnSync } from 'node:child_process';
import { crc32, deflateRawSync } from 'node:zlib';
import { PIECE_FRAME_HEADER, PIECE_READY, ZstdFrames } from '../../src/adapters/sources/zstd-frames.js';
import type { Prng } from '../forge/prng.js';

export interface PackedCapture {
  readonly compression: 'gzip' | 'zstd' | 'lz4';
  /** gzip: header, deflate data and trailer of each member; zstd, lz4: header, each block and checksum of a frame. */
  pieces: Buffer[];
}

/** Blocks of zstd hold at most so much (RFC 8878 §3.1.1.2.3). */
const MAX_BLOCK_LEN = 128 * 1024;
const RAW_BLOCK = 0;
const RLE_BLOCK = 1;
const hasZstd = spawnSync('zstd', ['--version']).status === 0;

export function packGzip(bytes: Buffer, prng: Prng): PackedCapture {
  const pieces = split(bytes, prng).flatMap((part) => {
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(crc32(part), 0);
    trailer.writeUInt32LE(part.length, 4);
    return [gzipHeader(prng), deflateRawSync(part, { level: prng.pick([0, 1, 6]) }), trailer];
  });
  return { compression: 'gzip', pieces };
}

/** By the `zstd` command where there is one, for its compressed blocks; else, and half of the time, of stored ones. */
export function packZstd(bytes: Buffer, prng: Prng): PackedCapture {
  const packed = hasZstd && prng.chance(0.5) ? compressZstd(bytes, prng) : null;
  const pieces = packed === null ? split(bytes, prng).flatMap((part) => storedFrame(part, prng)) : cutZstd(packed);
  return { compression: 'zstd', pieces };
}

function split(bytes: Buffer, prng: Prng): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length || parts.length === 0; ) {
    const len = prng.chance(0.5) ? bytes.length - at : prng.int(bytes.length - at + 1);
    parts.push(bytes.subarray(at, at + len));
    at += len;
  }
  return parts;
}

/** RFC 1952 §2.3, with the optional fields that occur. */
function gzipHeader(prng: Prng): Buffer {
  const hasExtra = prng.chance(0.2);
  const hasName = prng.chance(0.3);
  const hasComment = prng.chance(0.2);
  const flags = (hasExtra ? 4 : 0) | (hasName ? 8 : 0) | (hasComment ? 16 : 0);
  return Buffer.concat([
    Buffer.from([0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 255]),
    hasExtra ? Buffer.from([6, 0, 0x42, 0x43, 2, 0, 1, 2]) : EMPTY,
    hasName ? Buffer.from('capture.pcap\0') : EMPTY,
    hasComment ? Buffer.from('a comment\0') : EMPTY,
  ]);
}

/** A frame of raw and RLE blocks, by the letter of RFC 8878 §3.1.1. */
function storedFrame(part: Buffer, prng: Prng): Buffer[] {
  const hasChecksum = prng.chance(0.5);
  const statesLen = prng.chance(0.5);
  const header = Buffer.alloc(statesLen ? 14 : 6);
  header.writeUInt32LE(0xfd2fb528, 0);
  // Eight bytes of length, or none; a window of 128 KiB.
  header[4] = (statesLen ? 0xc0 : 0) | (hasChecksum ? 4 : 0);
  header[5] = 7 << 3;
  if (statesLen) header.writeBigUInt64LE(BigInt(part.length), 6);
  const pieces = [header];
  let at = 0;
  do {
    let end = Math.min(part.length, at + prng.between(1, MAX_BLOCK_LEN));
    const isRun = at < end && prng.chance(0.5) && part[at] === part[Math.min(at + 7, end - 1)];
    if (isRun) end = endOfRun(part, at, end);
    const block = Buffer.alloc(3);
    const isLast = end === part.length;
    block.writeUIntLE(((end - at) << 3) | ((isRun ? RLE_BLOCK : RAW_BLOCK) << 1) | (isLast ? 1 : 0), 0, 3);
    pieces.push(Buffer.concat([block, part.subarray(at, isRun ? at + 1 : end)]));
    at = end;
  } while (at < part.length);
  // Nobody computes it: dpi does not look at it, and says so.
  if (hasChecksum) pieces.push(Buffer.from([1, 2, 3, 4]));
  return pieces;
}

function endOfRun(part: Buffer, start: number, end: number): number {
  let at = start + 1;
  while (at < end && part[at] === part[start]) at++;
  return at;
}

function compressZstd(bytes: Buffer, prng: Prng): Buffer | null {
  const level = prng.pick(['-1', '-3', '-10']);
  const options = prng.chance(0.5) ? [] : ['--no-check'];
  const { status, stdout } = spawnSync('zstd', ['-cq', '--single-thread', level, ...options], {
    input: bytes,
    maxBuffer: 1 << 26,
  });
  return status === 0 ? stdout : null;
}

/** The pieces of sound zstd data. */
function cutZstd(packed: Buffer): Buffer[] {
  const frames = new ZstdFrames();
  const pieces: Buffer[] = [];
  for (let at = 0; at < packed.length; at += frames.pieceLen) {
    if (frames.next(packed, at, packed.length) !== PIECE_READY) throw new Error(`no piece of zstd data at ${at}`);
    if (pieces.length === 0 && frames.kind !== PIECE_FRAME_HEADER) throw new Error('no frame header');
    pieces.push(packed.subarray(at, at + frames.pieceLen));
  }
  return pieces;
}

const EMPTY = Buffer.alloc(0);
