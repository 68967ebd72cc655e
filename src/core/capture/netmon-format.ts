import { u16le, u32le } from '../common/bytes.js';
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

/**
 * Microsoft Network Monitor 2.x ("Capture File Format" of its help): magic, version, medium, start as a SYSTEMTIME,
 * then offset and length of the frame table and of other sections. All fields are little-endian.
 */
const MAGIC = 'GMBU';
const VERSION_MINOR = 4;
const VERSION_MAJOR = 5;
const MEDIUM = 6;
const START_TIME = 8;
const FRAME_TABLE = 24;
const OTHER_SECTIONS = [32, 40, 56];
const HEADER_LEN = 128;

/** Frame: µs since the start, length on the wire, captured length, bytes; then a trailer that grew with the version. */
const TIME_LOW = 0;
const TIME_HIGH = 4;
const ORIGINAL_LEN = 8;
const CAPTURED_LEN = 12;
const FRAME_HEADER_LEN = 16;
/** By minor version: medium; index of a process; UTC in units of 100 ns since 1601, and a time zone. */
const TRAILER_LENS = [0, 2, 6, 15];
const TRAILER_UTC = 6;

/** Media as LINKTYPE_ numbers. Format 2 takes 0 for Ethernet too, and 7 to 9 for IP without a header. */
const MEDIA: ReadonlyMap<number, number> = new Map([
  [0, 1],
  [1, 1],
  [2, 6],
  [3, 10],
  [7, 101],
  [8, 101],
  [9, 101],
]);
/** A LINKTYPE_ number on top of it. */
const MEDIUM_PCAP = 0xe000;
/** From here on frames are not packets: events, network information, name caches, filters. */
const FIRST_PSEUDO_MEDIUM = 0xffe0;

const TWO_32 = 4294967296;
const TICKS_1601_TO_1970 = 116_444_736_000_000_000;

export const NETMON: CaptureFormat = {
  name: 'netmon',
  sniff(buf, start, end) {
    return end - start >= MAGIC.length && buf.toString('latin1', start, start + MAGIC.length) === MAGIC;
  },
  open: () => new NetmonReader(),
};

/**
 * Reads the frames in the order of the file, up to the frame table: the table would name their places, but comes behind
 * them. Lenient: a capture that was cut short has lost the table, and its frames are read all the same. The start is
 * local time of an unknown zone, taken for UTC; from version 2.3 on each frame has its time in UTC.
 */
class NetmonReader implements CaptureReader {
  readonly format = 'netmon';
  status: ReadStatus = READ_OK;
  neededLen = 0;
  unit = 'the file header';
  damage = '';

  /** Offset in the file of the next byte; 0 until the header was read. */
  private position = 0;
  private frameTableStart = 0;
  private framesLeft = 0;
  private readonly sections: { start: number; len: number }[] = [];
  private minor = 0;
  private linkType = UNKNOWN_LINK_TYPE;
  private startMicros = 0;

  walk(buf: Buffer, start: number, end: number, batch: PacketBatch): number {
    batch.buf = buf;
    batch.start = start;
    batch.count = 0;
    batch.isCopyable = false;
    this.status = READ_OK;
    let at = start;
    while (this.status === READ_OK && batch.count < BATCH_LEN && at < end) {
      const next = this.position === 0 ? this.readHeader(buf, at, end) : this.readNext(buf, at, end, batch);
      this.position += next - at;
      at = next;
    }
    batch.end = at;
    return at;
  }

