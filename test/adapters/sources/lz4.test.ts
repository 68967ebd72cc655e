/** lz4 input: against the `lz4` command, and frames forged to the LZ4 frame format, sound, cut and damaged. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Lz4Decoder } from '../../../src/adapters/sources/lz4-decoder.js';
import { XxHash32, xxHash32 } from '../../../src/adapters/sources/xxhash32.js';
import { MICROS, pcap } from '../../core/capture/capture-bytes.js';
import { type Lz4Block, lz4Block, lz4Frame, lz4Skippable } from '../../forge/lz4.js';
import { Prng } from '../../forge/prng.js';
import { readSource } from './read-source.js';

const folder = mkdtempSync(join(tmpdir(), 'dpi-lz4-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function file(bytes: Buffer): string {
  const path = join(folder, `capture-${files++}.pcap.lz4`);
  writeFileSync(path, bytes);
  return path;
}

/** Words that come again, near and far, so that blocks hold matches of all kinds. */
function capture(packets: number): Buffer {
  const prng = new Prng('lz4');
  const words = Array.from({ length: 40 }, () => prng.bytes(1 + prng.int(60)));
  const data = () => Buffer.concat(Array.from({ length: 12 }, () => prng.pick(words)));
  const records = Array.from({ length: packets }, (_, i) => ({
    seconds: 1_700_000_000 + i,
    fraction: 0,
    data: data(),
  }));
  return pcap({ magic: MICROS, littleEndian: true }, records);
}

const SMALL = capture(6);
const LARGE = capture(4000);

interface Decoded {
  content: Buffer;
  problem: string;
  isComplete: boolean;
}

/** Decodes parts as a source does: what a step leaves is shown again with the next part. */
function decode(parts: readonly Buffer[]): Decoded {
  const decoder = new Lz4Decoder();
  const made: Buffer[] = [];
  const keep = () => made.push(Buffer.from(decoder.output.subarray(decoder.outputStart, decoder.outputEnd)));
  let rest: Buffer = Buffer.alloc(0);
  for (const part of parts) {
    rest = Buffer.concat([rest, part]);
    for (let taken = -1; taken !== 0 && decoder.problem === ''; rest = rest.subarray(taken)) {
      taken = decoder.step(rest, 0, rest.length);
      keep();
    }
  }
  const isComplete = decoder.isComplete && rest.length === 0;
  if (!isComplete && decoder.problem === '') {
    decoder.cutBlock(rest, 0, rest.length);
    keep();
  }
  return { content: Buffer.concat(made), problem: decoder.problem, isComplete };
}

const stored = (data: Buffer): Lz4Block => ({ data, isStored: true });

/** Frames of every feature, and what they hold. */
function someFrames(): { packed: Buffer; content: Buffer } {
  const linked = Buffer.from('abcabcabcabc-abcabc');
  const parts = [
    lz4Skippable(0),
    lz4Frame([stored(SMALL.subarray(0, 50)), stored(SMALL.subarray(50, 300))], { hasBlockChecksums: true }),
    lz4Skippable(9),
    lz4Frame([]),
    lz4Frame(
      [
        lz4Block({ literals: 'abc', distance: 3, len: 9 }, { literals: '-' }),
        lz4Block({ literals: '', distance: 13, len: 6 }, { literals: '' }),
      ],
      {
        isLinked: true,
        hasBlockChecksums: true,
        content: linked,
      },
    ),
  ];
  return { packed: Buffer.concat(parts), content: Buffer.concat([SMALL.subarray(0, 300), linked]) };
}

describe('XXH32', () => {
  it.each([
    ['', 0x02cc5d05],
    ['a', 0x550d7456],
    ['abc', 0x32d153ff],
    ['Nobody inspects the spammish repetition', 0xe2293b2f],
  ])('of %j', (text, hash) => {
    const bytes = Buffer.from(text);
    expect(xxHash32(bytes, 0, bytes.length)).toBe(hash);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const parts = new XxHash32();
      parts.update(bytes, 0, cut);
      parts.update(bytes, cut, bytes.length);
      expect(parts.digest()).toBe(hash);
    }
  });
});

