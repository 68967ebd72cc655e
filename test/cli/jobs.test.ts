/** The built program in two threads: it says what it says in one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CaptureRereader } from '../../src/usecases/analyze/capture-rereader.js';
import { threadsFor } from '../../src/usecases/analyze/threads-for.js';
import { dnsQuery } from '../forge/dns.js';
import { ethernet } from '../forge/link.js';
import { FORGE_EPOCH_MICROS, type ForgedPacket } from '../forge/packet.js';
import { pcapFile } from '../forge/pcap.js';
import { udpPacket } from '../forge/transport.js';
import { CLEAN_ENV, ensureBuilt, runDpi } from '../support/run-cli.js';
import { until } from '../support/until.js';

const ROOT = resolve(import.meta.dirname, '../..');
const SAMPLES = readdirSync(join(ROOT, 'samples'))
  .filter((name) => /\.pcap(ng)?$/.test(name))
  .map((name) => join('samples', name));
const DEMO = 'samples/demo.pcap';
const QUERIES = 120_000;

let folder: string;
/** As many connections as packets, each with a name. */
let queries: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dpi-jobs-'));
  queries = join(folder, 'queries.pcap');
  const packets = Array.from({ length: QUERIES }, (_, i): ForgedPacket => {
    const query = dnsQuery(i & 0xffff, { name: `n${i % 5000}.example` });
    const from = { address: `10.1.${(i >> 8) & 255}.${i & 255}`, port: 1024 + (i >> 8) };
    return {
      data: ethernet(udpPacket(from, { address: '192.0.2.2', port: 53 }, query)),
      timeMicros: FORGE_EPOCH_MICROS + i,
    };
  });
  writeFileSync(queries, pcapFile(packets));
  await ensureBuilt();
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function inBoth(args: readonly string[]) {
  const [one, two] = await Promise.all(['1', '2'].map((jobs) => runDpi(['analyze', '--jobs', jobs, ...args])));
  const said = ({ stdout, stderr, exitCode }: NonNullable<typeof one>) => ({ stdout, stderr, exitCode });
  return { one: said(one!), two: said(two!) };
}

describe('--jobs 2', () => {
  it.each([
    ['one after the other', ['--json', ...SAMPLES]],
    ['as lines', ['--ndjson', DEMO]],
    ['as a table', ['--top', '3', DEMO]],
    [
      'with rules',
      ['--json', '--block-app', 'YOUTUBE', '--block-domain', 'example.com', '--block-port', '53', ...SAMPLES],
    ],
    ['with a question', ['--fail-on', 'app:YOUTUBE', DEMO]],
    ['with little room', ['--json', '--max-connections', '5', '--max-names', '3', ...SAMPLES]],
  ])('says of captures %s what --jobs 1 says', async (_, args) => {
    const { one, two } = await inBoth(['--no-stored-rules', ...args]);
    const masked = (text: unknown) => String(text).replace(/in [\d.]+ m?s/g, 'in some time');
    expect({ ...two, stdout: masked(two.stdout) }).toEqual({ ...one, stdout: masked(one.stdout) });
    expect(one.stdout).not.toBe('');
  });

  it('says of many blocks what --jobs 1 says', async () => {
    const { one, two } = await inBoth(['--no-stored-rules', '--json', queries]);
    expect(two.stdout === one.stdout).toBe(true);
    expect(JSON.parse(String(one.stdout)).total_connections).toBe(QUERIES);
  });

  it('says the same of damage, of what is no capture and of what is not there', async () => {
    const cut = join(folder, 'cut.pcap');
    writeFileSync(cut, readFileSync(join(ROOT, DEMO)).subarray(0, 100_000));
    const text = join(folder, 'text.pcap');
    writeFileSync(text, 'no capture at all, but a text of some length');
    const empty = join(folder, 'empty.pcap');
    writeFileSync(empty, '');
    for (const [path, exitCode] of [
      [cut, 3],
      [text, 2],
      [empty, 2],
      [join(folder, 'absent.pcap'), 2],
    ] as const) {
      for (const args of [[path], [DEMO, path]]) {
        const { one, two } = await inBoth(['--no-stored-rules', '--json', ...args]);
        expect(two).toEqual(one);
        expect(two.exitCode).toBe(exitCode);
      }
    }
  });

  it('reads what is packed, or comes through a pipe, in one thread', async () => {
    const packed = join(folder, 'demo.pcap.gz');
    writeFileSync(packed, gzipSync(readFileSync(join(ROOT, DEMO))));
    const { one, two } = await inBoth(['--no-stored-rules', '--json', packed]);
    expect(two).toEqual(one);
    const piped = await runDpi(['analyze', '--no-stored-rules', '--json', '--jobs', '2', '-'], {
      input: readFileSync(join(ROOT, DEMO)),
      stdin: 'pipe',
    });
    expect(piped.exitCode).toBe(0);
    expect(JSON.parse(String(piped.stdout)).total_packets).toBe(JSON.parse(String(one.stdout)).total_packets);
  });

  it('reports on an interrupt what it has read, and waits for a slow reader', async () => {
    const args = ['bin/dpi.js', 'analyze', '--no-stored-rules', '--ndjson', '--jobs', '2', queries, queries, queries];
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      env: { ...process.env, ...CLEAN_ENV },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const closed = once(child, 'close');
    await once(child.stdout, 'readable');
    await until(() => child.stdout.readableLength >= child.stdout.readableHighWaterMark, 'a full pipe');
    child.kill('SIGINT');
    const chunks: Buffer[] = [];
    for await (const chunk of child.stdout) chunks.push(chunk as Buffer);
    const [code] = await closed;
    expect(code).toBe(130);
    const lines = Buffer.concat(chunks).toString('utf8').trimEnd().split('\n');
    const summary = JSON.parse(lines.pop()!);
    expect(summary.total_connections).toBe(lines.length);
    expect(summary.warnings).toContain('interrupted: the report covers what was read so far');
    expect(summary.total_packets).toBeGreaterThan(100);
  });

  it('takes a whole number', async () => {
    for (const jobs of ['0', 'two', '-1']) {
      const { stderr, exitCode } = await runDpi(['analyze', '--jobs', jobs, DEMO]);
      expect([stderr, exitCode]).toEqual([`dpi: --jobs takes a whole number from 1 to 1024, not '${jobs}'\n`, 2]);
    }
  });
});

