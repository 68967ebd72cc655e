import { describe, expect, it } from 'vitest';
import { FORGE_EPOCH_MICROS, type ForgedPacket } from '../../forge/packet.js';
import { type PcapOptions, pcapFile } from '../../forge/pcap.js';
import { snoopFile } from '../../forge/snoop.js';
import { enhancedPacket, interfaceBlock, sectionHeader } from './capture-bytes.js';
import { readCapture } from './read-capture.js';

const packets = (fill: number): ForgedPacket[] =>
  Array.from({ length: 3 }, (_, n) => ({ data: Buffer.alloc(20 + n, fill), timeMicros: FORGE_EPOCH_MICROS + n }));

const pcap = (fill: number, options?: PcapOptions) => pcapFile(packets(fill), options);
const pcapng = (fill: number, littleEndian = true) =>
  Buffer.concat([
    sectionHeader(littleEndian),
    interfaceBlock(littleEndian),
    ...packets(fill).map(({ data, timeMicros }) => enhancedPacket(littleEndian, data, { time: BigInt(timeMicros) })),
  ]);

const cases: [name: string, first: Buffer, second: Buffer, linkType: number][] = [
  ['pcap, pcap', pcap(1), pcap(2), 1],
  ['pcap, pcap of another link type', pcap(1), pcap(2, { linkType: 101 }), 101],
  ['pcap, pcap in the other byte order', pcap(1), pcap(2, { bigEndian: true }), 1],
  ['pcap in ns, modified pcap', pcap(1, { nanoseconds: true }), pcap(2, { modified: true }), 1],
  ['modified pcap, pcap', pcap(1, { modified: true }), pcap(2), 1],
  ['pcap, pcapng', pcap(1), pcapng(2), 1],
  ['big-endian pcap, big-endian pcapng', pcap(1, { bigEndian: true }), pcapng(2, false), 1],
  ['pcapng, pcap', pcapng(1), pcap(2), 1],
  ['pcapng, big-endian pcap', pcapng(1), pcap(2, { bigEndian: true }), 1],
];

describe('capture files one behind the other', () => {
  it.each(cases)('%s', (_name, first, second, linkType) => {
    const file = Buffer.concat([first, second]);
    for (const pieceLen of [1, 13, file.length]) {
      const capture = readCapture(file, pieceLen);
      expect(capture.damage).toBeNull();
      expect(capture.covered.equals(file)).toBe(true);
      expect(capture.packets.map(({ number, data }) => [number, data.slice(0, 2), data.length / 2])).toEqual([
        [1, '01', 20],
        [2, '01', 21],
        [3, '01', 22],
        [4, '02', 20],
        [5, '02', 21],
        [6, '02', 22],
      ]);
      expect(capture.packets.map((packet) => packet.tsMicros - FORGE_EPOCH_MICROS)).toEqual([0, 1, 2, 0, 1, 2]);
      expect(capture.packets[5]!.linkType).toBe(linkType);
    }
  });

  it('reads three in a row, an empty one among them', () => {
    const capture = readCapture(Buffer.concat([pcap(1), pcapFile([]), pcap(2)]));
    expect(capture.packets).toHaveLength(6);
  });

  it('says where a header is cut', () => {
    const first = pcap(1);
    for (let len = 1; len < 24; len++) {
      const capture = readCapture(Buffer.concat([first, pcap(2).subarray(0, len)]));
      expect(capture.packets).toHaveLength(3);
      expect(capture.damage?.byteOffset).toBe(first.length);
    }
  });

  it('takes an empty packet of an ordinary time for what it is', () => {
    const empty: ForgedPacket = { data: Buffer.alloc(0), timeMicros: FORGE_EPOCH_MICROS };
    expect(readCapture(pcapFile([empty, ...packets(1), empty])).packets).toHaveLength(5);
  });

  it('does not look for other formats behind a snoop file', () => {
    expect(readCapture(Buffer.concat([snoopFile(packets(1)), pcap(2)])).damage).not.toBeNull();
  });
});