  private readHeader(buf: Buffer, at: number, end: number): number {
    if (end - at < HEADER_LEN) return this.needMore(at, HEADER_LEN);
    this.minor = buf[at + VERSION_MINOR]!;
    const major = buf[at + VERSION_MAJOR]!;
    if (major !== 2 || this.minor >= TRAILER_LENS.length) {
      return this.damaged(at, `the file is in version ${major}.${this.minor} of NetMon, of which 2.0 to 2.3 are known`);
    }
    this.linkType = linkTypeOf(u16le(buf, at + MEDIUM));
    this.startMicros = systemTimeMicros(buf, at + START_TIME);
    this.frameTableStart = u32le(buf, at + FRAME_TABLE);
    this.framesLeft = u32le(buf, at + FRAME_TABLE + 4) >>> 2;
    for (const section of OTHER_SECTIONS) {
      const start = u32le(buf, at + section);
      const len = u32le(buf, at + section + 4);
      if (start >= HEADER_LEN && len > 0) this.sections.push({ start, len });
    }
    this.unit = 'a frame';
    return at + HEADER_LEN;
  }

  /** Returns the offset behind the frame or section at `at`, or `at` itself with another status than READ_OK. */
  private readNext(buf: Buffer, at: number, end: number, batch: PacketBatch): number {
    const { position } = this;
    if (this.framesLeft === 0 || position >= this.frameTableStart) return end;
    const section = this.sections.find(({ start, len }) => position >= start && position < start + len);
    if (section !== undefined) return Math.min(end, at + section.start + section.len - position);

    if (end - at < FRAME_HEADER_LEN) return this.needMore(at, FRAME_HEADER_LEN);
    const capturedLen = u32le(buf, at + CAPTURED_LEN);
    if (capturedLen > MAX_PLAIN_FRAME_LEN) {
      return this.damaged(at, `the frame claims ${capturedLen} captured bytes, more than a packet has`);
    }
    const trailer = at + FRAME_HEADER_LEN + capturedLen;
    const frameEnd = trailer + TRAILER_LENS[this.minor]!;
    if (frameEnd > end) return this.needMore(at, frameEnd - at);
    this.framesLeft--;
    const medium = this.minor > 0 ? u16le(buf, trailer) : 0;
    if (medium >= FIRST_PSEUDO_MEDIUM) return frameEnd;
    const row = batch.count++;
    const originalLen = u32le(buf, at + ORIGINAL_LEN);
    batch.rawStart[row] = at;
    batch.rawEnd[row] = frameEnd;
    batch.frameStart[row] = at + FRAME_HEADER_LEN;
    batch.frameEnd[row] = trailer;
    batch.wireLen[row] = originalLen < MAX_WIRE_LEN ? originalLen : MAX_WIRE_LEN;
    batch.linkType[row] = this.minor > 0 ? linkTypeOf(medium) : this.linkType;
    batch.tsMicros[row] =
      this.minor >= 3
        ? fileTimeMicros(buf, trailer + TRAILER_UTC)
        : this.startMicros + u32le(buf, at + TIME_HIGH) * TWO_32 + u32le(buf, at + TIME_LOW);
    return frameEnd;
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

function linkTypeOf(medium: number): number {
  if (medium >= MEDIUM_PCAP) return medium - MEDIUM_PCAP;
  return MEDIA.get(medium) ?? UNKNOWN_LINK_TYPE;
}

/** SYSTEMTIME as µs since the epoch: year, month, day of the week, day, hour, minute, second, ms. 0 for nonsense. */
function systemTimeMicros(buf: Buffer, at: number): number {
  const [year, month, , day, hour, minute, second, ms] = Array.from({ length: 8 }, (_, n) => u16le(buf, at + 2 * n));
  const millis = Date.UTC(year!, month! - 1, day, hour, minute, second, ms);
  return Number.isNaN(millis) || millis < 0 ? 0 : millis * 1000;
}

/** FILETIME, whole µs since the epoch; 0 for times before it. */
function fileTimeMicros(buf: Buffer, at: number): number {
  // The count needs 57 bits. Both terms are multiples of 128, so that their difference is exact.
  const ticks = u32le(buf, at + 4) * TWO_32 - TICKS_1601_TO_1970;
  const rest = ticks % 10;
  const micros = (ticks - rest) / 10 + Math.floor((rest + u32le(buf, at)) / 10);
  return micros > 0 ? micros : 0;
}
