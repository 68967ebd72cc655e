import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MICROS,
  MODIFIED,
  NANOS,
  type PcapVariant,
  pcap,
  pcapHeader,
  pcapRecord,
  type TestPacket,
} from './capture-bytes.js';
import { readCapture } from './read-capture.js';

const PACKETS: TestPacket[] = [
  { seconds: 1700000000, fraction: 123456, data: Buffer.from('00112233445566', 'hex') },
  { seconds: 0xffffffff, fraction: 999999, data: Buffer.alloc(0), originalLen: 60 },
  { seconds: 1700000002, fraction: 0, data: Buffer.alloc(61, 0xab), originalLen: 1514 },
];

const VARIANTS: [string, PcapVariant][] = [MICROS, NANOS, MODIFIED].flatMap((magic) =>
  [true, false].map((littleEndian): [string, PcapVariant] => [
    `${magic.toString(16)} ${littleEndian ? 'little' : 'big'}-endian`,
    { magic, littleEndian, linkType: 113 },
  ]),
);

describe.each(VARIANTS)('pcap %s', (_name, variant) => {
  const bytes = pcap(variant, PACKETS);

  it('reads every field', () => {
    const { format, packets, damage, covered } = readCapture(bytes);
    const divisor = variant.magic === NANOS ? 1000 : 1;
    expect(format).toBe('pcap');
    expect(damage).toBeNull();
    expect(
      packets.map(({ number, tsMicros, linkType, wireLen, data }) => [number, tsMicros, linkType, wireLen, data]),
    ).toEqual(
      PACKETS.map(({ seconds, fraction, data, originalLen }, i) => [
        i + 1,
        seconds * 1e6 + Math.floor(fraction / divisor),
        113,
        originalLen ?? data.length,
        data.toString('hex'),
      ]),
    );
    expect(packets.map(({ raw }) => raw)).toEqual(PACKETS.map((packet) => pcapRecord(variant, packet).toString('hex')));
    expect(covered.equals(bytes)).toBe(true);
  });

  it('reads the same from pieces of any length', () => {
    const whole = readCapture(bytes);
    for (let pieceLen = 1; pieceLen <= bytes.length; pieceLen++) expect(readCapture(bytes, pieceLen)).toEqual(whole);
  });

  it('reports a cut at every byte', () => {
    const { packets: all } = readCapture(bytes);
    for (let len = 0; len < bytes.length; len++) {
      const { packets, damage, unrecognised, covered } = readCapture(bytes.subarray(0, len));
      if (len < 4) {
        expect([unrecognised, damage, packets]).toEqual([true, null, []]);
        continue;
      }
      expect(packets).toEqual(all.filter(({ offset, raw }) => offset + raw.length / 2 <= len));
      const isClean = covered.length === len;
      expect(isClean ? damage : damage?.byteOffset).toBe(isClean ? null : covered.length);
      if (isClean) continue;
      expect(damage).toMatchObject({ packetNumber: packets.length + 1, lostLen: len - covered.length });
      expect(damage?.message).toMatch(
        /^it ends inside (the file header|a packet record) \(byte \d+, packet \d\), of which/,
      );
    }
  });

  it('stops at an absurd length, and says what was lost', () => {
    const bad = pcapRecord(variant, { ...PACKETS[0]!, capturedLen: 0x7fffffff });
    const { packets, damage } = readCapture(Buffer.concat([bytes, bad, bytes]));
    expect(packets.length).toBe(3);
    expect(damage).toMatchObject({ byteOffset: bytes.length, packetNumber: 4, lostLen: bad.length + bytes.length });
    expect(damage?.message).toContain('claims 2147483647 captured bytes');
  });
});

describe('pcap', () => {
  const variant: PcapVariant = { magic: MICROS, littleEndian: true };

  it('takes the file header alone as a capture without packets', () => {
    expect(readCapture(pcapHeader(variant))).toMatchObject({ format: 'pcap', packets: [], damage: null });
  });

  it('lets packet numbers run on from another file', () => {
    expect(readCapture(pcap(variant, PACKETS), 7, 101).packets.map(({ number }) => number)).toEqual([101, 102, 103]);
  });

  it('masks the FCS and reserved bits of the link type, and accepts any version', () => {
    const odd = { ...variant, linkType: 0x24000001, version: [9, 9] } as const;
    expect(readCapture(pcap(odd, PACKETS)).packets.map(({ linkType }) => linkType)).toEqual([1, 1, 1]);
  });

  it('swaps the lengths of records before version 2.4 where they are the wrong way round', () => {
    const old = { ...variant, version: [2, 2] } as const;
    const data = Buffer.alloc(60, 1);
    const { packets, damage } = readCapture(
      pcap(old, [{ seconds: 1, fraction: 2, data, capturedLen: 100, originalLen: 60 }]),
    );
    expect([damage, packets[0]!.wireLen, packets[0]!.data.length / 2]).toEqual([null, 100, 60]);
  });

  it('reads frames over 256 KiB where the snap length allows them', () => {
    const big: TestPacket = { seconds: 1, fraction: 0, data: Buffer.alloc(1_500_000, 7) };
    const packets = [PACKETS[0]!, big, PACKETS[2]!];
    const roomy = { ...variant, snapLen: 2_000_000 };
    for (const pieceLen of [1000, 300_000, 10_000_000]) {
      const read = readCapture(pcap(roomy, packets), pieceLen);
      expect(read.damage).toBeNull();
      expect(read.packets.map(({ data }) => data.length / 2)).toEqual([7, 1_500_000, 61]);
    }
    const refused = readCapture(pcap(variant, packets));
    expect([refused.packets.length, refused.damage?.byteOffset]).toEqual([1, 24 + 16 + 7]);
  });

  it('reads frames of exactly 256 KiB whatever the snap length', () => {
    const data = Buffer.alloc(262_144, 7);
    const read = readCapture(pcap(variant, [{ seconds: 1, fraction: 0, data }, PACKETS[0]!]), 5000);
    expect([read.damage, read.packets.length]).toEqual([null, 2]);
  });

  it('survives random bytes behind a header', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 400 }),
        (tail, little, pieceLen) => {
          const bytes = Buffer.concat([pcapHeader({ ...variant, littleEndian: little }), tail]);
          const read = readCapture(bytes, pieceLen);
          expect(read.covered.equals(bytes.subarray(0, read.covered.length))).toBe(true);
          expect(read.damage === null).toBe(read.covered.length === bytes.length);
        },
      ),
      { numRuns: 300 },
    );
  });
});
