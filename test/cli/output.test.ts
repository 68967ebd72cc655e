import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PIECE_LEN } from '../../src/cli/byte-joiner.js';
import { FileOutput } from '../../src/cli/file-output.js';
import { StreamOutput } from '../../src/cli/stream-output.js';
import { DpiError } from '../../src/core/common/error.js';

describe('FileOutput', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dpi-output-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('appears under its name only when it is committed', async () => {
    const path = join(folder, 'report.json');
    const output = new FileOutput(path);
    output.write('x'.repeat(200_000));
    expect(existsSync(path)).toBe(false);
    await output.commit();
    output.discard();
    expect(readFileSync(path, 'utf8')).toHaveLength(200_000);
    expect(readdirSync(folder)).toEqual(['report.json']);
  });

  it('leaves the old file and nothing else when it is discarded', () => {
    const path = join(folder, 'report.json');
    writeFileSync(path, 'old');
    const output = new FileOutput(path);
    output.write('x'.repeat(200_000));
    output.discard();
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['report.json']);
  });

  it('keeps the mode of what it replaces, and links', async () => {
    const path = join(folder, 'report.json');
    writeFileSync(path, 'old', { mode: 0o600 });
    symlinkSync('report.json', join(folder, 'link'));
    const output = new FileOutput(join(folder, 'link'));
    output.write('new');
    await output.commit();
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('refuses to replace an input, by whatever name', () => {
    const input = join(folder, 'capture.pcap');
    writeFileSync(input, 'capture');
    symlinkSync('capture.pcap', join(folder, 'link'));
    expect(() => new FileOutput(join(folder, 'link'), ['-', input])).toThrow(/same file as the input/);
    expect(readFileSync(input, 'utf8')).toBe('capture');
  });

  it('says what is wrong with a path', () => {
    mkdirSync(join(folder, 'sub'));
    writeFileSync(join(folder, 'file'), '');
    const message = (path: string) => {
      try {
        new FileOutput(path).discard();
      } catch (error) {
        expect(error).toBeInstanceOf(DpiError);
        return (error as Error).message;
      }
      return '';
    };
    expect(message(join(folder, 'none', 'report.json'))).toContain('its directory does not exist');
    expect(message(join(folder, 'sub'))).toContain('it is a directory');
    expect(message(join(folder, 'file', 'report.json'))).toContain('a part of the path is not a directory');
  });

  it.skipIf(!existsSync('/dev/full'))('says that a disk is full', async () => {
    const output = new FileOutput('/dev/full');
    output.write('x');
    await expect(output.commit()).rejects.toThrow("can't write /dev/full: no space left on the device");
  });
});

/** A stream that takes a chunk only when told to. */
class SlowStream extends Writable {
  readonly chunks: string[] = [];
  private take: (() => void) | null = null;

  constructor() {
    super({ highWaterMark: 1 << 14, decodeStrings: false });
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.chunks.push(chunk);
    this.take = done;
  }

  release(): void {
    const { take } = this;
    this.take = null;
    take?.();
  }
}

describe('StreamOutput', () => {
  it('joins small writes to pieces, less what the last character might have taken', async () => {
    const stream = new SlowStream();
    const output = new StreamOutput(stream);
    for (let i = 0; i < PIECE_LEN + 5000; i++) output.write('x');
    expect(stream.chunks.map((chunk) => chunk.length)).toEqual([PIECE_LEN - 2]);
    const committed = output.commit();
    stream.release();
    stream.release();
    stream.release();
    await committed;
    expect(stream.chunks.join('')).toHaveLength(PIECE_LEN + 5000);
  });

  it('asks to wait while the reader is slow, and only then', async () => {
    const stream = new SlowStream();
    const output = new StreamOutput(stream);
    expect(output.drain()).toBeNull();
    output.write('x'.repeat(100_000));
    const waiting = output.drain();
    expect(waiting).toBeInstanceOf(Promise);
    stream.release();
    await waiting;
    expect(output.drain()).toBeNull();
  });

  it('drops everything and says so once when the reader has gone', async () => {
    const stream = new SlowStream();
    let closed = 0;
    const output = new StreamOutput(stream, () => closed++);
    output.write('x'.repeat(100_000));
    const waiting = output.drain();
    stream.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    await waiting;
    output.write('x'.repeat(100_000));
    await output.commit();
    expect(output.isClosed).toBe(true);
    expect(closed).toBe(1);
    expect(stream.chunks).toHaveLength(1);
  });

  it('reports every other failure', async () => {
    const stream = new SlowStream();
    const output = new StreamOutput(stream);
    output.write('x'.repeat(100_000));
    stream.destroy(Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC' }));
    await new Promise(setImmediate);
    await expect(output.commit()).rejects.toThrow("can't write standard output: no space left on the device");
  });
});
