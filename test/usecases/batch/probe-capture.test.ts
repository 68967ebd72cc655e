/** What a planner reads of a capture: its begin, and its end where that can be found. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probeCapture } from '../../../src/usecases/batch/probe-capture.js';
import { FORGE_EPOCH_MICROS, type ForgedPacket } from '../../forge/packet.js';
import { type PcapOptions, pcapFile } from '../../forge/pcap.js';
import { PcapngWriter } from '../../forge/pcapng.js';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'dpi-probe-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const FIRST = FORGE_EPOCH_MICROS / 1e6;
/** Packets one second apart, of which the zeros look like records of their own. */
const packets: ForgedPacket[] = Array.from({ length: 300 }, (_, n) => ({
  data: Buffer.alloc(n === 299 ? 1500 : 40 + n, n % 3),
  timeMicros: FORGE_EPOCH_MICROS + n * 1e6,
}));

async function probe(bytes: Buffer) {
  const path = join(root, 'capture');
  writeFileSync(path, bytes);
  const { first_seen, last_seen, link_type, format } = await probeCapture(path);
  return { first_seen, last_seen, link_type, format };
}

describe('probeCapture', () => {
  it.each<[string, PcapOptions]>([
    ['little-endian', {}],
    ['big-endian', { bigEndian: true }],
    ['nanoseconds', { nanoseconds: true }],
    ['modified', { modified: true }],
    ['another link type', { linkType: 101 }],
  ])('finds the first and the last packet of pcap: %s', async (_, options) => {
    expect(await probe(pcapFile(packets, options))).toEqual({
      first_seen: FIRST,
      last_seen: FIRST + 299,
      link_type: options.linkType ?? 1,
      format: 'pcap',
    });
  });

  it.each([false, true])(
    'finds them in pcapng, behind which statistics may stand (big-endian: %s)',
    async (bigEndian) => {
      const writer = new PcapngWriter().section(bigEndian).interface({ resolution: 9 });
      for (const packet of packets) writer.packet(packet);
      const file = writer.statistics().bytes();
      expect(await probe(file)).toMatchObject({ first_seen: FIRST, last_seen: FIRST + 299 });
    },
  );

  it('finds no end where the last record is cut, where the file is packed, and without packets', async () => {
    const bytes = pcapFile(packets);
    expect(await probe(bytes.subarray(0, bytes.length - 1))).toMatchObject({ first_seen: FIRST, last_seen: null });
    expect(await probe(gzipSync(bytes))).toMatchObject({ first_seen: FIRST, last_seen: null });
    expect(await probe(pcapFile([]))).toEqual({ first_seen: null, last_seen: null, link_type: null, format: 'pcap' });
  });

  it('finds them at every length of a short capture, or none, and never throws', async () => {
    const bytes = pcapFile(packets.slice(0, 3));
    const ends = new Set<number | null>();
    for (let len = 24; len <= bytes.length; len++) ends.add((await probe(bytes.subarray(0, len))).last_seen);
    expect([...ends]).toEqual([null, FIRST, FIRST + 1, FIRST + 2]);
  });

  it('refuses what is no capture', async () => {
    await expect(probe(Buffer.from('hello, world'))).rejects.toThrow('is no pcap or pcapng capture');
    await expect(probe(Buffer.alloc(0))).rejects.toThrow('is empty');
  });
});
