import { pcapMagic } from '../capture/file-headers.js';
import type { PacketBatch } from '../capture/packet-batch.js';
import { type Emit, PcapngCopy, SIMPLE_PACKET } from './pcapng-copy.js';

/** pcap (draft-ietf-opsawg-pcap-04 §4, §5). */
const FILE_HEADER_LEN = 24;
/** Before 2.4 the lengths of a record may lie the other way round; the copy has them as 2.4 says. */
const MINOR_VERSION = 6;
const VERSION_MINOR = 4;
/** Offset of the site's time zone, and a field that readers ignore. */
const TIME_ZONE = 8;
const TIME_ZONE_LEN = 8;
const CAPTURED_LEN = 8;
const ORIGINAL_LEN = 12;
const PCAPNG_MAGIC = 0x0a0d0d0a;
const LINKTYPE_ETHERNET = 1;
const TWO_32 = 2 ** 32;

/**
 * Writes the sanitized packets into a file like the input's: pcap and pcapng with their byte order and resolution of
 * time; other formats become pcapng. Copies no comment, name or option that is not needed to read packets.
 */
export class CaptureCopy {
  private readonly blocks: PcapngCopy;
  private mode: 'none' | 'pcap' | 'pcapng' | 'converted' = 'none';
  private littleEndian = true;
  private readonly interfaces = new Map<number, number>();

  constructor(
    private readonly emit: Emit,
    private readonly shiftSeconds: number,
  ) {
    this.blocks = new PcapngCopy(emit, shiftSeconds);
  }

  /** What was left out of a pcapng file, with how often. */
  get leftOut(): ReadonlyMap<string, number> {
    return this.blocks.leftOut;
  }

  /** Takes a batch; `rewrite` returns what packet `i` becomes, with its captured length where it must keep that. */
  take(batch: PacketBatch, rewrite: (i: number, keepsLength: boolean) => Buffer): void {
    if (!batch.isCopyable) {
      for (let i = 0; i < batch.count; i++) this.convert(batch, i, rewrite(i, false));
      return;
    }
    let at = batch.start;
    for (let i = 0; i < batch.count; i++) {
      this.between(batch.buf.subarray(at, batch.rawStart[i]!));
      const raw = batch.buf.subarray(batch.rawStart[i]!, batch.rawEnd[i]!);
      if (this.mode === 'pcap') this.record(batch, i, rewrite(i, false));
      else this.blocks.takePacket(raw, rewrite(i, this.isSimple(raw)));
      at = batch.rawEnd[i]!;
    }
    this.between(batch.buf.subarray(at, batch.end));
  }

  /** The input is over. */
  close(): void {
    if (this.mode === 'none') this.interfaceOf(LINKTYPE_ETHERNET);
  }

  private isSimple(raw: Buffer): boolean {
    return raw.readUInt32LE(0) === SIMPLE_PACKET || raw.readUInt32BE(0) === SIMPLE_PACKET;
  }

  /** File headers and blocks between packets. */
  private between(bytes: Buffer): void {
    if (bytes.length === 0) return;
    const magic = bytes.length >= FILE_HEADER_LEN ? pcapMagic(bytes, 0, bytes.length) : null;
    if (magic !== null) {
      this.mode = 'pcap';
      this.littleEndian = magic.littleEndian;
      const header = Buffer.from(bytes.subarray(0, FILE_HEADER_LEN));
      header.fill(0, TIME_ZONE, TIME_ZONE + TIME_ZONE_LEN);
      header.fill(0, MINOR_VERSION, MINOR_VERSION + 2);
      header[MINOR_VERSION + (magic.littleEndian ? 0 : 1)] = VERSION_MINOR;
      this.emit(header);
      return;
    }
    if (bytes.length >= 4 && bytes.readUInt32BE(0) === PCAPNG_MAGIC) this.mode = 'pcapng';
    if (this.mode === 'pcapng') this.blocks.takeBlocks(bytes);
  }

  private record(batch: PacketBatch, i: number, frame: Buffer): void {
    const header = Buffer.from(batch.buf.subarray(batch.rawStart[i]!, batch.frameStart[i]!));
    const { littleEndian } = this;
    const read = (at: number): number => (littleEndian ? header.readUInt32LE(at) : header.readUInt32BE(at));
    const write = (at: number, value: number): number =>
      littleEndian ? header.writeUInt32LE(value, at) : header.writeUInt32BE(value, at);
    write(0, (read(0) + this.shiftSeconds) % TWO_32);
    // As it was read: some old files have the two lengths the other way round.
    write(ORIGINAL_LEN, batch.wireLen[i]!);
    write(CAPTURED_LEN, frame.length);
    this.emit(header);
    this.emit(frame);
  }

  /** A packet of a format that is not written: into pcapng, an interface for each link type. */
  private convert(batch: PacketBatch, i: number, frame: Buffer): void {
    const id = this.interfaceOf(batch.linkType[i]!);
    const micros = BigInt(Math.max(0, batch.tsMicros[i]!)) + BigInt(this.shiftSeconds) * 1_000_000n;
    const padded = (frame.length + 3) & ~3;
    const block = Buffer.alloc(32 + padded);
    const words = [6, block.length, id, Number(micros >> 32n), Number(micros & 0xffff_ffffn)];
    for (const [n, word] of [...words, frame.length, batch.wireLen[i]!].entries()) block.writeUInt32LE(word, n * 4);
    frame.copy(block, 28);
    block.writeUInt32LE(block.length, block.length - 4);
    this.emit(block);
  }

  private interfaceOf(linkType: number): number {
    if (this.mode === 'none') {
      this.mode = 'converted';
      const section = Buffer.alloc(28, 0xff);
      for (const [n, word] of [PCAPNG_MAGIC, 28, 0x1a2b3c4d, 1].entries()) section.writeUInt32LE(word, n * 4);
      section.writeUInt32LE(28, 24);
      this.emit(section);
    }
    let id = this.interfaces.get(linkType);
    if (id === undefined) {
      id = this.interfaces.size;
      this.interfaces.set(linkType, id);
      const block = Buffer.alloc(20);
      for (const [n, word] of [1, 20, linkType, 0, 20].entries()) block.writeUInt32LE(word, n * 4);
      this.emit(block);
    }
    return id;
  }
}
