import { u32 } from '../common/bytes.js';
import { beginsNextFile, beginsPcapng, pcapMagic } from './file-headers.js';
import {
  type CaptureFormat,
  type CaptureReader,
  DAMAGED,
  MAX_RECORD_LEN,
  MAX_WIRE_LEN,
  NEED_MORE,
  NEXT_FILE,
  READ_OK,
  type ReadStatus,
} from './format.js';
import { BATCH_LEN, type PacketBatch } from './packet-batch.js';
import { type CaptureInterface, MAX_INTERFACES, readInterface } from './pcapng-interface.js';

/** Block types (draft-ietf-opsawg-pcapng-03 §11.1). */
const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
/** Obsolete since 2008, still written by old tools. */
const PACKET = 2;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;

/** Every block (§3.1): type, total length, body, total length again. */
const BLOCK_TYPE = 0;
const TOTAL_LEN = 4;
const TRAILER_LEN = 4;
const MIN_BLOCK_LEN = 12;

/** Section Header Block (§4.1). */
const BYTE_ORDER_MAGIC = 8;
const MAJOR_VERSION = 12;
const SECTION_HEADER_LEN = 28;
const MAGIC = 0x1a2b3c4d;
const MAGIC_SWAPPED = 0x4d3c2b1a;

/** Interface Description Block (§4.2). */
const IDB_LINK_TYPE = 8;
const IDB_SNAP_LEN = 12;
const IDB_OPTIONS = 16;
const MIN_IDB_LEN = 20;

/** Enhanced Packet Block (§4.3). */
const EPB_INTERFACE = 8;
const EPB_TS_HIGH = 12;
const EPB_TS_LOW = 16;
const EPB_CAPTURED_LEN = 20;
const EPB_ORIGINAL_LEN = 24;
const EPB_DATA = 28;

/** The obsolete Packet Block (§C) is laid out alike, but for a 16-bit interface id before the drop counter. */
const PB_INTERFACE = 8;

/** Simple Packet Block (§4.4). */
const SPB_ORIGINAL_LEN = 8;
const SPB_DATA = 12;

/** Blocks without packets longer than this pass by in pieces instead of being collected. */
const MAX_COLLECTED_LEN = 64 * 1024;

/** Bytes by which the header of a pcap file behind this one is known. */
const PCAP_HEADER_SNIFF_LEN = 16;

export const PCAPNG: CaptureFormat = {
  name: 'pcapng',
  sniff: beginsPcapng,
  open: () => new PcapngReader(),
};

/**
 * Reads pcapng: any number of sections (each in its own byte order) and interfaces. Blocks without packets are consumed
 * silently. A block whose own fields disagree ends the reading, as it does in wiretap.
 */
class PcapngReader implements CaptureReader {
  readonly format = 'pcapng';
  status: ReadStatus = READ_OK;
  neededLen = 0;
  unit = 'the file header';
  damage = '';

  private littleEndian = true;
  private inSection = false;
  private interfaces: CaptureInterface[] = [];
  /** Time stamp of the packet before, for blocks that have none. */
  private lastMicros = 0;
  /** Of a long block passing by: bytes to come before its trailing length, 0 for none; and that length. */
  private passingLen = 0;
  private passingTotalLen = 0;
  private viewedBuf: Buffer | null = null;
  private view: DataView = EMPTY_VIEW;

  walk(buf: Buffer, start: number, end: number, batch: PacketBatch): number {
    if (buf !== this.viewedBuf) {
      this.viewedBuf = buf;
      this.view = new DataView(buf.buffer, buf.byteOffset, buf.length);
    }
    batch.buf = buf;
    batch.start = start;
    batch.count = 0;
    this.status = READ_OK;
    let at = start;
    let blockAt = start;
    if (this.passingTotalLen !== 0) at = this.passOn(at, end);
    while (this.status === READ_OK && batch.count < BATCH_LEN && at < end) {
      blockAt = at;
      at = this.readBlock(at, end, batch);
    }
    batch.end = at;
    batch.openAt = this.passingTotalLen === 0 ? -1 : blockAt;
    return at;
  }

