import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { filterCapture } from '../../../src/usecases/filter/filter.js';
import { FilterOutputs } from '../../../src/usecases/filter/filter-outputs.js';
import { FlowFilter } from '../../../src/usecases/filter/passes.js';
import { readCapture } from '../../core/capture/read-capture.js';
import { FORGE_EPOCH_MICROS } from '../../forge/packet.js';
import { pcapFile } from '../../forge/pcap.js';
import { PcapngWriter } from '../../forge/pcapng.js';
import { Prng } from '../../forge/prng.js';
import { writeRing } from '../../support/ring.js';
import { runDpi } from '../../support/run-cli.js';
import { apps, LIMITS, ruleSet } from './filter-file.js';
import { MemorySink } from './memory-sink.js';

const DEMO = resolve(import.meta.dirname, '../../../samples/demo.pcap');
const FILE_HEADER_LEN = 24;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dpi-several-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (...names: string[]) => join(folder, ...names);
const blocking = (domain: string) => ({
  rules: {
    ofCall: [{ type: 'domain', action: 'block', option: '--block-domain', texts: [domain] }] as const,
    stored: null,
    strict: false,
    env: {},
  },
});
const copies = (paths: string[]) => paths.map((path) => readFileSync(at('out', basename(path))));
const textOf = (bytes: Buffer) => bytes.toString('latin1');

/** The files of a ring put together. */
function joined(files: readonly Buffer[]): Buffer {
  return Buffer.concat(files.map((bytes, i) => (i === 0 ? bytes : bytes.subarray(FILE_HEADER_LEN))));
}

describe('a ring of 50 files', () => {
  it.each(['inline', 'flow'] as const)('%s: is filtered as one capture, file by file', async (mode) => {
    const paths = writeRing(at('in'), 'eth0', { files: 50 });
    const whole = at('whole.pcap');
    writeFileSync(whole, joined(paths.map((path) => readFileSync(path))));
    for (const domain of ['www.youtube.com', 'cdn.example.net']) {
      const options = { mode, ...blocking(domain) };
      const one = await filterCapture(whole, at('one.pcap'), options);
      const { summary } = await filterCapture(paths, at('out'), options);
      expect(joined(copies(paths)).equals(readFileSync(at('one.pcap')))).toBe(true);
      expect({ ...summary, input: null, inputs: [], output: null }).toEqual({
        ...one.summary,
        input: null,
        inputs: [],
        output: null,
      });
      expect([summary.input, summary.inputs.map(({ name }) => name), summary.output]).toEqual([null, paths, at('out')]);
      expect(summary.blocked_connections).toBe(domain === 'www.youtube.com' ? 1 : 51);
    }
  });

  it('loses a blocked connection whole, whose name is in the first file only', async () => {
    const paths = writeRing(at('in'), 'eth0', { files: 50 });
    await filterCapture(paths.slice().reverse(), at('out'), { mode: 'flow', ...blocking('www.youtube.com') });
    for (const [i, copy] of copies(paths).entries()) {
      const input = readCapture(readFileSync(paths[i]!)).packets;
      const rest = input.filter(({ data }) => !data.includes('cb007109'));
      expect(readCapture(copy).packets.map(({ data }) => data)).toEqual(rest.map(({ data }) => data));
      expect(rest.length).toBeLessThan(input.length);
    }
  });
});

describe('captures of the same time', () => {
  it('come out byte for byte where nothing is dropped, whatever lies between their packets', async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = new Prng(seed);
      const paths = Array.from({ length: 4 }, (_, n) => {
        const path = at(`in-${seed}-${n}.pcapng`);
        writeFileSync(path, forged(random, n % 2 === 0));
        return path;
      });
      for (const mode of ['inline', 'flow'] as const) {
        await filterCapture(paths, at('out'), { mode, ...blocking('nothing.example') });
        expect(copies(paths).map((bytes, i) => bytes.equals(readFileSync(paths[i]!)))).toEqual([
          true,
          true,
          true,
          true,
        ]);
      }
    }
  });

  function forged(random: Prng, isPcapng: boolean): Buffer {
    let timeMicros = FORGE_EPOCH_MICROS;
    const packets = Array.from({ length: random.int(300) }, () => {
      timeMicros += random.int(3000);
      return { data: Buffer.alloc(20 + random.int(80), random.int(256)), timeMicros };
    });
    if (!isPcapng) return pcapFile(packets);
    const writer = new PcapngWriter().section().interface();
    for (const packet of packets) {
      if (random.int(4) === 0) writer.custom(1, Buffer.alloc(random.int(300), 7));
      writer.packet(packet);
    }
    return writer.custom(1, Buffer.from('end')).bytes();
  }
});

