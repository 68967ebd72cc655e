import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { openSource } from '../../../src/adapters/sources/open-source.js';
import { CaptureStream } from '../../../src/core/capture/capture-stream.js';
import { DpiError } from '../../../src/core/common/error.js';
import { enhancedPacket, interfaceBlock, MICROS, pcap, sectionHeader } from '../../core/capture/capture-bytes.js';
import { readSource } from './read-source.js';

const folder = mkdtempSync(join(tmpdir(), 'dpi-sources-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function file(bytes: Buffer): string {
  const path = join(folder, `capture-${files++}`);
  writeFileSync(path, bytes);
  return path;
}

/** Not too regular, so that it does not vanish when compressed. */
function capture(packets: number, frameLen = 300): Buffer {
  let state = 1;
  const data = (len: number) =>
    Buffer.from(
      Array.from({ length: len }, () => {
        state = (state * 48271) % 0x7fffffff;
        return state & 0x1f;
      }),
    );
  return pcap(
    { magic: MICROS, littleEndian: true },
    Array.from({ length: packets }, (_, i) => ({ seconds: 1_700_000_000 + i, fraction: 0, data: data(frameLen) })),
  );
}

/** Lengths to cut at: every one at both ends, some between. */
function cuts(len: number, from: number, step: number): number[] {
  const all = Array.from({ length: len - from }, (_, i) => from + i);
  return all.filter((cut) => cut < 40 || cut > len - 20 || cut % step === 0);
}

const SMALL = capture(20);
const LARGE = capture(4000);

describe('openSource', () => {
  it('reads a plain file through one buffer', async () => {
    const reading = await readSource(file(LARGE));
    expect(reading).toMatchObject({ packets: 4000, frameBytes: 1_200_000, damage: null });
    expect(reading.source).toMatchObject({ compression: null, totalLen: LARGE.length, bytesRead: LARGE.length });
  });

  it('answers at once for a plain file', async () => {
    const source = await openSource(file(SMALL));
    const { stream } = await readSource(file(SMALL));
    expect(stream.packets).toBe(20);
    expect(source.totalLen).toBe(SMALL.length);
    source.close();
    source.close();
  });

  it('reads a FIFO', async () => {
    const path = join(folder, 'fifo');
    execFileSync('mkfifo', [path]);
    const reading = readSource(path);
    const writer = createWriteStream(path);
    for (let at = 0; at < LARGE.length; at += 50_000) writer.write(LARGE.subarray(at, at + 50_000));
    writer.end();
    expect(await reading).toMatchObject({ packets: 4000, damage: null, source: { totalLen: null } });
  });

  it('reads a pipe whose first bytes come one at a time', async () => {
    const path = join(folder, 'slow-fifo');
    execFileSync('mkfifo', [path]);
    const script = `head -c 1 "$0"; sleep 0.05; tail -c +2 "$0" | head -c 1; sleep 0.05; tail -c +3 "$0"`;
    const child = spawn('sh', ['-c', `(${script}) > '${path}'`, file(gzipSync(SMALL))]);
    expect(await readSource(path)).toMatchObject({ packets: 20, damage: null, source: { compression: 'gzip' } });
    child.kill();
  });

  it.each([
    ['a missing file', () => join(folder, 'nowhere'), 'input-not-found', /nowhere does not exist$/],
    ['a file as a folder', () => join(file(SMALL), 'x'), 'input-not-found', /does not exist: a part/],
    ['a directory', () => folder, 'input-is-directory', /is a directory, not a capture; name the captures in it/],
  ])('refuses %s', async (_what, path, code, sentence) => {
    const error: unknown = await openSource(path()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DpiError);
    expect(error).toMatchObject({ code, message: expect.stringMatching(sentence) });
  });

  it.skipIf(process.getuid?.() === 0)('refuses a file that may not be read', async () => {
    const path = file(SMALL);
    chmodSync(path, 0);
    await expect(openSource(path)).rejects.toMatchObject({ code: 'input-not-permitted' });
  });

  it('opens an empty file, which has no bytes', async () => {
    const { stream, damage } = await readSource(file(Buffer.alloc(0)));
    expect([stream.unrecognised, damage, stream.unrecognisedHead().length]).toEqual([true, null, 0]);
  });

  it('tells compression by content, not by name', async () => {
    const folderPath = join(folder, 'names.gz');
    mkdirSync(folderPath);
    const path = join(folderPath, 'plain.pcap.gz');
    writeFileSync(path, SMALL);
    expect(await readSource(path)).toMatchObject({ packets: 20, source: { compression: null } });
  });
});

describe('gzip', () => {
  it('reads one member and several', async () => {
    for (const bytes of [
      gzipSync(LARGE),
      Buffer.concat([gzipSync(LARGE.subarray(0, 99_999)), gzipSync(LARGE.subarray(99_999))]),
    ]) {
      const reading = await readSource(file(bytes));
      expect(reading).toMatchObject({ packets: 4000, frameBytes: 1_200_000, damage: null });
      expect(reading.source).toMatchObject({ compression: 'gzip', damage: null, totalLen: bytes.length });
    }
  });

  it('reads many small members, as bgzip writes them', async () => {
    const members: Buffer[] = [];
    for (let at = 0; at < SMALL.length; at += 17) members.push(gzipSync(SMALL.subarray(at, at + 17)));
    expect(await readSource(file(Buffer.concat(members)))).toMatchObject({ packets: 20, damage: null });
  });

  it('reads pcapng, and ignores zero bytes behind the data', async () => {
    const bytes = Buffer.concat([sectionHeader(true), interfaceBlock(true), enhancedPacket(true, Buffer.alloc(60))]);
    const reading = await readSource(file(Buffer.concat([gzipSync(bytes), Buffer.alloc(100)])));
    expect(reading).toMatchObject({ packets: 1, damage: null, stream: { format: 'pcapng' } });
  });

  it('reads what stands before a cut at any byte', async () => {
    const packed = gzipSync(SMALL);
    for (const len of cuts(packed.length, 3, 97)) {
      const cut = packed.subarray(0, len);
      const readable = gunzipSync(cut, { finishFlush: constants.Z_SYNC_FLUSH }).length;
      const { packets, damage, source, stream } = await readSource(file(cut));
      expect(packets).toBe(Math.max(Math.floor((readable - 24) / 316), 0));
      expect(source.damage).toBe(`the gzip data is cut short at byte ${len}`);
      if (stream.format !== null) expect(damage?.message).toMatch(/^the gzip data is cut short at byte \d+; it ends /);
    }
  });

  it('hands on all that can be unpacked before damaged bytes', async () => {
    const packed = gzipSync(LARGE);
    for (const part of [0.001, 0.3, 0.7, 0.99]) {
      const at = Math.floor(packed.length * part);
      const readable = gunzipSync(packed.subarray(0, at), { finishFlush: constants.Z_SYNC_FLUSH }).length;
      const damaged = Buffer.from(packed);
      damaged.fill(0xff, at, at + 20);
      const source = await openSource(file(damaged));
      const stream = new CaptureStream();
      // Bytes alone are of interest: nothing reads the stream, it is only emptied.
      const received: Buffer[] = [];
      for (;;) {
        const got = await source.fill(
          Object.assign(stream, { push: (chunk: Buffer, from: number) => keep(chunk, from) }),
        );
        if (got === 0) break;
      }
      const unpacked = Buffer.concat(received);
      expect(source.damage).toMatch(/^the gzip data is damaged near byte \d+ \(.+\)$/);
      expect(unpacked.length).toBeGreaterThanOrEqual(readable - 400);
      expect(unpacked.subarray(0, readable - 400).equals(LARGE.subarray(0, readable - 400))).toBe(true);
      function keep(chunk: Buffer, from: number): number {
        received.push(Buffer.from(chunk.subarray(from)));
        return chunk.length - from;
      }
    }
  });

  it('hands on a whole member before a damaged one, to its last byte', async () => {
    for (const spoil of [
      Buffer.from([0x1f, 0x8b, 9]),
      Buffer.from([0x1f, 0x8b, 8, 0xe0]),
      gzipSync(LARGE).fill(7, 20, 40),
    ]) {
      const { packets, stream, damage } = await readSource(file(Buffer.concat([gzipSync(SMALL), spoil, SMALL])));
      expect(damage?.message).toMatch(/^the gzip data is damaged near byte \d+/);
      expect([packets, stream.receivedLen]).toEqual([20, SMALL.length]);
    }
  });

  it('reads everything when only the checksum is wrong', async () => {
    const packed = gzipSync(SMALL);
    packed[packed.length - 8]! ^= 1;
    const { packets, damage } = await readSource(file(packed));
    expect(packets).toBe(20);
    expect(damage?.message).toMatch(
      /^the gzip data is damaged near byte \d+ \(incorrect data check\); it ends at byte/,
    );
  });

  it('keeps a bomb within bounds', async () => {
    const zeros = { seconds: 0, fraction: 0, data: Buffer.alloc(200_000) };
    const bytes = pcap({ magic: MICROS, littleEndian: true }, Array(500).fill(zeros));
    const packed = gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION });
    expect(packed.length).toBeLessThan(200_000);
    expect(await readSource(file(packed))).toMatchObject({ packets: 500, damage: null });
  });
});

