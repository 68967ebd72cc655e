/** pcapng blocks (draft-ietf-opsawg-pcapng-03 §4). */
const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE = 1;
const OBSOLETE_PACKET = 2;
export const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;
const MAGIC = 0x1a2b3c4d;
const SECTION_LEN = 28;
const INTERFACE_LEN = 20;
const PACKET_LEN = 32;
const SIMPLE_LEN = 16;
const UNKNOWN_LEN = 0xffff_ffff;

/** Options of an interface that say how to read times and frames; no others are copied. */
const TS_RESOL = 9;
const FCS_LEN = 13;
const TS_OFFSET = 14;
const KEPT_OPTIONS = new Set([TS_RESOL, FCS_LEN, TS_OFFSET]);

/** Names of blocks that are left out, for the report. */
const BLOCK_NAMES: Readonly<Record<number, string>> = {
  4: 'name resolution',
  5: 'interface statistics',
  7: 'IRIG time stamps',
  9: 'systemd journal',
  10: 'decryption secrets',
  2989: 'custom',
  1073744813: 'custom',
};

/** Takes the bytes of the copy. */
export type Emit = (bytes: Buffer) => void;

/** Copies a pcapng file block by block; sections and interfaces lose all that may name hosts and users. */
export class PcapngCopy {
  /** What was left out, with how often. */
  readonly leftOut = new Map<string, number>();
  private littleEndian = true;
  /** Units of time in a second, by interface of the section. */
  private units: bigint[] = [];
  /** Bytes of a block that goes on in the next piece. */
  private skipLen = 0;

  constructor(
    private readonly emit: Emit,
    private readonly shiftSeconds: number,
  ) {}

  /** Takes bytes that hold no packets: whole blocks, or parts of long ones. */
  takeBlocks(bytes: Buffer): void {
    let at = Math.min(this.skipLen, bytes.length);
    this.skipLen -= at;
    while (at + 8 <= bytes.length) {
      const type = bytes.readUInt32BE(at);
      if (type === SECTION_HEADER && at + 12 <= bytes.length) this.littleEndian = bytes.readUInt32BE(at + 8) !== MAGIC;
      const len = Math.max(12, (this.u32(bytes, at + 4) + 3) & ~3);
      this.takeBlock(bytes.subarray(at, Math.min(bytes.length, at + len)));
      at += len;
    }
    this.skipLen += Math.max(0, at - bytes.length);
  }

  /** Writes the packet of the block `raw` with the bytes `frame` in its frame's place. */
  takePacket(raw: Buffer, frame: Buffer): void {
    const type = this.u32(raw, 0);
    const padded = (frame.length + 3) & ~3;
    if (type === SIMPLE_PACKET) {
      const block = this.block(SIMPLE_PACKET, SIMPLE_LEN + padded);
      this.put(block, 8, this.u32(raw, 8));
      frame.copy(block, 12);
      this.emit(block);
      return;
    }
    const block = this.block(ENHANCED_PACKET, PACKET_LEN + padded);
    const id = type === OBSOLETE_PACKET ? this.u16(raw, 8) : this.u32(raw, 8);
    const stamp = (BigInt(this.u32(raw, 12)) << 32n) | BigInt(this.u32(raw, 16));
    const shifted = stamp + BigInt(this.shiftSeconds) * (this.units[id] ?? 1_000_000n);
    this.put(block, 8, id);
    this.put(block, 12, Number((shifted >> 32n) & 0xffff_ffffn));
    this.put(block, 16, Number(shifted & 0xffff_ffffn));
    this.put(block, 20, frame.length);
    this.put(block, 24, this.u32(raw, 24));
    frame.copy(block, 28);
    this.emit(block);
  }

  private takeBlock(raw: Buffer): void {
    const type = this.u32(raw, 0);
    if (type === SECTION_HEADER) this.takeSection(raw);
    else if (type === INTERFACE) this.takeInterface(raw);
    else this.count(`${BLOCK_NAMES[type] ?? 'other'} blocks`);
  }

  private takeSection(raw: Buffer): void {
    this.units = [];
    if (raw.length > SECTION_LEN) this.count('options of sections');
    const block = this.block(SECTION_HEADER, SECTION_LEN);
    this.put(block, 8, MAGIC);
    raw.copy(block, 12, 12, 16);
    this.put(block, 16, UNKNOWN_LEN);
    this.put(block, 20, UNKNOWN_LEN);
    this.emit(block);
  }

  private takeInterface(raw: Buffer): void {
    const options: Buffer[] = [];
    let units = 1_000_000n;
    for (let at = 16; at + 4 <= raw.length - 4; ) {
      const code = this.u16(raw, at);
      const len = this.u16(raw, at + 2);
      if (code === 0) break;
      const end = at + 4 + ((len + 3) & ~3);
      if (end > raw.length - 4) break;
      if (KEPT_OPTIONS.has(code)) options.push(raw.subarray(at, end));
      else this.count('options of interfaces');
      if (code === TS_RESOL) {
        const resolution = raw[at + 4]!;
        units = (resolution & 0x80) === 0 ? 10n ** BigInt(resolution & 0x7f) : 2n ** BigInt(resolution & 0x7f);
      }
      at = end;
    }
    this.units.push(units);
    const all = options.length === 0 ? Buffer.alloc(0) : Buffer.concat([...options, Buffer.alloc(4)]);
    const block = this.block(INTERFACE, INTERFACE_LEN + all.length);
    raw.copy(block, 8, 8, 16);
    all.copy(block, 16);
    this.emit(block);
  }

  private block(type: number, len: number): Buffer {
    const block = Buffer.alloc(len);
    this.put(block, 0, type);
    this.put(block, 4, len);
    this.put(block, len - 4, len);
    return block;
  }

  private count(name: string): void {
    this.leftOut.set(name, (this.leftOut.get(name) ?? 0) + 1);
  }

  private u16(buf: Buffer, at: number): number {
    return this.littleEndian ? buf.readUInt16LE(at) : buf.readUInt16BE(at);
  }

  private u32(buf: Buffer, at: number): number {
    return this.littleEndian ? buf.readUInt32LE(at) : buf.readUInt32BE(at);
  }

  private put(buf: Buffer, at: number, value: number): void {
    if (this.littleEndian) buf.writeUInt32LE(value, at);
    else buf.writeUInt32BE(value, at);
  }
}
