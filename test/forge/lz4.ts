import { xxHash32 } from '../../src/adapters/sources/xxhash32.js';

export interface Lz4FrameOptions {
  /** Blocks may refer to the 64 KiB before them. */
  readonly isLinked?: boolean;
  readonly hasBlockChecksums?: boolean;
  /** Of all that the blocks hold; left out: no content checksum and no content size. */
  readonly content?: Buffer;
  /** 4 to 7: blocks of 64 KiB, 256 KiB, 1 MiB, 4 MiB. */
  readonly blockCode?: number;
}

/** A block as stored in the frame: `isStored` says that it is not compressed. */
export interface Lz4Block {
  readonly data: Buffer;
  readonly isStored?: boolean;
}

/** A frame (LZ4 Frame Format 1.6.4) of the given blocks. */
export function lz4Frame(blocks: readonly Lz4Block[], options: Lz4FrameOptions = {}): Buffer {
  const { isLinked = false, hasBlockChecksums = false, content, blockCode = 4 } = options;
  const flags = 0x40 | (isLinked ? 0 : 0x20) | (hasBlockChecksums ? 0x10 : 0) | (content === undefined ? 0 : 0x0c);
  const size = Buffer.alloc(content === undefined ? 0 : 8);
  if (content !== undefined) size.writeBigUInt64LE(BigInt(content.length));
  const descriptor = Buffer.concat([Buffer.from([flags, blockCode << 4]), size]);
  return Buffer.concat([
    le32(0x184d2204),
    descriptor,
    Buffer.from([(hashOf(descriptor) >>> 8) & 0xff]),
    ...blocks.flatMap(({ data, isStored = false }) => [
      le32(isStored ? data.length + 0x80000000 : data.length),
      data,
      ...(hasBlockChecksums ? [le32(hashOf(data))] : []),
    ]),
    le32(0),
    ...(content === undefined ? [] : [le32(hashOf(content))]),
  ]);
}

/** A skippable frame. */
export function lz4Skippable(len: number): Buffer {
  return Buffer.concat([le32(0x184d2a5f), le32(len), Buffer.alloc(len, 0x55)]);
}

/** A compressed block: sequences of literals, each but the last with a match of `len` bytes from `distance` back. */
export function lz4Block(...sequences: { literals: Buffer | string; distance?: number; len?: number }[]): Lz4Block {
  const parts = sequences.map(({ literals, distance, len = 4 }) => {
    const bytes = Buffer.from(literals);
    const matchLen = distance === undefined ? 0 : len - 4;
    const token = (Math.min(bytes.length, 15) << 4) | Math.min(matchLen, 15);
    const match = distance === undefined ? [] : [distance & 255, distance >> 8, ...longLen(matchLen)];
    return Buffer.concat([Buffer.from([token, ...longLen(bytes.length)]), bytes, Buffer.from(match)]);
  });
  return { data: Buffer.concat(parts) };
}

function le32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function longLen(len: number): number[] {
  if (len < 15) return [];
  const rest = len - 15;
  return [...Array<number>(Math.floor(rest / 255)).fill(255), rest % 255];
}

function hashOf(bytes: Buffer): number {
  return xxHash32(bytes, 0, bytes.length);
}
