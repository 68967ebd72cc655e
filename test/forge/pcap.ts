import { LINK_ETHERNET } from './link.js';
import type { ForgedPacket } from './packet.js';

export interface PcapOptions {
  linkType?: number;
  bigEndian?: boolean;
  nanoseconds?: boolean;
  snapLen?: number;
  /** Kuznetzov's modified format, whose record headers are 8 bytes longer. */
  modified?: boolean;
}

const MAGIC_MICROS = 0xa1b2c3d4;
const MAGIC_NANOS = 0xa1b23c4d;
const MAGIC_MODIFIED = 0xa1b2cd34;

/** A capture in the classic format. */
export function pcapFile(packets: readonly ForgedPacket[], options: PcapOptions = {}): Buffer {
  return Buffer.concat([pcapHeader(options), ...packets.map((packet) => pcapRecord(packet, options))]);
}

/** The 24-byte file header. */
export function pcapHeader(options: PcapOptions = {}): Buffer {
  const magic = options.modified ? MAGIC_MODIFIED : options.nanoseconds ? MAGIC_NANOS : MAGIC_MICROS;
  const out = Buffer.alloc(24);
  put32(out, 0, magic, options.bigEndian);
  put16(out, 4, 2, options.bigEndian);
  put16(out, 6, 4, options.bigEndian);
  put32(out, 16, options.snapLen ?? 262_144, options.bigEndian);
  put32(out, 20, options.linkType ?? LINK_ETHERNET, options.bigEndian);
  return out;
}

/** One record: its header and the frame. */
function pcapRecord(packet: ForgedPacket, options: PcapOptions = {}): Buffer {
  const header = Buffer.alloc(options.modified ? 24 : 16);
  const seconds = Math.floor(packet.timeMicros / 1_000_000);
  const micros = Math.floor(packet.timeMicros - seconds * 1_000_000);
  put32(header, 0, seconds, options.bigEndian);
  put32(header, 4, options.nanoseconds ? micros * 1000 + (packet.extraNanos ?? 0) : micros, options.bigEndian);
  put32(header, 8, packet.data.length, options.bigEndian);
  put32(header, 12, packet.wireLen ?? packet.data.length, options.bigEndian);
  return Buffer.concat([header, packet.data]);
}

function put32(buf: Buffer, at: number, value: number, bigEndian = false): void {
  if (bigEndian) buf.writeUInt32BE(value >>> 0, at);
  else buf.writeUInt32LE(value >>> 0, at);
}

function put16(buf: Buffer, at: number, value: number, bigEndian = false): void {
  if (bigEndian) buf.writeUInt16BE(value, at);
  else buf.writeUInt16LE(value, at);
}
