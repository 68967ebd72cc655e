import { u32 } from '../common/bytes.js';
import {
  type CaptureFormat,
  type CaptureReader,
  DAMAGED,
  MAX_PLAIN_FRAME_LEN,
  MAX_WIRE_LEN,
  NEED_MORE,
  READ_OK,
  type ReadStatus,
  UNKNOWN_LINK_TYPE,
} from './format.js';
import { BATCH_LEN, type PacketBatch } from './packet-batch.js';

/** Solaris snoop (RFC 1761 §2.1): identification, version, type of the link. All fields are big-endian. */
const IDENTIFICATION = 'snoop\0\0\0';
const VERSION = 8;
const LINK_TYPE = 12;
const FILE_HEADER_LEN = 16;
const VERSION_2 = 2;

/** Packet record (§2.2): the record's length counts this header and the padding. */
const ORIGINAL_LEN = 0;
const CAPTURED_LEN = 4;
const RECORD_LEN = 8;
const TS_SECONDS = 16;
const TS_MICROS = 20;
const RECORD_HEADER_LEN = 24;

/** Data link codes (§2.1, and DLPI's newer ones) as LINKTYPE_ numbers. */
const LINK_TYPES: ReadonlyMap<number, number> = new Map([
  [0, 1],
  [2, 6],
  [4, 1],
  [8, 10],
  [16, 122],
  [18, 19],
  [26, 242],
]);

export const SNOOP: CaptureFormat = {
  name: 'snoop',
  sniff(buf, start, end) {
    return (
      end - start >= IDENTIFICATION.length &&
      buf.toString('latin1', start, start + IDENTIFICATION.length) === IDENTIFICATION
    );
  },
  open: () => new SnoopReader(),
};

/** Reads snoop files, version 2 alone. */
class SnoopReader implements CaptureReader {
  readonly format = 'snoop';
  status: ReadStatus = READ_OK;
  neededLen = 0;
  unit = 'the file header';
  damage = '';
  private inRecords = false;
  private linkType = UNKNOWN_LINK_TYPE;

  walk(buf: Buffer, start: number, end: number, batch: PacketBatch): number {
    batch.buf = buf;
    batch.start = start;
    batch.count = 0;
    this.status = READ_OK;
    let at = start;
    if (!this.inRecords) at = this.readFileHeader(buf, at, end);
    while (this.status === READ_OK && this.inRecords && batch.count < BATCH_LEN && at < end) {
      at = this.readRecord(buf, at, end, batch);
    }
    batch.end = at;
    return at;
  }

  private readFileHeader(buf: Buffer, at: number, end: number): number {
    if (end - at < FILE_HEADER_LEN) return this.needMore(at, FILE_HEADER_LEN);
    const version = u32(buf, at + VERSION);
    if (version !== VERSION_2)
      return this.damaged(at, `the file is in version ${version} of snoop, of which 2 is known`);
    this.linkType = LINK_TYPES.get(u32(buf, at + LINK_TYPE)) ?? UNKNOWN_LINK_TYPE;
    this.inRecords = true;
    this.unit = 'a packet record';
    return at + FILE_HEADER_LEN;
  }

  /** Returns the offset behind the record at `at`, or `at` itself with another status than READ_OK. */
  private readRecord(buf: Buffer, at: number, end: number, batch: PacketBatch): number {
    if (end - at < RECORD_HEADER_LEN) return this.needMore(at, RECORD_HEADER_LEN);
    const capturedLen = u32(buf, at + CAPTURED_LEN);
    const recordLen = u32(buf, at + RECORD_LEN);
    if (capturedLen > MAX_PLAIN_FRAME_LEN || recordLen > 2 * MAX_PLAIN_FRAME_LEN) {
      return this.damaged(
        at,
        `the record claims ${capturedLen} captured bytes in ${recordLen}, more than a packet has`,
      );
    }
    if (recordLen < RECORD_HEADER_LEN + capturedLen) {
      return this.damaged(at, `a record of ${recordLen} bytes claims ${capturedLen} captured bytes`);
    }
    if (end - at < recordLen) return this.needMore(at, recordLen);
    const row = batch.count++;
    const originalLen = u32(buf, at + ORIGINAL_LEN);
    batch.rawStart[row] = at;
    batch.rawEnd[row] = at + recordLen;
    batch.frameStart[row] = at + RECORD_HEADER_LEN;
    batch.frameEnd[row] = at + RECORD_HEADER_LEN + capturedLen;
    batch.wireLen[row] = originalLen < MAX_WIRE_LEN ? originalLen : MAX_WIRE_LEN;
    batch.linkType[row] = this.linkType;
    batch.tsMicros[row] = u32(buf, at + TS_SECONDS) * 1e6 + u32(buf, at + TS_MICROS);
    return at + recordLen;
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
