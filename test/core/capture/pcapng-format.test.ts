import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  block,
  enhancedPacket,
  enhancedPacketBody,
  interfaceBlock,
  obsoletePacket,
  option,
  sectionHeader,
  simplePacket,
} from './capture-bytes.js';
import { readCapture } from './read-capture.js';

const DATA = Buffer.from('00112233445566778899aabbccddeeff00', 'hex');
const MICROS_TIME = 1_700_000_000_123_456n;
const NANOS_TIME = 1_700_000_000_123_456_999n;
const NAME_RESOLUTION = 4;
const STATISTICS = 5;
const SECRETS = 10;
const CUSTOM = 0x0bad;
const TS_RESOL = 9;
const TS_OFFSET = 14;

/** A section with every kind of block that holds packets, and others between them. */
function section(le: boolean): Buffer {
  const comment = option(le, 1, Buffer.from('a comment'));
  const nanos = Buffer.concat([comment, option(le, TS_RESOL, Buffer.from([9])), option(le, 0, Buffer.alloc(0))]);
  return Buffer.concat([
    sectionHeader(le),
    interfaceBlock(le, 1, 16),
    enhancedPacket(le, DATA, { time: MICROS_TIME, originalLen: 1514 }),
    block(le, NAME_RESOLUTION, Buffer.alloc(21, 1)),
    interfaceBlock(le, 113, 0, nanos),
    enhancedPacket(le, DATA, { time: NANOS_TIME, interfaceId: 1, options: comment }),
    block(le, SECRETS, Buffer.alloc(40, 2)),
    simplePacket(le, DATA.subarray(0, 16), 40),
    obsoletePacket(le, DATA, { time: MICROS_TIME + 5n }),
    block(le, STATISTICS, Buffer.alloc(12, 3)),
    block(le, CUSTOM, Buffer.alloc(0)),
    block(le, 0x77777777, Buffer.alloc(3)),
  ]);
}

const EXPECTED = [
  [1, 1514, 1_700_000_000_123_456, DATA.length],
  [113, 17, 1_700_000_000_123_456, DATA.length],
  [1, 40, 1_700_000_000_123_456, 16],
  [1, 17, 1_700_000_000_123_461, DATA.length],
];

function rows(bytes: Buffer): number[][] {
  return readCapture(bytes).packets.map(({ linkType, wireLen, tsMicros, data }) => [
    linkType,
    wireLen,
    tsMicros,
    data.length / 2,
  ]);
}

