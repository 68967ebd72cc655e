import { writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { ByteSource } from '../../src/adapters/sources/byte-source.js';
import { GzipSource } from '../../src/adapters/sources/gzip-source.js';
import { Lz4Source } from '../../src/adapters/sources/lz4-source.js';
import { openSource } from '../../src/adapters/sources/open-source.js';
import type { RawInput } from '../../src/adapters/sources/raw-input.js';
import { ZstdSource } from '../../src/adapters/sources/zstd-source.js';
import type { CaptureStream } from '../../src/core/capture/capture-stream.js';
import { DpiError } from '../../src/core/common/error.js';
import { CaptureRun } from '../../src/usecases/shared/capture-run.js';
import type { Prng } from '../forge/prng.js';
import { check } from './broken-invariant.js';
import type { PackedCapture } from './packed-captures.js';

/** More than any case unpacks to unless something repeats itself without end. */
const SOURCES = { gzip: GzipSource, zstd: ZstdSource, lz4: Lz4Source };
const MAX_UNPACKED_LEN = 512 << 20;

interface Unpacked {
  readonly bytes: Buffer;
  readonly damage: string | null;
}

/**
 * Unpacks mutated data from the file `path` and from a pipe that hands it out in pieces, and reads it as a capture.
 * `original` is what was packed, and `mutations` what was done to it since.
 */
export async function checkPacked(
  packed: PackedCapture,
  original: Buffer,
  mutations: readonly string[],
  path: string,
  prng: Prng,
): Promise<void> {
  const data = Buffer.concat(packed.pieces);
  writeFileSync(path, data);
  const fromFile = await unpack(await openSource(path));
  const open = (raw: RawInput) => new SOURCES[packed.compression](raw);
  const isRecognised = (await sourceKind(path)) === packed.compression;
  if (isRecognised) {
    const fromPipe = await unpack(open(new PiecewiseInput(data, prng)));
    comparePipe(fromPipe, fromFile, packed.compression);
    if (packed.compression === 'gzip') compareZlib(fromFile, data);
  }
  if (mutations.length === 0) {
    check(fromFile.damage === null, `sound data is called damaged: ${fromFile.damage}`);
    check(fromFile.bytes.equals(original), 'sound data is unpacked to something else');
  }
  if (mutations.every((name) => name === 'truncate') && isRecognised) {
    const { bytes } = fromFile;
    check(bytes.equals(original.subarray(0, bytes.length)), 'data cut short is unpacked to something else');
  }
  await readAsCapture(path);
}

/** Both come to the same, but that a pipe can't be read again: of damaged gzip data its last piece may be lost. */
function comparePipe(fromPipe: Unpacked, fromFile: Unpacked, compression: PackedCapture['compression']): void {
  check((fromPipe.damage === null) === (fromFile.damage === null), 'damage depends on how the data comes');
  if (compression !== 'gzip' || fromFile.damage === null) {
    check(fromPipe.bytes.equals(fromFile.bytes), 'what is unpacked depends on how the data comes');
    return;
  }
  const { bytes } = fromPipe;
  check(bytes.equals(fromFile.bytes.subarray(0, bytes.length)), 'a pipe unpacks to something else than a file');
}

/** zlib in one call knows only all or nothing. */
function compareZlib(unpacked: Unpacked, data: Buffer): void {
  let whole: Buffer | null = null;
  try {
    whole = gunzipSync(data, { maxOutputLength: MAX_UNPACKED_LEN });
  } catch {}
  check((whole === null) === (unpacked.damage !== null), 'zlib finds damage where we do not, or none where we do');
  if (whole !== null) check(whole.equals(unpacked.bytes), 'zlib unpacks to something else');
}

async function readAsCapture(path: string): Promise<void> {
  const counter = { packets: 0, bytes: 0, run: () => {} };
  const run = new CaptureRun(counter, {}, null);
  try {
    await run.read(path);
    const { damage } = run.rows[0]!;
    check(damage === null || damage.length > 10, 'damage has no text');
  } catch (error) {
    if (!(error instanceof DpiError)) throw error;
    check(error.message.includes(path), `it is refused without its name: ${error.message}`);
  }
}

async function sourceKind(path: string): Promise<string | null> {
  const source = await openSource(path);
  source.close();
  return source.compression;
}

async function unpack(source: ByteSource): Promise<Unpacked> {
  const chunks: Buffer[] = [];
  let len = 0;
  const space = { buf: Buffer.allocUnsafe(1 << 16), at: 0, room: 1 << 16 };
  const take = (bytes: Buffer) => {
    len += bytes.length;
    check(len <= MAX_UNPACKED_LEN, 'unpacking does not end');
    chunks.push(Buffer.from(bytes));
    return bytes.length;
  };
  // What a source needs of a stream.
  const stream = {
    space: () => space,
    commit: (count: number) => void take(space.buf.subarray(0, count)),
    push: (chunk: Buffer, from = 0) => take(chunk.subarray(from)),
  };
  try {
    while ((await source.fill(stream as unknown as CaptureStream)) > 0);
  } finally {
    source.close();
  }
  return { bytes: Buffer.concat(chunks), damage: source.damage };
}

/** A pipe: it hands out what it likes, now and then at once. */
class PiecewiseInput implements RawInput {
  readonly name = 'pipe';
  readonly totalLen = null;
  readonly seekable = false;
  bytesRead = 0;

  constructor(
    private readonly data: Buffer,
    private readonly prng: Prng,
  ) {}

  read(into: Buffer, at: number, len: number): number | Promise<number> {
    const most = Math.min(len, this.data.length - this.bytesRead);
    const got = Math.min(most, this.prng.chance(0.2) ? this.prng.between(1, 8) : this.prng.between(1, 1 << 16));
    this.data.copy(into, at, this.bytesRead, this.bytesRead + got);
    this.bytesRead += got;
    return this.prng.chance(0.5) ? got : Promise.resolve(got);
  }

  rewind(): void {}

  close(): void {}
}