describe('lz4 frames', () => {
  it('are decoded however they are split', () => {
    const { packed, content } = someFrames();
    for (let cut = 0; cut <= packed.length; cut++) {
      const decoded = decode([packed.subarray(0, cut), packed.subarray(cut)]);
      expect(decoded).toMatchObject({ problem: '', isComplete: true });
      expect(decoded.content.equals(content)).toBe(true);
    }
    const byByte = decode(Array.from(packed, (_, i) => packed.subarray(i, i + 1)));
    expect(byByte.content.equals(content)).toBe(true);
  });

  it('give what stands before a cut at any byte', () => {
    const { packed, content } = someFrames();
    let before = 0;
    let whole = 0;
    for (let len = 0; len < packed.length; len++) {
      const cut = decode([packed.subarray(0, len)]);
      expect(cut.problem).toBe('');
      expect(cut.content.equals(content.subarray(0, cut.content.length))).toBe(true);
      expect(cut.content.length).toBeGreaterThanOrEqual(before);
      before = cut.content.length;
      if (cut.isComplete) whole++;
    }
    expect(before).toBe(content.length);
    // Between the frames.
    expect(whole).toBe(5);
  });

  it('with checksums tell each changed byte, and give the blocks before it', () => {
    const content = SMALL.subarray(0, 400);
    const options = { hasBlockChecksums: true, content };
    const packed = lz4Frame([stored(content.subarray(0, 100)), stored(content.subarray(100))], options);
    const secondBlockAt = 15 + 4 + 100 + 4;
    for (let at = 0; at < packed.length; at++) {
      for (const mask of [1, 0x80, 0xff]) {
        const damaged = Buffer.from(packed);
        damaged[at]! ^= mask;
        const { problem, isComplete, content: made } = decode([damaged]);
        expect(problem !== '' || !isComplete).toBe(true);
        const soundLen = at < secondBlockAt ? 0 : 100;
        expect(made.subarray(0, soundLen).equals(content.subarray(0, soundLen))).toBe(true);
      }
    }
  });

  const header = (flags: number, sizes: number, more = '') => {
    const descriptor = Buffer.concat([Buffer.from([flags, sizes]), Buffer.from(more, 'hex')]);
    const sum = (xxHash32(descriptor, 0, descriptor.length) >>> 8) & 255;
    return Buffer.concat([Buffer.from('04224d18', 'hex'), descriptor, Buffer.from([sum]), Buffer.alloc(4)]);
  };
  const one = (...sequences: Parameters<typeof lz4Block>) => lz4Frame([lz4Block(...sequences)]);

  it.each<[string, Buffer, string]>([
    ['no frame', Buffer.from('no frame'), 'a frame has no magic number'],
    ['bytes behind the last frame', Buffer.concat([lz4Frame([]), Buffer.alloc(8)]), 'a frame has no magic number'],
    ['another version', header(0x80, 0x40), 'a frame is of version 2'],
    ['a reserved bit', header(0x62, 0x40), 'a frame uses a reserved bit'],
    ['a reserved bit of the block descriptor', header(0x60, 0x41), 'a frame uses a reserved bit'],
    ['a dictionary', header(0x61, 0x40, '01000000'), 'it needs a dictionary'],
    ['blocks of no length', header(0x60, 0x30), 'a frame states no length of its blocks'],
    ['a wrong header checksum', header(0x60, 0x40).fill(0, 6, 7), 'a frame header does not match its checksum'],
    [
      'another content size',
      header(0x68, 0x40, '0500000000000000'),
      'the content has not the length that its header states',
    ],
    ['a block over 64 KiB', lz4Frame([stored(Buffer.alloc(65_537))]), 'a block is longer than its frame allows'],
    [
      'more from a block than 64 KiB',
      one({ literals: 'a', distance: 1, len: 65_536 }, { literals: '' }),
      'a block is malformed',
    ],
    [
      'a match from before the frame',
      one({ literals: 'abc', distance: 4, len: 4 }, { literals: '' }),
      'a block is malformed',
    ],
    ['a match at distance 0', one({ literals: 'abc', distance: 0, len: 4 }, { literals: '' }), 'a block is malformed'],
    ['a block that ends with a match', one({ literals: 'abc', distance: 1, len: 4 }), 'a block is malformed'],
    ['a length without its end', lz4Frame([{ data: Buffer.from([0xf0, 255]) }]), 'a block is malformed'],
    [
      'a match in the block before, where blocks are independent',
      lz4Frame([stored(Buffer.from('abcd')), lz4Block({ literals: 'e', distance: 3, len: 4 }, { literals: '' })]),
      'a block is malformed',
    ],
  ])('of %s are refused', (_, packed, problem) => {
    expect(decode([packed]).problem).toBe(problem);
  });

  it('repeat bytes near and far, in lengths of one byte and of many', () => {
    const literals = new Prng(1).bytes(300);
    for (const distance of [1, 2, 3, 7, 30, 300]) {
      for (const len of [4, 18, 19, 20, 273, 274, 275, 1000]) {
        const { content, problem } = decode([one({ literals, distance, len }, { literals: 'end' })]);
        const expected = [...literals];
        for (let i = 0; i < len; i++) expected.push(expected.at(-distance)!);
        expect([problem, content.equals(Buffer.from([...expected, ...Buffer.from('end')]))]).toEqual(['', true]);
      }
    }
  });

  it('of linked blocks reach back 64 KiB less a byte, over as many blocks', () => {
    const bytes = new Prng(2).bytes(300_000);
    const blocks: Lz4Block[] = [];
    for (let at = 0; at < bytes.length; at += 10_000) blocks.push(stored(bytes.subarray(at, at + 10_000)));
    blocks.push(lz4Block({ literals: '', distance: 65_535, len: 4 }, { literals: '' }));
    const { content, problem } = decode([lz4Frame(blocks, { isLinked: true })]);
    const from = bytes.length - 65_535;
    expect([problem, content.equals(Buffer.concat([bytes, bytes.subarray(from, from + 4)]))]).toEqual(['', true]);
  });

  it('of any bytes end, with or without a problem', () => {
    const prng = new Prng('any');
    for (let n = 0; n < 3000; n++) {
      const { packed } = someFrames();
      for (let k = 1 + prng.int(4); k > 0; k--) packed[prng.int(packed.length)] = prng.int(256);
      expect(decode([packed]).content.length).toBeLessThan(1 << 20);
      const block = lz4Frame([{ data: prng.bytes(1 + prng.int(200)) }], { isLinked: prng.chance(0.5) });
      expect(decode([block]).content.length).toBeLessThanOrEqual(1 << 16);
    }
  });
});

