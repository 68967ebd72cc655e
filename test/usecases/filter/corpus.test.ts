import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PacketBatch } from '../../../src/core/capture/packet-batch.js';
import { FirstPass } from '../../../src/core/filter/first-pass.js';
import { SecondPass } from '../../../src/core/filter/second-pass.js';
import { CaptureRun } from '../../../src/usecases/shared/capture-run.js';
import { apps, filterFile, LIMITS, ruleSet } from './filter-file.js';
import { isInstalled } from './installed.js';

const SAMPLES = resolve(import.meta.dirname, '../../../samples');
const CORPUS = resolve(import.meta.dirname, '../../../../shared/corpus/captures');
const present = existsSync(CORPUS);
if (!present) console.warn('corpus absent: filters are tried on the samples only');
const hasTshark = isInstalled('tshark');
/** Captures that tshark is shown; DPI_TEST_ALL=1 takes all of them, which is minutes. */
const MOST_READ = process.env.DPI_TEST_ALL === '1' ? Number.POSITIVE_INFINITY : 30;
const LARGEST_READ = process.env.DPI_TEST_ALL === '1' ? Number.POSITIVE_INFINITY : 300_000;
/** The first seventeen apps, of which one or the other is in many captures. */
const BLOCKED = (
  'GOOGLE YOUTUBE FACEBOOK INSTAGRAM WHATSAPP TWITTER NETFLIX AMAZON MICROSOFT APPLE TELEGRAM TIKTOK SPOTIFY ZOOM ' +
  'DISCORD GITHUB CLOUDFLARE'
).split(' ');
const NAME_FIELDS = ['tls.handshake.extensions_server_name', 'dns.qry.name', 'http.host', 'http2.headers.authority'];

const corpusFiles = present ? readdirSync(CORPUS).map((name) => join(CORPUS, name)) : [];
const sampleFiles = readdirSync(SAMPLES)
  .filter((name) => /\.(pcap|pcapng)$/.test(name))
  .map((name) => join(SAMPLES, name));

describe('every reference capture', () => {
  it('comes out byte for byte where no rule matches', async () => {
    const differing: string[] = [];
    for (const path of corpusFiles) {
      const { output, row } = await filterFile(path, 'inline', ruleSet());
      if (row.compression !== null) continue;
      const input = readFileSync(path);
      // Of a damaged one, what lies before the damage.
      const expected = row.damage === null ? input : input.subarray(0, output.length);
      if (!output.equals(expected) || output.length === 0) differing.push(path);
    }
    expect(differing).toEqual([]);
  }, 300_000);

  it('has its connections numbered alike in both passes, whatever the hash seed', async () => {
    const differing: string[] = [];
    for (const path of [...corpusFiles, ...sampleFiles]) {
      const options = { apps: apps(), limits: LIMITS, rules: ruleSet('app:YOUTUBE', 'port:53'), top: 0 };
      const first = new FirstPass({ ...options, seed: 1 });
      const numbers = await numbersOf(path, first, first.pipeline.columns.connection);
      const second = new SecondPass({ ...options, seed: 2 }, first.verdicts, first.tallies);
      const again = await numbersOf(path, second, second.columns.connection);
      if (!Buffer.from(Uint32Array.from(numbers).buffer).equals(Buffer.from(Uint32Array.from(again).buffer))) {
        differing.push(path);
      }
    }
    expect(differing).toEqual([]);
  }, 300_000);
});

describe.skipIf(!hasTshark)('tshark', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'dpi-corpus-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('finds no blocked name in what flow mode leaves, and nothing to complain of', async () => {
    const rules = ruleSet(...BLOCKED.map((app) => `app:${app}`));
    const found: string[] = [];
    let read = 0;
    for (const path of [...sampleFiles, ...corpusFiles]) {
      if (read >= MOST_READ + sampleFiles.length || statSync(path).size > LARGEST_READ) continue;
      const { output, droppedPackets } = await filterFile(path, 'flow', rules);
      if (droppedPackets === 0) continue;
      read++;
      const filtered = join(folder, 'filtered');
      writeFileSync(filtered, output);
      const { names, complaint } = await namesIn(filtered);
      if (complaint !== '') found.push(`${path}: ${complaint}`);
      for (const name of names) if (BLOCKED.includes(appOf(name))) found.push(`${path}: ${name}`);
    }
    expect(read).toBeGreaterThan(5);
    expect(found).toEqual([]);
  }, 300_000);

  it('sees the kept packets in order, with their time stamps', async () => {
    for (const path of sampleFiles) {
      const { output, droppedPackets } = await filterFile(path, 'inline', ruleSet('app:YOUTUBE', 'app:DISCORD'));
      const filtered = join(folder, 'filtered');
      writeFileSync(filtered, output);
      const before = await framesIn(path);
      const after = await framesIn(filtered);
      expect(after.length + droppedPackets).toBe(before.length);
      let at = 0;
      for (const frame of after) {
        at = before.indexOf(frame, at) + 1;
        expect(at, `${path}: ${frame}`).toBeGreaterThan(0);
      }
    }
  }, 120_000);
});

async function numbersOf(path: string, pass: FirstPass | SecondPass, column: Uint32Array): Promise<number[]> {
  const numbers: number[] = [];
  const reader = {
    get packets() {
      return pass.packets;
    },
    get bytes() {
      return pass.bytes;
    },
    run(batch: PacketBatch) {
      pass.run(batch);
      for (let i = 0; i < batch.count; i++) numbers.push(column[i]!);
    },
  };
  await new CaptureRun(reader, {}, null).read(path);
  if (pass instanceof FirstPass) while (pass.pipeline.drain(1e6));
  return numbers;
}

async function namesIn(path: string): Promise<{ names: string[]; complaint: string }> {
  const fields = NAME_FIELDS.flatMap((field) => ['-e', field]);
  // What an encrypted ClientHello shows in clear is not the site (RFC 9849).
  const filter = '!(tls.handshake.extension.type == 65037 and tls.handshake.extensions_server_name)';
  const preferences = ['-o', 'tcp.reassemble_out_of_order:TRUE'];
  const { stdout, stderr } = await promisify(execFile)(
    'tshark',
    ['-n', '-r', path, '-Y', filter, ...preferences, '-T', 'fields', ...fields],
    { maxBuffer: 1 << 28 },
  );
  const names = new Set(stdout.split(/[\t\n,]/).filter((name) => name !== ''));
  return { names: [...names], complaint: stderr.replace(/^Running as user .*\n/m, '').trim() };
}

async function framesIn(path: string): Promise<string[]> {
  const fields = ['frame.time_epoch', 'frame.len', 'frame.cap_len', 'ip.id', 'tcp.seq_raw', 'udp.checksum'];
  const args = ['-n', '-r', path, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])];
  const { stdout } = await promisify(execFile)('tshark', args, { maxBuffer: 1 << 28 });
  return stdout.split('\n').slice(0, -1);
}

function appOf(name: string): string {
  const host = Buffer.from(name.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, ''), 'latin1');
  return apps().nameOf(apps().appOf(apps().matchName(host, 0, host.length)));
}