/** Calls back when the second pass has read its first piece. */
class WatchedSink extends MemorySink {
  constructor(private readonly onPiece: () => void) {
    super();
  }

  override drain(): null {
    this.onPiece();
    return null;
  }
}

describe('files that grow between the passes', () => {
  it('are copied as they were in the first', async () => {
    const paths = writeRing(at('in'), 'eth0', { files: 3 });
    const before = paths.map((path) => readFileSync(path));
    let pieces = 0;
    const grow = () => {
      if (pieces++ > 0) return;
      for (const [i, path] of paths.entries()) appendFileSync(path, before[i]!.subarray(FILE_HEADER_LEN));
    };
    const sinks = paths.map(() => new WatchedSink(grow));
    const options = { apps: apps(), limits: LIMITS, seed: 1, rules: ruleSet('domain:nothing.example'), top: 0 };
    const outputs = new FilterOutputs(sinks);
    await new FlowFilter(options, outputs, {}, false).filter(paths, paths);
    await outputs.commit();
    expect(pieces).toBeGreaterThan(0);
    expect(sinks.map((sink, i) => sink.bytes().equals(before[i]!))).toEqual([true, true, true]);
  });
});

describe('dpi filter IN... -o FOLDER', () => {
  it('writes each capture under its own name, and says what it read', async () => {
    const paths = writeRing(at('in'), 'eth0', { files: 12 });
    const { stdout, stderr, exitCode } = await runDpi([
      ...['filter', ...paths, '-o', at('out'), '--mode', 'flow', '--block-app', 'YOUTUBE'],
    ]);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain('12 files in');
    expect(readdirSync(at('out'))).toEqual(paths.map((path) => basename(path)));
    expect(copies(paths).some((bytes) => textOf(bytes).includes('www.youtube.com'))).toBe(false);
  });

  it('copies one capture to a file, or under its name into a folder that is there', async () => {
    mkdirSync(at('there'));
    await runDpi(['filter', DEMO, at('expected.pcap'), '--block-app', 'YOUTUBE']);
    for (const [output, path] of [
      [at('file.pcap'), at('file.pcap')],
      [at('there'), at('there', 'demo.pcap')],
    ]) {
      expect((await runDpi(['filter', DEMO, '-o', output!, '--block-app', 'YOUTUBE'])).exitCode).toBe(0);
      expect(readFileSync(path!).equals(readFileSync(at('expected.pcap')))).toBe(true);
    }
  });

  it('changes nothing where it can not do all', async () => {
    const paths = writeRing(at('in'), 'eth0', { files: 2 });
    const [first, second] = paths as [string, string];
    mkdirSync(at('other'));
    writeFileSync(at('other', basename(first)), readFileSync(first));
    const before = paths.map((path) => readFileSync(path));
    for (const [args, message] of [
      [[first, second, at('out', 'x')], 'several captures go into a folder: name it with -o'],
      [[first, second, '-o', at('in')], 'it is the same file as the input'],
      [[first, at('other', basename(first)), '-o', at('out')], 'would both be written to'],
      [[first, '-', '-o', at('out')], 'standard input has no name for its copy'],
      [[first, second, '-o', DEMO], 'is none'],
      [[first, at('missing.pcap'), '-o', at('out')], 'does not exist'],
      [[first, at('text.pcap'), '-o', at('out')], 'text.pcap is'],
    ] as const) {
      writeFileSync(at('text.pcap'), 'Not a capture at all, but a text of some length.\n');
      const { stderr, exitCode } = await runDpi(['filter', ...args, '--block-app', 'YOUTUBE']);
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
      expect(paths.map((path) => readFileSync(path))).toEqual(before);
      expect(existsSync(at('out')) ? readdirSync(at('out')) : []).toEqual([]);
    }
  });
});
