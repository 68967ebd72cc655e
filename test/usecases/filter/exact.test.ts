import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCapture } from '../../core/capture/read-capture.js';
import { PcapngWriter } from '../../forge/pcapng.js';
import { filterBytes, filterFile, ruleSet } from './filter-file.js';

const SAMPLES = resolve(import.meta.dirname, '../../../samples');
const files = [SAMPLES, join(SAMPLES, 'generated')].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => /\.(pcap|pcapng)$/.test(name))
    .map((name) => join(folder, name)),
);
/** All but the one whose snap length cuts the name off. */
const generated = files.filter((path) => /\/generated\/file-(?!snapped)/.test(path));
/** Matches something in most samples. */
const SOME = ruleSet('app:YOUTUBE', 'app:GITHUB', 'domain:example.org', 'port:22');

const named = (paths: string[]) => paths.map((path) => [path.slice(SAMPLES.length + 1), path] as const);

describe('byte for byte', () => {
  it.each(named(files))('%s comes out as it went in where nothing is dropped', async (_name, path) => {
    const input = readFileSync(path);
    const whole = readCapture(input).covered;
    for (const mode of ['inline', 'flow'] as const) {
      const { output, droppedPackets } = await filterFile(path, mode, ruleSet('domain:nothing.example'));
      expect(droppedPackets).toBe(0);
      expect(output.equals(whole)).toBe(true);
    }
    expect(whole.length === input.length || path.includes('cut-off')).toBe(true);
  });

  it.each(named(files))('%s loses exactly the dropped records', async (_name, path) => {
    const input = readFileSync(path);
    const { packets, covered } = readCapture(input);
    for (const mode of ['inline', 'flow', 'keep'] as const) {
      const result = await filterFile(path, mode, SOME);
      const kept = readCapture(result.output);
      expect(kept.damage).toBeNull();
      expect(kept.packets.length + result.droppedPackets).toBe(packets.length);
      expect(result.totalPackets).toBe(packets.length);

      // What was kept is a subsequence of the input, record by record, and nothing else is missing from it.
      let next = 0;
      let droppedLen = 0;
      for (const packet of packets) {
        if (next < kept.packets.length && kept.packets[next]!.raw === packet.raw) next++;
        else droppedLen += packet.raw.length / 2;
      }
      expect(next).toBe(kept.packets.length);
      expect(result.output.length).toBe(covered.length - droppedLen);
    }
  });

  it.each(named(generated))('%s drops the blocked connection only, in any format', async (_name, path) => {
    const { output, droppedPackets, blockedConnections } = await filterFile(path, 'flow', ruleSet('domain:github.com'));
    expect(blockedConnections).toBe(1);
    expect(droppedPackets).toBeGreaterThan(8);
    const frames = readCapture(output).packets.map(({ data }) => Buffer.from(data, 'hex').toString('latin1'));
    expect(frames.some((frame) => frame.includes('github.com'))).toBe(false);
    expect(frames.some((frame) => frame.includes('example.org'))).toBe(true);
  });

  it.each(['inline', 'flow'] as const)('ends before a block that the input cuts off (%s)', async (mode) => {
    const writer = new PcapngWriter()
      .section()
      .interface()
      .packet({ data: Buffer.alloc(60), timeMicros: 1e15 });
    const wholeLen = writer.bytes().length;
    // Too long to be collected: it is handed on in pieces.
    const bytes = writer
      .custom(1, Buffer.alloc(2_000_000))
      .packet({ data: Buffer.alloc(60), timeMicros: 1e15 })
      .bytes();
    expect((await filterBytes(bytes, mode, ruleSet())).output.equals(bytes)).toBe(true);
    for (const cut of [wholeLen + 70_000, wholeLen + 1_900_000]) {
      const { output, row } = await filterBytes(bytes.subarray(0, cut), mode, ruleSet());
      expect(row.damage).toContain('it ends inside a block');
      expect(output.equals(bytes.subarray(0, wholeLen))).toBe(true);
    }
  });

  it('keeps the blocks of pcapng that are no packets', async () => {
    const path = join(SAMPLES, 'generated/file-all-blocks.pcapng');
    const { output } = await filterFile(path, 'keep', ruleSet('domain:nothing.example'));
    const { packets, covered } = readCapture(readFileSync(path));
    expect(readCapture(output).packets).toEqual([]);
    const recordLen = packets.reduce((sum, { raw }) => sum + raw.length / 2, 0);
    expect(output.length).toBe(covered.length - recordLen);
  });
});
