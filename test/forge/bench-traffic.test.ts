import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeBulk } from '../../bench/bulk.js';
import { CaptureStream } from '../../bench/capture-stream.js';
import { FLOODS, writeFlood } from '../../bench/floods.js';
import { writeMix } from '../../bench/mix.js';
import { writeReal } from '../../bench/real.js';
import { writeSmall } from '../../bench/small.js';
import { foldChecksum, onesSum } from './checksum.js';

const folder = mkdtempSync(join(tmpdir(), 'dpi-traffic-'));
afterAll(() => rmSync(folder, { recursive: true }));

const kinds: [string, (out: CaptureStream) => unknown][] = [
  ['mix', (out) => writeMix(out, 0.001)],
  ['small', (out) => writeSmall(out, 0.0005)],
  ['bulk', (out) => writeBulk(out, 0.0005)],
  ['real', (out) => writeReal(out, [new URL('../../samples/demo.pcap', import.meta.url).pathname], 700_000)],
];

describe('floods', () => {
  it.each(FLOODS)('are the same every time: %s', (kind) => {
    const files = [0, 1].map(() => {
      const path = join(folder, `${kind}.pcap`);
      const out = new CaptureStream(path);
      writeFlood(out, kind, 0.002);
      out.finish();
      // Some kinds end with a round of all their connections.
      expect(out.packets).toBeGreaterThanOrEqual(2000);
      return readFileSync(path);
    });
    expect(files[0]!.length).toBeGreaterThan(50_000);
    expect(files[0]!.equals(files[1]!)).toBe(true);
  });
});

describe.each(kinds)('benchmark traffic: %s', (name, write) => {
  const make = (): Buffer => {
    const path = join(folder, `${name}.pcap`);
    const out = new CaptureStream(path);
    write(out);
    out.finish();
    const file = readFileSync(path);
    expect(file.length).toBe(out.bytes);
    return file;
  };

  it('is the same every time, in order of time, with right checksums', () => {
    const file = make();
    expect(make().equals(file)).toBe(true);
    let last = 0;
    let packets = 0;
    for (let at = 24; at < file.length; packets++) {
      const time = file.readUInt32LE(at) * 1e6 + file.readUInt32LE(at + 4);
      expect(time).toBeGreaterThanOrEqual(last);
      last = time;
      const start = at + 16;
      const end = start + file.readUInt32LE(at + 8);
      expect(checksumsAreRight(file.subarray(start + 14, end)), `packet ${packets}`).toBe(true);
      at = end;
    }
    expect(packets).toBeGreaterThan(500);
  });
});

function checksumsAreRight(ip: Buffer): boolean {
  const isV4 = ip[0] === 0x45;
  const start = isV4 ? 20 : 40;
  const proto = isV4 ? ip[9]! : ip[6]!;
  if (proto !== 6 && proto !== 17) return true;
  const end = isV4 ? ip.readUInt16BE(2) : 40 + ip.readUInt16BE(4);
  const pseudo = onesSum(ip, isV4 ? 12 : 8, start) + proto + (end - start);
  const headerIsRight = !isV4 || foldChecksum(onesSum(ip, 0, 20)) === 0;
  return headerIsRight && foldChecksum(onesSum(ip, start, end, pseudo)) === 0;
}
