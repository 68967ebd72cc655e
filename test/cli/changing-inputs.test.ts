/** The built program and files that grow or shrink while it reads them, full disks, and clocks that jump. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dnsQuery } from '../forge/dns.js';
import { ethernet } from '../forge/link.js';
import { FORGE_EPOCH_MICROS, type ForgedPacket } from '../forge/packet.js';
import { pcapFile } from '../forge/pcap.js';
import { udpPacket } from '../forge/transport.js';
import { CLEAN_ENV, ensureBuilt, runDpi } from '../support/run-cli.js';
import { until } from '../support/until.js';

const ROOT = resolve(import.meta.dirname, '../..');
const NO_STORE = '--no-stored-rules';
const FILE_HEADER_LEN = 24;
const PAYLOAD_LEN = 1000;
const RECORD_LEN = 16 + 14 + 20 + 8 + PAYLOAD_LEN;
const PACKETS = 4000;

const datagram = ethernet(
  udpPacket(
    { address: '192.0.2.1', port: 5000 },
    { address: '192.0.2.2', port: 6000 },
    Buffer.alloc(PAYLOAD_LEN, 0x5a),
  ),
);
const packets = Array.from({ length: PACKETS }, (_, i): ForgedPacket => {
  return { data: datagram, timeMicros: FORGE_EPOCH_MICROS + i };
});
const CAPTURE = pcapFile(packets);
/** As many packets as CAPTURE, each a second later. */
const SHIFTED = pcapFile(packets.map((packet) => ({ ...packet, timeMicros: packet.timeMicros + 1e6 })));

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dpi-changing-'));
  await ensureBuilt();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/**
 * Filters the file `path` into a pipe that nobody reads at first, so that the program waits in the middle of the file;
 * does `change` there, and reads on.
 */
