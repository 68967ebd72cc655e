import { LINK_ETHERNET } from './link.js';
import type { ForgedPacket } from './packet.js';

const BLOCK_SECTION = 0x0a0d0d0a;
const BLOCK_INTERFACE = 1;
const BLOCK_OBSOLETE_PACKET = 2;
const BLOCK_SIMPLE_PACKET = 3;
const BLOCK_NAME_RESOLUTION = 4;
const BLOCK_STATISTICS = 5;
const BLOCK_ENHANCED_PACKET = 6;
const BLOCK_SECRETS = 10;
const BLOCK_CUSTOM = 0xbad;

export interface PcapngInterface {
  linkType?: number;
  snapLen?: number;
  name?: string;
  /** The if_tsresol byte: 6 micro-, 9 nanoseconds, with bit 7 a power of two. Left out: no option, microseconds. */
  resolution?: number;
  /** if_tsoffset, seconds to add to every time stamp. */
  offsetSeconds?: number;
}

export interface PcapngOption {
  code: number;
  value: Buffer;
}

/** Writes a pcapng file block by block (draft-ietf-opsawg-pcapng). `sections` may differ in byte order. */
export class PcapngWriter {
  private readonly blocks: Buffer[] = [];
  private interfaces: PcapngInterface[] = [];
  private bigEndian = false;

  /** A section header; the interfaces of the section before are forgotten. */
  section(bigEndian = false, comment?: string): this {
    this.bigEndian = bigEndian;
    this.interfaces = [];
    const length = Buffer.alloc(8, 0xff);
    return this.block(BLOCK_SECTION, [
      this.u32(0x1a2b3c4d),
      this.u16(1),
      this.u16(0),
      length,
      ...this.options(comment ? [{ code: 1, value: Buffer.from(comment) }] : []),
    ]);
  }

  interface(description: PcapngInterface = {}): this {
    this.interfaces.push(description);
    const options: PcapngOption[] = [];
    if (description.name) options.push({ code: 2, value: Buffer.from(description.name) });
    if (description.resolution !== undefined) options.push({ code: 9, value: Buffer.from([description.resolution]) });
    if (description.offsetSeconds !== undefined)
      options.push({ code: 14, value: this.u64(BigInt(description.offsetSeconds)) });
    const linkType = this.u16(description.linkType ?? LINK_ETHERNET);
    return this.block(BLOCK_INTERFACE, [
      linkType,
      this.u16(0),
      this.u32(description.snapLen ?? 0),
      ...this.options(options),
    ]);
  }

  /** An Enhanced Packet Block, optionally with a comment. */
  packet(packet: ForgedPacket, interfaceId = 0, comment?: string): this {
    return this.block(BLOCK_ENHANCED_PACKET, [
      this.u32(interfaceId),
      ...this.timestamp(packet, interfaceId),
      this.u32(packet.data.length),
      this.u32(packet.wireLen ?? packet.data.length),
      padded(packet.data),
      ...this.options(comment ? [{ code: 1, value: Buffer.from(comment) }] : []),
    ]);
  }

  /** The obsolete Packet Block, with a drop count of 0xffff (unknown). */
  obsoletePacket(packet: ForgedPacket, interfaceId = 0): this {
    return this.block(BLOCK_OBSOLETE_PACKET, [
      this.u16(interfaceId),
      this.u16(0xffff),
      ...this.timestamp(packet, interfaceId),
      this.u32(packet.data.length),
      this.u32(packet.wireLen ?? packet.data.length),
      padded(packet.data),
    ]);
  }

  /** A Simple Packet Block: interface 0, no time, the captured length follows from the snap length. */
  simplePacket(packet: ForgedPacket): this {
    return this.block(BLOCK_SIMPLE_PACKET, [this.u32(packet.wireLen ?? packet.data.length), padded(packet.data)]);
  }

  /** A name resolution block with one IPv4 record. */
  nameResolution(address: Buffer, name: string): this {
    const value = Buffer.concat([address, Buffer.from(`${name}\0`)]);
    return this.block(BLOCK_NAME_RESOLUTION, [this.u16(1), this.u16(value.length), padded(value), this.u32(0)]);
  }

  statistics(interfaceId = 0): this {
    return this.block(BLOCK_STATISTICS, [this.u32(interfaceId), this.u32(0), this.u32(0)]);
  }

  /** A decryption secrets block in the TLS key log format. */
  secrets(keyLog: string): this {
    const value = Buffer.from(keyLog);
    return this.block(BLOCK_SECRETS, [this.u32(0x544c534b), this.u32(value.length), padded(value)]);
  }

  custom(enterprise: number, value: Buffer): this {
    return this.block(BLOCK_CUSTOM, [this.u32(enterprise), padded(value)]);
  }

  /** A block of any type. */
  block(type: number, body: readonly Buffer[]): this {
    const content = Buffer.concat(body);
    const total = this.u32(content.length + 12);
    this.blocks.push(this.u32(type), total, content, total);
    return this;
  }

  bytes(): Buffer {
    return Buffer.concat(this.blocks);
  }

  private timestamp(packet: ForgedPacket, interfaceId: number): Buffer[] {
    const { resolution = 6, offsetSeconds = 0 } = this.interfaces[interfaceId] ?? {};
    const nanos = BigInt(packet.timeMicros - offsetSeconds * 1_000_000) * 1000n + BigInt(packet.extraNanos ?? 0);
    const unitsPerSecond = resolution & 0x80 ? 2n ** BigInt(resolution & 0x7f) : 10n ** BigInt(resolution);
    const units = (nanos * unitsPerSecond) / 1_000_000_000n;
    return [this.u32(Number(units >> 32n)), this.u32(Number(units & 0xffff_ffffn))];
  }

  private options(options: readonly PcapngOption[]): Buffer[] {
    if (options.length === 0) return [];
    const written = options.flatMap(({ code, value }) => [this.u16(code), this.u16(value.length), padded(value)]);
    return [...written, this.u32(0)];
  }

  private u16(value: number): Buffer {
    const out = Buffer.alloc(2);
    if (this.bigEndian) out.writeUInt16BE(value);
    else out.writeUInt16LE(value);
    return out;
  }

  private u32(value: number): Buffer {
    const out = Buffer.alloc(4);
    if (this.bigEndian) out.writeUInt32BE(value >>> 0);
    else out.writeUInt32LE(value >>> 0);
    return out;
  }

  private u64(value: bigint): Buffer {
    const out = Buffer.alloc(8);
    if (this.bigEndian) out.writeBigUInt64BE(value);
    else out.writeBigUInt64LE(value);
    return out;
  }
}

/** A file with one section and one interface. */
export function pcapngFile(
  packets: readonly ForgedPacket[],
  description: PcapngInterface = {},
  bigEndian = false,
): Buffer {
  const writer = new PcapngWriter().section(bigEndian).interface(description);
  for (const packet of packets) writer.packet(packet);
  return writer.bytes();
}

function padded(data: Buffer): Buffer {
  const pad = -data.length & 3;
  return pad === 0 ? data : Buffer.concat([data, Buffer.alloc(pad)]);
}
