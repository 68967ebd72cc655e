import type { ForgedPacket } from './packet.js';

const HEADER_LEN = 128;
const MICROS_1601_TO_1970 = 11_644_473_600_000_000n;

export interface NetmonOptions {
  /** Minor version, 0 to 3: what follows each frame. */
  minor?: number;
  /** Medium of each frame; Ethernet unless given. */
  mediumOf?: (index: number) => number;
  /** A section between frames and frame table, such as comments. */
  comments?: Buffer;
}

/** A Microsoft Network Monitor 2 capture that starts at the first packet. */
export function netmonFile(packets: readonly ForgedPacket[], options: NetmonOptions = {}): Buffer {
  const { minor = 3, mediumOf = () => 1, comments = Buffer.alloc(0) } = options;
  const start = Math.floor((packets[0]?.timeMicros ?? 0) / 1000) * 1000;
  const frames = packets.map((packet, index) => frame(packet, start, minor, mediumOf(index)));
  const table = Buffer.alloc(4 * frames.length);
  let at = HEADER_LEN;
  for (const [index, { length }] of frames.entries()) {
    table.writeUInt32LE(at, 4 * index);
    at += length;
  }
  const header = Buffer.alloc(HEADER_LEN);
  header.write('GMBU', 'latin1');
  header[4] = minor;
  header[5] = 2;
  header.writeUInt16LE(1, 6);
  const date = new Date(start / 1000);
  const fields = [
    date.getUTCFullYear(),
    date.getUTCMonth() + 1,
    date.getUTCDay(),
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
    date.getUTCMilliseconds(),
  ];
  for (const [index, value] of fields.entries()) header.writeUInt16LE(value, 8 + 2 * index);
  header.writeUInt32LE(at + comments.length, 24);
  header.writeUInt32LE(table.length, 28);
  header.writeUInt32LE(comments.length === 0 ? 0 : at, 40);
  header.writeUInt32LE(comments.length, 44);
  return Buffer.concat([header, ...frames, comments, table]);
}

function frame({ data, timeMicros, wireLen }: ForgedPacket, start: number, minor: number, medium: number): Buffer {
  const header = Buffer.alloc(16);
  header.writeBigUInt64LE(BigInt(timeMicros - start), 0);
  header.writeUInt32LE(wireLen ?? data.length, 8);
  header.writeUInt32LE(data.length, 12);
  const trailer = Buffer.alloc([0, 2, 6, 15][minor] ?? 15);
  if (minor > 0) trailer.writeUInt16LE(medium, 0);
  if (minor >= 3) trailer.writeBigUInt64LE((BigInt(timeMicros) + MICROS_1601_TO_1970) * 10n, 6);
  return Buffer.concat([header, data, trailer]);
}