const hasZstd = spawnZstd(Buffer.from('x')) !== null;
if (!hasZstd) console.log('zstd is not installed: tests of zstd input made by it are skipped');

describe.skipIf(!hasZstd)('zstd', () => {
  it.each([
    ['at its default', ['-3']],
    ['at a high level', ['-19']],
    ['without checksum', ['--no-check']],
    ['with a large window', ['--long=24']],
    ['uncompressible', ['--fast=10']],
  ])('reads data compressed %s', async (_how, options) => {
    const reading = await readSource(file(spawnZstd(LARGE, options)!));
    expect(reading).toMatchObject({ packets: 4000, frameBytes: 1_200_000, damage: null });
    expect(reading.source).toMatchObject({ compression: 'zstd', damage: null });
  });

  it('reads several frames, tiny ones and skippable ones among them', async () => {
    const skippable = Buffer.alloc(8 + 700_000);
    skippable.writeUInt32LE(0x184d2a53);
    skippable.writeUInt32LE(700_000, 4);
    const parts = [
      SMALL.subarray(0, 1),
      SMALL.subarray(1, 3),
      Buffer.alloc(0),
      SMALL.subarray(3, 500),
      SMALL.subarray(500),
    ];
    const frames = parts.map((part) => spawnZstd(part)!);
    const packed = Buffer.concat([skippable, ...frames.slice(0, 3), skippable, ...frames.slice(3)]);
    expect(await readSource(file(packed))).toMatchObject({ packets: 20, damage: null });
  });

  it('reads what stands before a cut at any byte', async () => {
    const packed = spawnZstd(LARGE)!;
    let before = 0;
    for (const len of cuts(packed.length, 4, 9973)) {
      const { packets, source } = await readSource(file(packed.subarray(0, len)));
      expect(packets).toBeGreaterThanOrEqual(before);
      expect(source.damage).toBe(`the zstd data is cut short at byte ${len}`);
      before = packets;
    }
    expect(before).toBe(4000);
  });

  it('ends with a sentence at damaged bytes', async () => {
    const packed = spawnZstd(LARGE)!;
    for (let at = 4; at < packed.length; at += at < 24 ? 1 : 9001) {
      const damaged = Buffer.from(packed);
      damaged[at]! ^= 0x5a;
      const { source, packets } = await readSource(file(damaged));
      expect(packets).toBeLessThanOrEqual(4000);
      if (source.damage !== null)
        expect(source.damage).toMatch(/^the zstd data is (damaged near|cut short at) byte \d+/);
    }
  });
});

function spawnZstd(bytes: Buffer, options: readonly string[] = []): Buffer | null {
  try {
    return execFileSync('zstd', ['-q', '-c', ...options], { input: bytes, maxBuffer: 1 << 28 });
  } catch {
    return null;
  }
}