  /** Returns the offset behind the block at `at`, or `at` itself with another status than READ_OK. */
  private readBlock(at: number, end: number, batch: PacketBatch): number {
    const available = end - at;
    if (available < MIN_BLOCK_LEN) return this.needMore(at, MIN_BLOCK_LEN);
    // The section header's type reads the same in both byte orders; its length only after its magic.
    if (u32(this.viewedBuf!, at + BLOCK_TYPE) === SECTION_HEADER) {
      const magic = u32(this.viewedBuf!, at + BYTE_ORDER_MAGIC);
      if (magic !== MAGIC && magic !== MAGIC_SWAPPED) {
        return this.damaged(at, 'a section header has no byte-order magic');
      }
      this.littleEndian = magic === MAGIC_SWAPPED;
    } else if (!this.inSection) {
      return this.damaged(at, 'the file does not begin with a section header');
    }

    const { view, littleEndian } = this;
    const type = view.getUint32(at + BLOCK_TYPE, littleEndian);
    if (!isCollected(type) && pcapMagic(this.viewedBuf!, at, end) !== null) {
      if (available < PCAP_HEADER_SNIFF_LEN) return this.needMore(at, PCAP_HEADER_SNIFF_LEN);
      if (beginsNextFile(this.viewedBuf!, at, end)) {
        this.status = NEXT_FILE;
        return at;
      }
    }
    const statedLen = view.getUint32(at + TOTAL_LEN, littleEndian);
    // Lenient: some writers leave the padding out of both lengths.
    const totalLen = padded(statedLen);
    if (totalLen < MIN_BLOCK_LEN) {
      return this.damaged(at, `a block claims ${statedLen} bytes in all, less than a block's own header`);
    }
    // Even where all of it is there: the message about a damaged block must not depend on that.
    if (totalLen > MAX_COLLECTED_LEN && !isCollected(type)) return this.beginPassing(at, end, totalLen);
    if (totalLen > available) {
      if (totalLen > MAX_RECORD_LEN) {
        return this.damaged(at, `a block claims ${statedLen} bytes, more than any packet can have`);
      }
      return this.needMore(at, totalLen);
    }
    const blockEnd = at + totalLen;
    const trailer = view.getUint32(blockEnd - TRAILER_LEN, littleEndian);
    if (padded(trailer) !== totalLen) {
      return this.damaged(at, `a block states two lengths, ${statedLen} at its beginning and ${trailer} at its end`);
    }

    const row = batch.count;
    let problem = '';
    if (type === ENHANCED_PACKET)
      problem = this.readPacket(at, blockEnd, view.getUint32(at + EPB_INTERFACE, littleEndian), batch);
    else if (type === PACKET)
      problem = this.readPacket(at, blockEnd, view.getUint16(at + PB_INTERFACE, littleEndian), batch);
    else if (type === SIMPLE_PACKET) problem = this.readSimplePacket(at, blockEnd, batch);
    else if (type === INTERFACE_DESCRIPTION) problem = this.readInterfaceBlock(at, blockEnd);
    else if (type === SECTION_HEADER) problem = this.readSectionHeader(at, blockEnd);
    if (problem !== '') return this.damaged(at, problem);
    if (batch.count > row) {
      batch.rawStart[row] = at;
      batch.rawEnd[row] = blockEnd;
    }
    return blockEnd;
  }

  /**
   * Enhanced Packet Block, or the obsolete one, whose further fields lie alike. Returns the fault, '' for none.
   */
  private readPacket(at: number, blockEnd: number, interfaceId: number, batch: PacketBatch): string {
    const { view, littleEndian } = this;
    const dataStart = at + EPB_DATA;
    if (dataStart + TRAILER_LEN > blockEnd) return 'a packet block is too short for its own fields';
    if (interfaceId >= this.interfaces.length) return this.undefinedInterface(interfaceId);
    const capturedLen = view.getUint32(at + EPB_CAPTURED_LEN, littleEndian);
    if (capturedLen > blockEnd - TRAILER_LEN - dataStart) {
      return `a packet block of ${blockEnd - at} bytes claims ${capturedLen} captured bytes`;
    }
    const captureInterface = this.interfaces[interfaceId]!;
    this.lastMicros = captureInterface.micros(
      view.getUint32(at + EPB_TS_HIGH, littleEndian),
      view.getUint32(at + EPB_TS_LOW, littleEndian),
    );
    const originalLen = view.getUint32(at + EPB_ORIGINAL_LEN, littleEndian);
    this.addRow(dataStart, capturedLen, originalLen, captureInterface.linkType, batch);
    return '';
  }

