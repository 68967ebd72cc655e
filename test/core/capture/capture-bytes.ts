/** Builds pcap and pcapng bytes by hand, in either byte order, valid or not. */

export interface PcapVariant {
  readonly magic: number;
  readonly littleEndian: boolean;
  readonly version?: readonly [number, number];
  readonly snapLen?: number;
  readonly linkType?: number;
}

export interface TestPacket {
  readonly seconds: number;
  /** µs or ns, as the variant counts. */
  readonly fraction: number;
  readonly data: Buffer;
  readonly originalLen?: number;
  /** Overrides the true captured length. */
  readonly capturedLen?: number;
}

export const MICROS = 0xa1b2c3d4;
export const NANOS = 0xa1b23c4d;
export const MODIFIED = 0xa1b2cd34;

export function pcapHeader({ magic, littleEndian, version, snapLen, linkType }: PcapVariant): Buffer {
  const w = new Words(littleEndian);
  w.u32(magic)
    .u16(version?.[0] ?? 2)
    .u16(version?.[1] ?? 4)
    .u32(0)
    .u32(0);
  return w
    .u32(snapLen ?? 65535)
    .u32(linkType ?? 1)
    .bytes();
}

export function pcapRecord(variant: PcapVariant, packet: TestPacket): Buffer {
  const w = new Words(variant.littleEndian);
  const { data } = packet;
  w.u32(packet.seconds).u32(packet.fraction);
  w.u32(packet.capturedLen ?? data.length).u32(packet.originalLen ?? data.length);
  if (variant.magic === MODIFIED) w.u32(7).u16(0x0800).u16(0);
  return w.raw(data).bytes();
}

export function pcap(variant: PcapVariant, packets: readonly TestPacket[]): Buffer {
  return Buffer.concat([pcapHeader(variant), ...packets.map((packet) => pcapRecord(variant, packet))]);
}

export function block(littleEndian: boolean, type: number, body: Buffer, lengths: readonly number[] = []): Buffer {
  const padding = Buffer.alloc(-body.length & 3);
  const totalLen = 12 + body.length + padding.length;
  const w = new Words(littleEndian);
  w.u32(type)
    .u32(lengths[0] ?? totalLen)
    .raw(body)
    .raw(padding);
  return w.u32(lengths[1] ?? lengths[0] ?? totalLen).bytes();
}

export function sectionHeader(littleEndian: boolean, major = 1): Buffer {
  const w = new Words(littleEndian);
  w.u32(0x1a2b3c4d).u16(major).u16(0).u32(0xffffffff).u32(0xffffffff);
  return block(littleEndian, 0x0a0d0d0a, w.bytes());
}

export function interfaceBlock(
  littleEndian: boolean,
  linkType = 1,
  snapLen = 0,
  options: Buffer = Buffer.alloc(0),
): Buffer {
  return block(littleEndian, 1, new Words(littleEndian).u16(linkType).u16(0).u32(snapLen).raw(options).bytes());
}

export function option(littleEndian: boolean, code: number, value: Buffer): Buffer {
  const w = new Words(littleEndian).u16(code).u16(value.length).raw(value);
  return w.raw(Buffer.alloc(-value.length & 3)).bytes();
}

export interface EnhancedFields {
  readonly interfaceId?: number;
  readonly time?: bigint;
  readonly capturedLen?: number;
  readonly originalLen?: number;
  readonly options?: Buffer;
}

export function enhancedPacketBody(littleEndian: boolean, data: Buffer, fields: EnhancedFields = {}): Buffer {
  const w = new Words(littleEndian).u32(fields.interfaceId ?? 0);
  return packetBody(w, data, fields);
}

export function enhancedPacket(littleEndian: boolean, data: Buffer, fields: EnhancedFields = {}): Buffer {
  return block(littleEndian, 6, enhancedPacketBody(littleEndian, data, fields));
}

export function obsoletePacket(littleEndian: boolean, data: Buffer, fields: EnhancedFields = {}): Buffer {
  const w = new Words(littleEndian).u16(fields.interfaceId ?? 0).u16(0xffff);
  return block(littleEndian, 2, packetBody(w, data, fields));
}

export function simplePacket(littleEndian: boolean, data: Buffer, originalLen = data.length): Buffer {
  return block(littleEndian, 3, new Words(littleEndian).u32(originalLen).raw(data).bytes());
}

function packetBody(w: Words, data: Buffer, fields: EnhancedFields): Buffer {
  const time = fields.time ?? 0n;
  w.u32(Number(time >> 32n)).u32(Number(time & 0xffffffffn));
  w.u32(fields.capturedLen ?? data.length).u32(fields.originalLen ?? data.length);
  return w
    .raw(data)
    .raw(Buffer.alloc(-data.length & 3))
    .raw(fields.options ?? Buffer.alloc(0))
    .bytes();
}

/** A growing run of fields in one byte order. */
class Words {
  private readonly parts: Buffer[] = [];
  constructor(private readonly littleEndian: boolean) {}

  u16(value: number): this {
    const field = Buffer.alloc(2);
    if (this.littleEndian) field.writeUInt16LE(value);
    else field.writeUInt16BE(value);
    return this.raw(field);
  }

  u32(value: number): this {
    const field = Buffer.alloc(4);
    if (this.littleEndian) field.writeUInt32LE(value);
    else field.writeUInt32BE(value);
    return this.raw(field);
  }

  raw(bytes: Buffer): this {
    this.parts.push(bytes);
    return this;
  }

  bytes(): Buffer {
    return Buffer.concat(this.parts);
  }
}
