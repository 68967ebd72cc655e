import { beginsNextFile, pcapMagic } from './file-headers.js';
import {
  type CaptureFormat,
  type CaptureReader,
  DAMAGED,
  MAX_PLAIN_FRAME_LEN,
  MAX_RECORD_LEN,
  MAX_WIRE_LEN,
  NEED_MORE,
  NEXT_FILE,
  READ_OK,
  type ReadStatus,
} from './format.js';
import { BATCH_LEN, type PacketBatch } from './packet-batch.js';

/** pcap file header (draft-ietf-opsawg-pcap-04 §4). */
const VERSION_MAJOR = 4;
const VERSION_MINOR = 6;
const SNAP_LEN = 16;
const LINK_TYPE = 20;
const FILE_HEADER_LEN = 24;
/** The upper 16 bits hold the FCS length and reserved bits; a captured FCS stays in the frame, behind the IP length. */
const LINK_TYPE_MASK = 0xffff;

/** Packet record header (§5). */
const TS_SECONDS = 0;
const TS_FRACTION = 4;
const CAPTURED_LEN = 8;
const ORIGINAL_LEN = 12;
const RECORD_HEADER_LEN = 16;
/** Kuznetzov's patch adds the interface index, the protocol and the packet type. */
const MODIFIED_RECORD_HEADER_LEN = 24;

export const PCAP: CaptureFormat = {
  name: 'pcap',
  sniff: (buf, start, end) => pcapMagic(buf, start, end) !== null,
  open: () => new PcapReader(),
};

/**
 * Reads pcap in both byte orders, with µs or ns time stamps, and the modified variant. Any version number is accepted.
 */
class PcapReader implements CaptureReader {
  readonly format = 'pcap';
  status: ReadStatus = READ_OK;
  neededLen = 0;
  unit = 'the file header';
  damage = '';

  private littleEndian = true;
  private nanos = false;
  private recordHeaderLen = 0;
  private mayBeSwapped = false;
  private snapLen = 0;
  private linkType = 0;
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
    const at = this.recordHeaderLen === 0 ? this.readFileHeader(buf, start, end) : start;
    const consumedEnd = this.recordHeaderLen === 0 ? at : this.walkRecords(at, end, batch);
    batch.end = consumedEnd;
    return consumedEnd;
  }

  private readFileHeader(buf: Buffer, start: number, end: number): number {
    if (end - start < FILE_HEADER_LEN) {
      this.status = end === start ? READ_OK : NEED_MORE;
      this.neededLen = FILE_HEADER_LEN;
      return start;
    }
    const { littleEndian, nanos, modified } = pcapMagic(buf, start, end)!;
    this.littleEndian = littleEndian;
    this.nanos = nanos;
    // Writers before version 2.4 had the two lengths the other way round, some of 2.3 too.
    const major = this.view.getUint16(start + VERSION_MAJOR, littleEndian);
    const minor = this.view.getUint16(start + VERSION_MINOR, littleEndian);
    this.mayBeSwapped = major < 2 || (major === 2 && minor < 4) || major === 543;
    this.snapLen = this.view.getUint32(start + SNAP_LEN, littleEndian);
    this.linkType = this.view.getUint32(start + LINK_TYPE, littleEndian) & LINK_TYPE_MASK;
    this.recordHeaderLen = modified ? MODIFIED_RECORD_HEADER_LEN : RECORD_HEADER_LEN;
    this.unit = 'a packet record';
    return start + FILE_HEADER_LEN;
  }

  private walkRecords(start: number, end: number, batch: PacketBatch): number {
    const { view, littleEndian, nanos, recordHeaderLen, linkType } = this;
    const { rawStart, rawEnd, frameStart, frameEnd, wireLen, linkType: linkTypes, tsMicros } = batch;
    let at = start;
    let count = 0;
    this.status = READ_OK;
    while (count < BATCH_LEN && at < end) {
      const dataStart = at + recordHeaderLen;
      if (dataStart > end) {
        this.status = NEED_MORE;
        this.neededLen = recordHeaderLen;
        break;
      }
      let capturedLen = view.getUint32(at + CAPTURED_LEN, littleEndian);
      let originalLen = view.getUint32(at + ORIGINAL_LEN, littleEndian);
      if (this.mayBeSwapped && capturedLen > originalLen) {
        const swapped = capturedLen;
        capturedLen = originalLen;
        originalLen = swapped;
      }
      if (capturedLen === 0 && beginsNextFile(batch.buf, at, end)) {
        this.status = NEXT_FILE;
        break;
      }
      if (capturedLen > MAX_PLAIN_FRAME_LEN && !this.isBelievable(capturedLen, originalLen)) {
        if (beginsNextFile(batch.buf, at, end)) {
          this.status = NEXT_FILE;
          break;
        }
        this.status = DAMAGED;
        this.damage = `the record claims ${capturedLen} captured bytes, more than any packet of this capture can have`;
        break;
      }
      const dataEnd = dataStart + capturedLen;
      if (dataEnd > end) {
        this.status = NEED_MORE;
        this.neededLen = recordHeaderLen + capturedLen;
        break;
      }
      const fraction = view.getUint32(at + TS_FRACTION, littleEndian);
      rawStart[count] = at;
      rawEnd[count] = dataEnd;
      frameStart[count] = dataStart;
      frameEnd[count] = dataEnd;
      wireLen[count] = originalLen < MAX_WIRE_LEN ? originalLen : MAX_WIRE_LEN;
      linkTypes[count] = linkType;
      tsMicros[count] =
        view.getUint32(at + TS_SECONDS, littleEndian) * 1e6 + (nanos ? Math.floor(fraction / 1000) : fraction);
      count++;
      at = dataEnd;
    }
    batch.count = count;
    return at;
  }

  /**
   * Lenient: USB and D-Bus captures have frames beyond 256 KiB. They are believed where the file's own snap length and
   * the record's other length agree with it.
   */
  private isBelievable(capturedLen: number, originalLen: number): boolean {
    return (
      capturedLen <= this.snapLen && capturedLen <= originalLen && capturedLen <= MAX_RECORD_LEN - this.recordHeaderLen
    );
  }
}

const EMPTY_VIEW = new DataView(new ArrayBuffer(0));