async function filterWhile(path: string, change: () => void, args = ['filter', NO_STORE, path, '-']) {
  const child = spawn(process.execPath, [join(ROOT, 'bin/dpi.js'), ...args], {
    env: { ...process.env, ...CLEAN_ENV },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  const closed = once(child, 'close');
  // Something has come, and what the pipe and the program hold between them is far less than the file.
  await once(child.stdout, 'readable');
  await until(() => child.stdout.readableLength >= child.stdout.readableHighWaterMark, 'a full pipe');
  change();
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk as Buffer);
  const [code] = await closed;
  return { output: Buffer.concat(chunks), stderr, code: code as number };
}

describe('a file that changes while it is read', () => {
  it('is told to have shrunk, though it ends behind a whole packet', async () => {
    const path = join(folder, 'shrinking.pcap');
    writeFileSync(path, CAPTURE);
    const left = FILE_HEADER_LEN + 3000 * RECORD_LEN;
    const { output, stderr, code } = await filterWhile(path, () => truncateSync(path, left));
    expect(output.equals(CAPTURE.subarray(0, left))).toBe(true);
    expect(code).toBe(3);
    expect(stderr).toContain(
      `dpi: warning: ${path}: the file shrank from ${CAPTURE.length} to ${left} bytes while it was read; it ends at byte ${left}, packet 3001\n`,
    );
  });

  it('is told to end inside a packet where it was cut there', async () => {
    const path = join(folder, 'cut.pcap');
    writeFileSync(path, CAPTURE);
    const left = FILE_HEADER_LEN + 3000 * RECORD_LEN + 100;
    const { output, stderr, code } = await filterWhile(path, () => truncateSync(path, left));
    expect(output.equals(CAPTURE.subarray(0, left - 100))).toBe(true);
    expect([code, stderr]).toEqual([
      3,
      expect.stringContaining('bytes while it was read; it ends inside a packet record'),
    ]);
  });

  it('is read to its new end when it grows', async () => {
    const path = join(folder, 'growing.pcap');
    const before = FILE_HEADER_LEN + 2000 * RECORD_LEN + 77;
    writeFileSync(path, CAPTURE.subarray(0, before));
    const { output, stderr, code } = await filterWhile(path, () => appendFileSync(path, CAPTURE.subarray(before)));
    expect(output.equals(CAPTURE)).toBe(true);
    expect([code, stderr]).toEqual([0, expect.not.stringMatching(/while it was read|ends/)]);
  });
});

describe('a file that changes between the two passes', () => {
  const small = CAPTURE.subarray(0, FILE_HEADER_LEN + 3000 * RECORD_LEN);
  /** As long as `small`, with other packets of the same times and lengths. */
  const others = Buffer.from(small);
  for (let i = 0; i < 3000; i++) others[FILE_HEADER_LEN + i * RECORD_LEN + 16 + 14 + 15]! ^= 0xff;

  /** Filters in two passes; `change` is done in the first moment of the second one. */
  async function filterTwice(path: string, change: () => void) {
    const args = ['filter', NO_STORE, '--mode', 'flow', '--block-ip', '198.51.100.9', path, '-'];
    return filterWhile(path, change, args);
  }

  it.each<[how: string, words: string, change: (path: string) => void]>([
    ['overwritten with as many packets', 'was overwritten', (path) => writeFileSync(path, others)],
    [
      'replaced by another',
      'was replaced',
      (path) => {
        writeFileSync(`${path}.new`, others);
        renameSync(`${path}.new`, path);
      },
    ],
    ['overwritten with more packets', 'was overwritten', (path) => writeFileSync(path, SHIFTED)],
    ['cut', 'lost packets', (path) => truncateSync(path, FILE_HEADER_LEN + RECORD_LEN)],
    ['deleted', 'was replaced', (path) => rmSync(path)],
  ])('is refused when it was %s', async (_how, words, change) => {
    const path = join(folder, 'twice.pcap');
    writeFileSync(path, small);
    const { stderr, code } = await filterTwice(path, () => change(path));
    expect(code).toBe(2);
    expect(stderr).toBe(`dpi: ${path} changed between two passes: it ${words}; filter a copy of it\n`);
  });

  it('may grow', async () => {
    const path = join(folder, 'grows-twice.pcap');
    writeFileSync(path, small);
    const { output, code } = await filterTwice(path, () => appendFileSync(path, CAPTURE.subarray(small.length)));
    expect(output.equals(small)).toBe(true);
    expect(code).toBe(0);
  });
});

const mounted = mountSmallDisk();
if (!mounted) console.log('no right to mount a file system: a full disk is tried with /dev/full only');

/** A disk of 64 KiB, where we may mount one. */
function mountSmallDisk(): boolean {
  const probe = mkdtempSync(join(tmpdir(), 'dpi-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', probe], { stdio: 'ignore' });
    execFileSync('umount', [probe], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(probe, { recursive: true, force: true });
  }
}

describe.skipIf(!mounted)('a disk that is full', () => {
  let disk: string;
  beforeAll(() => {
    disk = join(folder, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
  });
  afterAll(() => execFileSync('umount', [disk]));

  it.each(['out.pcap', 'out.pcap.gz', 'report.json'])('keeps its old %s, and nothing of the new one', async (name) => {
    const path = join(folder, 'whole.pcap');
    // A name each that does not repeat, so that gzip and JSON grow as well.
    const queries = Array.from({ length: 4000 }, (_, i): ForgedPacket => {
      const query = dnsQuery(i & 0xffff, { name: `${(i * 2_654_435_761).toString(36)}.example` });
      const packet = udpPacket({ address: '192.0.2.1', port: 1024 + i }, { address: '192.0.2.2', port: 53 }, query);
      return { data: ethernet(packet), timeMicros: FORGE_EPOCH_MICROS + i };
    });
    writeFileSync(path, pcapFile(queries));
    const out = join(disk, name);
    writeFileSync(out, 'old');
    const args = name.endsWith('.json') ? ['analyze', '--json', '-o', out, path] : ['filter', path, out];
    const { stdout, stderr, exitCode } = await runDpi([...args, NO_STORE]);
    expect([stdout, exitCode]).toEqual(['', 2]);
    expect(stderr).toBe(`dpi: can't write ${out}: no space left on the device\n`);
    expect(readFileSync(out, 'utf8')).toBe('old');
    expect(readdirSync(disk)).toEqual([name]);
    rmSync(out);
  });
});

describe('a clock that jumps to 1970, to 2106 and back', () => {
  const SECONDS = [1_700_000_000, 0, 4_294_967_295, 1_700_000_001, 0, 4_294_967_294, 1_700_000_002];
  const jumping = SECONDS.map((seconds): ForgedPacket => ({ data: datagram, timeMicros: seconds * 1e6 }));

  it('loses no packet, in any kind of run', async () => {
    const path = join(folder, 'jumping.pcap');
    const bytes = pcapFile(jumping);
    writeFileSync(path, bytes);
    const { stdout, stderr, exitCode } = await runDpi(['analyze', '--json', NO_STORE, path]);
    expect(exitCode).toBe(0);
    expect(stderr).toBe('dpi: warning: time stamps run backwards in 4 packets, the first is number 2\n');
    const report = JSON.parse(String(stdout));
    expect(report.total_packets).toBe(SECONDS.length);
    const counted = report.connections.map((one: { packets: number }) => one.packets);
    expect(counted.reduce((a: number, b: number) => a + b)).toBe(SECONDS.length);
    for (const one of report.connections) {
      expect(one.first_seen <= one.last_seen).toBe(true);
    }
    const table = await runDpi(['analyze', NO_STORE, path]);
    expect(String(table.stdout)).toContain('1970-01-01 00:00:00 to 2106-02-07 06:28:1');
    for (const mode of ['inline', 'flow']) {
      const out = join(folder, `jumped-${mode}.pcap`);
      expect((await runDpi(['filter', NO_STORE, '--mode', mode, path, out])).exitCode).toBe(0);
      expect(readFileSync(out).equals(bytes)).toBe(true);
      const blocked = ['filter', NO_STORE, '--mode', mode, '--block-ip', '192.0.2.2', '--json', path, out];
      expect(JSON.parse(String((await runDpi(blocked)).stdout))).toMatchObject({ kept_packets: 0, dropped_packets: 7 });
    }
  });
});
