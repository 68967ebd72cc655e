import { describe, expect, it } from 'vitest';
import { netmonFile } from '../../forge/netmon.js';
import { FORGE_EPOCH_MICROS, type ForgedPacket } from '../../forge/packet.js';
import { snoopFile } from '../../forge/snoop.js';
import { readCapture } from './read-capture.js';

const PACKETS: ForgedPacket[] = Array.from({ length: 300 }, (_, n) => ({
  data: Buffer.alloc(14 + (n % 7), n),
  timeMicros: FORGE_EPOCH_MICROS + n * 1_000_003,
  wireLen: 14 + (n % 7) + (n % 3) * 100,
}));

const EXPECTED = PACKETS.map(({ data, timeMicros, wireLen }, n) => ({
  number: n + 1,
  data: data.toString('hex'),
  tsMicros: timeMicros,
  wireLen,
  linkType: 1,
}));

const FILES: [name: string, format: string, file: Buffer][] = [
  ['snoop', 'snoop', snoopFile(PACKETS)],
  ['NetMon 2.0', 'netmon', netmonFile(PACKETS, { minor: 0 })],
  ['NetMon 2.1', 'netmon', netmonFile(PACKETS, { minor: 1 })],
  ['NetMon 2.2', 'netmon', netmonFile(PACKETS, { minor: 2 })],
  ['NetMon 2.3', 'netmon', netmonFile(PACKETS)],
  ['NetMon with comments before the table', 'netmon', netmonFile(PACKETS, { comments: Buffer.alloc(999, 0xff) })],
];

describe.each(FILES)('%s', (_name, format, file) => {
  it.each([1, 7, 4096, file.length])('reads the packets in pieces of %i bytes', (pieceLen) => {
    const capture = readCapture(file, pieceLen);
    expect(capture).toMatchObject({ format, damage: null, unrecognised: false });
    expect(capture.packets).toMatchObject(EXPECTED);
    expect(capture.packets).toHaveLength(EXPECTED.length);
    expect(capture.covered.equals(file)).toBe(true);
  });

  it('reads the whole packets of a file that is cut at any length', () => {
    const short = file.subarray(0, 700);
    for (let len = 12; len <= short.length; len++) {
      const capture = readCapture(Buffer.from(short.subarray(0, len)));
      expect(capture.packets).toMatchObject(EXPECTED.slice(0, capture.packets.length));
      const last = capture.packets.at(-1);
      const readLen = last === undefined ? 0 : last.offset + last.raw.length / 2;
      expect(readLen).toBeLessThanOrEqual(len);
      if (capture.damage !== null) expect(capture.damage.message).toContain('it ends inside');
    }
  });

  it('ends at a length that no packet has', () => {
    for (const value of [0x7fffffff, 0xffffffff, 0x00ffffff]) {
      for (const at of format === 'snoop' ? [20, 24] : [128 + 12]) {
        const damaged = Buffer.from(file);
        if (format === 'snoop') damaged.writeUInt32BE(value, at);
        else damaged.writeUInt32LE(value, at);
        const capture = readCapture(damaged);
        expect(capture.packets).toHaveLength(0);
        expect(capture.damage?.message).toContain('captured bytes');
      }
    }
  });

  it('stands any changed byte', () => {
    for (let at = 0; at < 400; at++) {
      const changed = Buffer.from(file);
      changed[at] = changed[at]! ^ 0xff;
      expect(readCapture(changed).packets.length).toBeLessThanOrEqual(PACKETS.length);
    }
  });
});

it('maps the link types of snoop, and leaves unknown ones unknown', () => {
  const linkTypeOf = (code: number) => readCapture(snoopFile(PACKETS.slice(0, 1), code)).packets[0]!.linkType;
  expect([0, 2, 4, 8, 26, 9].map(linkTypeOf)).toEqual([1, 6, 1, 10, 242, 0xffff]);
});

it('names a version of snoop or NetMon that it does not know', () => {
  expect(readCapture(snoopFile(PACKETS, 4, 3)).damage?.message).toContain('version 3 of snoop');
  const netmon = netmonFile(PACKETS);
  netmon[5] = 3;
  expect(readCapture(netmon).damage?.message).toContain('version 3.3 of NetMon');
});

it('reads the medium of each NetMon frame, and passes frames that are no packets', () => {
  const mediumOf = (n: number) => [1, 0xffe0, 0xe000 + 113, 9, 0xfffb, 5][n]!;
  const capture = readCapture(netmonFile(PACKETS.slice(0, 6), { mediumOf }));
  expect(capture.packets.map(({ linkType }) => linkType)).toEqual([1, 113, 101, 0xffff]);
});