describe.each([
  ['little-endian', true],
  ['big-endian', false],
])('pcapng, %s', (_name, le) => {
  const bytes = section(le);

  it('reads the packets of all block kinds and passes over the rest', () => {
    const { format, damage, covered } = readCapture(bytes);
    expect([format, damage]).toEqual(['pcapng', null]);
    expect(rows(bytes)).toEqual(EXPECTED);
    expect(covered.equals(bytes)).toBe(true);
  });

  it('reads sections of both byte orders, each with its own interfaces', () => {
    expect(rows(Buffer.concat([bytes, section(!le), section(le)]))).toEqual([...EXPECTED, ...EXPECTED, ...EXPECTED]);
  });

  it('reads the same from pieces of any length', () => {
    const whole = readCapture(bytes);
    for (let pieceLen = 1; pieceLen <= bytes.length; pieceLen++) expect(readCapture(bytes, pieceLen)).toEqual(whole);
  });

  it('reports a cut at every byte', () => {
    const { packets: all } = readCapture(bytes);
    let clean = 0;
    for (let len = 4; len < bytes.length; len++) {
      const { packets, damage, covered } = readCapture(bytes.subarray(0, len));
      expect(packets).toEqual(all.filter(({ offset, raw }) => offset + raw.length / 2 <= len));
      expect(damage === null).toBe(covered.length === len);
      if (damage === null) clean++;
      else expect(damage).toMatchObject({ byteOffset: covered.length, lostLen: len - covered.length });
    }
    expect(clean).toBe(11);
  });

  it.each([
    ['lengths that differ', block(le, 6, enhancedPacketBody(le, DATA), [52, 64]), /two lengths, 52 .* and 64/],
    ['a length below 12', block(le, CUSTOM, Buffer.alloc(20), [8]), /claims 8 bytes/],
    ['zero bytes', Buffer.alloc(64), /claims 0 bytes/],
    [
      'a packet block over the cap',
      block(le, 6, enhancedPacketBody(le, DATA), [0x7ffffff0]),
      /claims 2147483632 bytes/,
    ],
    ['more captured than the block holds', enhancedPacket(le, DATA, { capturedLen: 100 }), /claims 100 captured/],
    [
      'an undefined interface',
      enhancedPacket(le, DATA, { interfaceId: 2 }),
      /names interface 2, .* describes 2 so far/,
    ],
    ['a simple packet that is too short', simplePacket(le, Buffer.alloc(4), 16), /claims 16 captured/],
    ['a packet block without its fields', block(le, 6, Buffer.alloc(12)), /too short/],
    ['an interface without its fields', block(le, 1, Buffer.alloc(4)), /too short/],
    ['a section header without its fields', block(le, 0x0a0d0d0a, sectionHeader(le).subarray(8, 16)), /too short/],
    ['a section of version 2', sectionHeader(le, 2), /version 2/],
    ['a section without byte-order magic', block(le, 0x0a0d0d0a, Buffer.alloc(16, 9)), /byte-order magic/],
  ])('stops at %s', (_what, bad, sentence) => {
    const { packets, damage } = readCapture(Buffer.concat([bytes, bad, enhancedPacket(le, DATA)]), 50);
    expect(packets.length).toBe(4);
    expect(damage).toMatchObject({ byteOffset: bytes.length, packetNumber: 5 });
    expect(damage?.message).toMatch(sentence);
  });

  it('rounds up block lengths that leave the padding out', () => {
    const unpadded = block(le, 6, enhancedPacketBody(le, DATA), [32 + 17]);
    expect(
      rows(Buffer.concat([sectionHeader(le), interfaceBlock(le), unpadded, enhancedPacket(le, DATA)])).length,
    ).toBe(2);
  });

  it('passes over blocks longer than any buffer, in pieces', () => {
    const long = block(le, CUSTOM, Buffer.alloc(17 * 1024 * 1024, 5));
    const whole = Buffer.concat([bytes, long, enhancedPacket(le, DATA)]);
    for (const pieceLen of [65_537, whole.length]) {
      expect(readCapture(whole, pieceLen)).toMatchObject({ damage: null, packets: { length: 5 } });
    }
    const { damage, packets } = readCapture(whole.subarray(0, bytes.length + 1_000_000), 65_537);
    expect([packets.length, damage?.packetNumber]).toEqual([4, 5]);
    const mismatch = Buffer.concat([bytes, block(le, CUSTOM, Buffer.alloc(300_000), [300_012, 4]), bytes]);
    expect(readCapture(mismatch, 5000).damage?.message).toMatch(/300012 bytes states 4 bytes at its end/);
  });

  it('says the same of a long damaged block whether it comes whole or in pieces', () => {
    const long = block(le, NAME_RESOLUTION, Buffer.alloc(100_000, 7), [100_012, 100_020]);
    const file = Buffer.concat([section(le), long, section(le)]);
    const whole = readCapture(file);
    expect(whole.damage?.message).toMatch(/^a block of 100012 bytes states 100020 bytes at its end/);
    for (const pieceLen of [70_000, 99_999, 7]) expect(readCapture(file, pieceLen)).toEqual(whole);
  });

  it('reads packets over 256 KiB', () => {
    const big = enhancedPacket(le, Buffer.alloc(700_000, 1));
    const read = readCapture(Buffer.concat([bytes, big, enhancedPacket(le, DATA)]), 10_000);
    expect([read.damage, read.packets.length, read.packets[4]!.wireLen]).toEqual([null, 6, 700_000]);
  });

  it.each([
    ['seconds', [0], 1_700_000_000n, 1_700_000_000_000_000],
    ['ms', [3], 1_700_000_000_123n, 1_700_000_000_123_000],
    ['µs', [6], MICROS_TIME, 1_700_000_000_123_456],
    ['100 ns', [7], 17_000_000_001_234_569n, 1_700_000_000_123_456],
    ['ns', [9], NANOS_TIME, 1_700_000_000_123_456],
    ['10 ps', [11], 170_000_000_012_345_699n, 1_700_000_000_123_456 / 1000],
    ['2^-10 s', [0x8a], 1_700_000_000n * 1024n + 512n, 1_700_000_000_500_000],
    ['2^-32 s', [0xa0], 1_700_000_000n * 4294967296n + 2147483648n, 1_700_000_000_500_000],
  ])('counts time in %s', (_unit, resolution, time, micros) => {
    const idb = interfaceBlock(le, 1, 0, option(le, TS_RESOL, Buffer.from(resolution)));
    const [packet] = readCapture(Buffer.concat([sectionHeader(le), idb, enhancedPacket(le, DATA, { time })])).packets;
    expect(packet!.tsMicros).toBe(Math.floor(micros));
  });

  it('adds the time offset of the interface, negative ones too', () => {
    const offset = Buffer.alloc(8);
    for (const seconds of [1_000_000_000n, -5n]) {
      if (le) offset.writeBigInt64LE(seconds);
      else offset.writeBigInt64BE(seconds);
      const idb = interfaceBlock(le, 1, 0, option(le, TS_OFFSET, offset));
      const [packet] = readCapture(
        Buffer.concat([sectionHeader(le), idb, enhancedPacket(le, DATA, { time: 9_000_007n })]),
      ).packets;
      expect(packet!.tsMicros).toBe(9_000_007 + Number(seconds) * 1e6);
    }
  });

  it('survives options that run past their block', () => {
    const options = Buffer.concat([option(le, 2, Buffer.from('eth0')), Buffer.from([0, 9, 9, 0, 9, 0])]);
    expect(
      rows(Buffer.concat([sectionHeader(le), interfaceBlock(le, 1, 0, options), enhancedPacket(le, DATA)])).length,
    ).toBe(1);
  });

  it('survives changed bytes anywhere', () => {
    const changes = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(changes, fc.integer({ min: 1, max: 600 }), (edits, pieceLen) => {
        const changed = Buffer.from(bytes);
        for (const [at, value] of edits) changed[at] = value;
        const read = readCapture(changed, pieceLen);
        expect(read.covered.equals(changed.subarray(0, read.covered.length))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