const hasLz4 = spawnLz4(Buffer.from('x')) !== null;
if (!hasLz4) console.log('lz4 is not installed: tests of lz4 input made by it are skipped');

describe.skipIf(!hasLz4)('lz4', () => {
  it.each([
    ['at its default', []],
    ['at a high level', ['-9']],
    ['at its highest level', ['-12']],
    ['fast', ['--fast=20']],
    ['in linked blocks', ['-BD']],
    ['in small blocks', ['-B4']],
    ['in small linked blocks with checksums', ['-B4', '-BD', '-BX', '-9']],
    ['in blocks of 256 KiB', ['-B5', '-BX']],
    ['in blocks of 1 MiB', ['-B6']],
    ['with its size', ['--content-size']],
    ['without checksum', ['--no-frame-crc']],
  ])('reads data compressed %s', async (_how, options) => {
    const packed = spawnLz4(LARGE, options)!;
    expect(packed.length).toBeLessThan(LARGE.length);
    const reading = await readSource(file(packed));
    expect(reading).toMatchObject({ packets: 4000, damage: null, stream: { receivedLen: LARGE.length } });
    expect(reading.source).toMatchObject({ compression: 'lz4', damage: null, totalLen: packed.length });
    expect(decode([packed]).content.equals(LARGE)).toBe(true);
  });

  it('reads what does not compress, and what compresses best', async () => {
    const noise = pcap({ magic: MICROS, littleEndian: true }, [
      { seconds: 1, fraction: 0, data: new Prng(3).bytes(150_000) },
    ]);
    expect(await readSource(file(spawnLz4(noise)!))).toMatchObject({ packets: 1, damage: null });
    const zeros = { seconds: 0, fraction: 0, data: Buffer.alloc(200_000) };
    const bytes = pcap({ magic: MICROS, littleEndian: true }, Array(200).fill(zeros));
    const packed = spawnLz4(bytes)!;
    expect(packed.length).toBeLessThan(200_000);
    expect(await readSource(file(packed))).toMatchObject({ packets: 200, damage: null });
  });

  it('reads several frames, skippable ones first and between', async () => {
    const frames = [SMALL.subarray(0, 1), SMALL.subarray(1, 3), Buffer.alloc(0), SMALL.subarray(3)].map(
      (part) => spawnLz4(part)!,
    );
    const packed = Buffer.concat([
      lz4Skippable(12),
      lz4Skippable(0),
      ...frames.slice(0, 2),
      lz4Skippable(700_000),
      ...frames.slice(2),
    ]);
    expect(await readSource(file(packed))).toMatchObject({ packets: 6, damage: null, source: { compression: 'lz4' } });
  });

  it('reads what stands before a cut', async () => {
    const packed = spawnLz4(LARGE, ['-B4', '-BD'])!;
    let before = 0;
    const lens = Array.from({ length: packed.length }, (_, len) => len);
    for (const len of lens.filter((at) => at >= 8 && (at < 40 || at > packed.length - 12 || at % 30_011 === 0))) {
      const { packets, source } = await readSource(file(packed.subarray(0, len)));
      expect(packets).toBeGreaterThanOrEqual(before);
      expect(source.damage).toBe(`the lz4 data is cut short at byte ${len}`);
      before = packets;
    }
    expect(before).toBe(4000);
  });

  it('ends with a sentence at damaged bytes', async () => {
    const packed = spawnLz4(LARGE)!;
    for (let at = 4; at < packed.length; at += at < 24 ? 1 : 40_009) {
      const damaged = Buffer.from(packed);
      damaged[at]! ^= 0x5a;
      const { source, stream } = await readSource(file(damaged));
      // The capture in it may be damaged before its checksum is read.
      if (stream.stopped) continue;
      expect(source.damage).toMatch(/^the lz4 data is (damaged near|cut short at) byte \d+/);
    }
  });
});

function spawnLz4(bytes: Buffer, options: readonly string[] = []): Buffer | null {
  try {
    return execFileSync('lz4', ['-q', '-c', ...options], { input: bytes, maxBuffer: 1 << 28 });
  } catch {
    return null;
  }
}