describe('threadsFor', () => {
  const GIBIBYTE = 2 ** 30;

  it('takes two for a plain file from 1 GiB on, and as many as are wanted', async () => {
    const many = availableParallelism() > 1 ? 2 : 1;
    expect(await threadsFor([DEMO], GIBIBYTE, null)).toBe(many);
    expect(await threadsFor([DEMO], GIBIBYTE - 1, null)).toBe(1);
    expect(await threadsFor([DEMO], GIBIBYTE, 1)).toBe(1);
    // Several inputs may have to be merged by time.
    expect(await threadsFor([DEMO, DEMO], 1, 2)).toBe(1);
    expect(await threadsFor([DEMO], 1, 16)).toBe(2);
  });

  it('takes one for what a second thread can not read too', async () => {
    const packed = join(folder, 'packed.pcap');
    writeFileSync(packed, gzipSync(readFileSync(join(ROOT, DEMO))));
    for (const path of [packed, join(folder, 'not-there.pcap'), folder, '-', '/dev/stdin']) {
      expect([path, await threadsFor([DEMO, path], GIBIBYTE, 2)]).toEqual([path, 1]);
    }
    // A pipe, which is not even opened: who opens it takes its bytes.
    expect(await threadsFor([join(folder, 'not-there.pcap')], null, 2)).toBe(1);
  });
});

describe('PieceReader', () => {
  const block = { usedStart: 3, usedEnd: 7 } as Parameters<CaptureRereader['read']>[1];

  it('reads the part that is spoken of to its place', () => {
    const path = join(folder, 'piece');
    writeFileSync(path, 'abcdefghijklmnop');
    const pieces = new CaptureRereader();
    pieces.open(path, CaptureRereader.identityOf(path)!);
    expect(pieces.read(4, block).toString('latin1', 3, 7)).toBe('hijk');
    pieces.close();
  });

  it('has zeros for what the file has lost, and says when it is another', () => {
    const path = join(folder, 'lost');
    writeFileSync(path, 'abcdef');
    const identity = CaptureRereader.identityOf(path)!;
    const pieces = new CaptureRereader();
    pieces.open(path, identity);
    expect(pieces.read(1, block).toString('latin1', 3, 7)).toBe('ef\0\0');
    expect(pieces.read(4, block).toString('latin1', 3, 7)).toBe('\0\0\0\0');
    const other = join(folder, 'other');
    copyFileSync(path, other);
    renameSync(other, path);
    expect(() => pieces.open(path, identity)).toThrow(`${path} changed while it was read`);
    rmSync(path);
    expect(() => pieces.open(path, identity)).toThrow(`${path} changed while it was read`);
    pieces.close();
    expect(CaptureRereader.identityOf(path)).toBeNull();
    const loop = join(folder, 'loop.pcap');
    symlinkSync(loop, loop);
    expect(CaptureRereader.identityOf(loop)).toBeNull();
    const noFolder = join(other, 'in-a-file');
    writeFileSync(other, '');
    expect(() => pieces.open(noFolder, identity)).toThrow(
      `${noFolder} does not exist: a part of the path is no directory`,
    );
    pieces.open(folder, CaptureRereader.identityOf(folder)!);
    expect(() => pieces.read(0, block)).toThrow(`${folder} can't be read: EISDIR`);
    pieces.close();
  });
});