  /**
   * Simple Packet Block: interface 0, no time of its own, cut at the snapshot length. Returns the fault, '' for
   * none.
   */
  private readSimplePacket(at: number, blockEnd: number, batch: PacketBatch): string {
    const dataStart = at + SPB_DATA;
    if (dataStart + TRAILER_LEN > blockEnd) return 'a packet block is too short for its own fields';
    if (this.interfaces.length === 0) return this.undefinedInterface(0);
    const { linkType, snapLen } = this.interfaces[0]!;
    const originalLen = this.view.getUint32(at + SPB_ORIGINAL_LEN, this.littleEndian);
    const capturedLen = snapLen !== 0 && originalLen > snapLen ? snapLen : originalLen;
    if (capturedLen > blockEnd - TRAILER_LEN - dataStart) {
      return `a packet block of ${blockEnd - at} bytes claims ${capturedLen} captured bytes`;
    }
    this.addRow(dataStart, capturedLen, originalLen, linkType, batch);
    return '';
  }

  /** Appends a row; `readBlock` adds where the block lies. */
  private addRow(
    dataStart: number,
    capturedLen: number,
    originalLen: number,
    linkType: number,
    batch: PacketBatch,
  ): void {
    const row = batch.count++;
    batch.frameStart[row] = dataStart;
    batch.frameEnd[row] = dataStart + capturedLen;
    batch.wireLen[row] = originalLen < MAX_WIRE_LEN ? originalLen : MAX_WIRE_LEN;
    batch.linkType[row] = linkType;
    batch.tsMicros[row] = this.lastMicros;
  }

  private readInterfaceBlock(at: number, blockEnd: number): string {
    const { view, littleEndian } = this;
    if (blockEnd - at < MIN_IDB_LEN) return 'an interface description is too short for its own fields';
    if (this.interfaces.length >= MAX_INTERFACES) return `a section describes more than ${MAX_INTERFACES} interfaces`;
    const linkType = view.getUint16(at + IDB_LINK_TYPE, littleEndian);
    const snapLen = view.getUint32(at + IDB_SNAP_LEN, littleEndian);
    const optionsEnd = blockEnd - TRAILER_LEN;
    this.interfaces.push(readInterface(view, littleEndian, linkType, snapLen, at + IDB_OPTIONS, optionsEnd));
    return '';
  }

  /**
   * A new section forgets the interfaces of the one before. Its length field is of no use: blocks say where they end.
   */
  private readSectionHeader(at: number, blockEnd: number): string {
    if (blockEnd - at < SECTION_HEADER_LEN) return 'a section header is too short for its own fields';
    const major = this.view.getUint16(at + MAJOR_VERSION, this.littleEndian);
    if (major !== 1) return `a section is in version ${major} of pcapng, of which only version 1 is known`;
    this.inSection = true;
    this.interfaces = [];
    this.unit = 'a block';
    return '';
  }

  /** Consumes the bytes present of a long block without packets, all but its trailing length. */
  private beginPassing(at: number, end: number, totalLen: number): number {
    this.passingTotalLen = totalLen;
    this.passingLen = totalLen - TRAILER_LEN;
    return this.passOn(at, end);
  }

  private passOn(start: number, end: number): number {
    const passed = Math.min(this.passingLen, end - start);
    this.passingLen -= passed;
    const at = start + passed;
    if (this.passingLen > 0) return this.needMore(at, Math.min(this.passingLen, MAX_COLLECTED_LEN));
    if (end - at < TRAILER_LEN) return this.needMore(at, TRAILER_LEN);
    const trailer = this.view.getUint32(at, this.littleEndian);
    if (padded(trailer) !== this.passingTotalLen) {
      return this.damaged(at, `a block of ${this.passingTotalLen} bytes states ${trailer} bytes at its end`);
    }
    this.passingTotalLen = 0;
    return at + TRAILER_LEN;
  }

  private undefinedInterface(interfaceId: number): string {
    return `a packet names interface ${interfaceId}, but the section describes ${this.interfaces.length} so far`;
  }

  private needMore(at: number, neededLen: number): number {
    this.status = NEED_MORE;
    this.neededLen = neededLen;
    return at;
  }

  private damaged(at: number, damage: string): number {
    this.status = DAMAGED;
    this.damage = damage;
    return at;
  }
}

/** Types that are read whole because their fields matter. */
function isCollected(type: number): boolean {
  return (
    type === ENHANCED_PACKET ||
    type === PACKET ||
    type === SIMPLE_PACKET ||
    type === INTERFACE_DESCRIPTION ||
    type === SECTION_HEADER
  );
}

/** Rounded up to whole 32-bit words, as block lengths are. */
function padded(len: number): number {
  const over = len & 3;
  return over === 0 ? len : len + 4 - over;
}

const EMPTY_VIEW = new DataView(new ArrayBuffer(0));
