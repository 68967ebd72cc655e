import { XxHash32, xxHash32 } from './xxhash32.js';

/** First bytes of a frame (LZ4 Frame Format 1.6, General Structure). */
const LZ4_MAGIC = 0x184d2204;
/** Skippable frames: 0x184D2A50 to 0x184D2A5F, shared with zstd. */
const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_HEADER_LEN = 8;
const MAGIC_LEN = 4;
const WORD_LEN = 4;
/** Frame descriptor: FLG, BD, then content size and dictionary id where FLG says so, header checksum. */
const FLG = MAGIC_LEN;
const BD = MAGIC_LEN + 1;
const CONTENT_SIZE = MAGIC_LEN + 2;
const MIN_HEADER_LEN = 7;
const VERSION_SHIFT = 6;
const VERSION = 1;
const FLG_INDEPENDENT = 0x20;
const FLG_BLOCK_CHECKSUM = 0x10;
const FLG_CONTENT_SIZE = 0x08;
const FLG_CONTENT_CHECKSUM = 0x04;
const FLG_RESERVED = 0x02;
const FLG_DICTIONARY = 0x01;
const BD_RESERVED = 0x8f;
const SMALLEST_BLOCK_CODE = 4;
/** The highest bit of a block's size: its data is not compressed. */
const STORED = 0x80000000;
/** How far back a match may lie. */
const HISTORY_LEN = 1 << 16;
const MIN_MATCH_LEN = 4;
/** A length in a token that goes on in further bytes. */
const LONG = 15;
/** Copies up to this length are quicker byte by byte. */
const SHORT_LEN = 24;

const AT_FRAME = 0;
const AT_BLOCK = 1;
const AT_CHECKSUM = 2;

/**
 * Decodes lz4 frames (LZ4 Frame Format 1.6.4, LZ4 Block Format) of any number, one block a step. Memory: a block of up
 * to 4 MiB, and 64 KiB of what came before it. Verifies all checksums.
 */
export class Lz4Decoder {
  /** What the last step made: `output[outputStart, outputEnd)`. Valid until the next step. */
  output: Buffer = Buffer.alloc(0);
  outputStart = 0;
  outputEnd = 0;
  /** Bytes that the next step needs, where the last one has taken none. */
  neededLen = 0;
  /** Why the data can't be decoded; '' while it can. */
  problem = '';

  private at = AT_FRAME;
  private skipLen = 0;
  private next = 0;
  private flags = 0;
  private maxBlockLen = 0;
  private contentLen = 0;
  private statedLen = 0;
  private checksum: XxHash32 | null = null;

  /** True between frames: data may end here. */
  get isComplete(): boolean {
    return this.at === AT_FRAME && this.skipLen === 0;
  }

  /** Takes bytes from `buf[start, end)`. Returns how many; 0 when it needs more, or there is a problem. */
  step(buf: Buffer, start: number, end: number): number {
    this.outputStart = this.outputEnd;
    if (this.skipLen > 0) return this.skip(end - start);
    if (this.at === AT_FRAME) return this.frameHeader(buf, start, end);
    if (end - start < WORD_LEN) return this.need(WORD_LEN);
    return this.at === AT_BLOCK ? this.block(buf, start, end) : this.contentChecksum(buf.readUInt32LE(start));
  }

  /** The data ends within a block, of which `buf[start, end)` has come: makes of it what it can. */
  cutBlock(buf: Buffer, start: number, end: number): void {
    this.outputStart = this.outputEnd;
    if (this.at !== AT_BLOCK || end - start <= WORD_LEN) return;
    const size = buf.readUInt32LE(start);
    const isStored = size >= STORED;
    const dataStart = start + WORD_LEN;
    this.makeRoom();
    this.unpack(isStored, buf, dataStart, Math.min(end, dataStart + (isStored ? size - STORED : size)));
  }

  private skip(availableLen: number): number {
    const len = Math.min(this.skipLen, availableLen);
    if (len === 0) return this.need(1);
    this.skipLen -= len;
    return len;
  }

  private frameHeader(buf: Buffer, start: number, end: number): number {
    const availableLen = end - start;
    if (availableLen < MAGIC_LEN) return this.need(MAGIC_LEN);
    const magic = buf.readUInt32LE(start);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
      if (availableLen < SKIPPABLE_HEADER_LEN) return this.need(SKIPPABLE_HEADER_LEN);
      this.skipLen = buf.readUInt32LE(start + MAGIC_LEN);
      return SKIPPABLE_HEADER_LEN;
    }
    if (magic !== LZ4_MAGIC) return this.fail('a frame has no magic number');
    if (availableLen < MIN_HEADER_LEN) return this.need(MIN_HEADER_LEN);

    const flags = buf[start + FLG]!;
    const sizes = buf[start + BD]!;
    if (flags >> VERSION_SHIFT !== VERSION) return this.fail(`a frame is of version ${flags >> VERSION_SHIFT}`);
    if ((flags & FLG_RESERVED) !== 0 || (sizes & BD_RESERVED) !== 0) return this.fail('a frame uses a reserved bit');
    if ((flags & FLG_DICTIONARY) !== 0) return this.fail('it needs a dictionary');
    const blockCode = sizes >> 4;
    if (blockCode < SMALLEST_BLOCK_CODE) return this.fail('a frame states no length of its blocks');
    const headerLen = MIN_HEADER_LEN + ((flags & FLG_CONTENT_SIZE) === 0 ? 0 : 8);
    if (availableLen < headerLen) return this.need(headerLen);
    const checksum = (xxHash32(buf, start + FLG, start + headerLen - 1) >> 8) & 0xff;
    if (buf[start + headerLen - 1] !== checksum) return this.fail('a frame header does not match its checksum');

    this.flags = flags;
    this.maxBlockLen = 1 << (8 + 2 * blockCode);
    this.contentLen = 0;
    this.statedLen = (flags & FLG_CONTENT_SIZE) === 0 ? -1 : Number(buf.readBigUInt64LE(start + CONTENT_SIZE));
    this.checksum = (flags & FLG_CONTENT_CHECKSUM) === 0 ? null : new XxHash32();
    if (this.output.length < HISTORY_LEN + this.maxBlockLen) {
      this.output = Buffer.allocUnsafeSlow(HISTORY_LEN + this.maxBlockLen);
    }
    this.outputStart = 0;
    this.outputEnd = 0;
    this.at = AT_BLOCK;
    return headerLen;
  }

  private block(buf: Buffer, start: number, end: number): number {
    const size = buf.readUInt32LE(start);
    if (size === 0) return this.endMark();
    const isStored = size >= STORED;
    const len = isStored ? size - STORED : size;
    if (len > this.maxBlockLen) return this.fail('a block is longer than its frame allows');
    const hasChecksum = (this.flags & FLG_BLOCK_CHECKSUM) !== 0;
    const blockLen = WORD_LEN + len + (hasChecksum ? WORD_LEN : 0);
    if (end - start < blockLen) return this.need(blockLen);
    const dataStart = start + WORD_LEN;
    const dataEnd = dataStart + len;
    if (hasChecksum && xxHash32(buf, dataStart, dataEnd) !== buf.readUInt32LE(dataEnd)) {
      return this.fail('a block does not match its checksum');
    }
    this.makeRoom();
    if (!this.unpack(isStored, buf, dataStart, dataEnd)) return this.fail('a block is malformed');
    this.contentLen += this.outputEnd - this.outputStart;
    this.checksum?.update(this.output, this.outputStart, this.outputEnd);
    return blockLen;
  }

  private endMark(): number {
    if (this.statedLen >= 0 && this.statedLen !== this.contentLen) {
      return this.fail('the content has not the length that its header states');
    }
    this.at = this.checksum === null ? AT_FRAME : AT_CHECKSUM;
    return WORD_LEN;
  }

  private contentChecksum(stated: number): number {
    if (this.checksum!.digest() !== stated) return this.fail('the content does not match its checksum');
    this.at = AT_FRAME;
    return WORD_LEN;
  }

  /** Room for a block behind what it may refer to: nothing, or the last 64 KiB. */
  private makeRoom(): void {
    const historyLen = (this.flags & FLG_INDEPENDENT) === 0 ? Math.min(this.outputEnd, HISTORY_LEN) : 0;
    if (historyLen !== this.outputEnd && this.outputEnd + this.maxBlockLen > this.output.length) {
      this.output.copyWithin(0, this.outputEnd - historyLen, this.outputEnd);
      this.outputEnd = historyLen;
    }
    this.outputStart = this.outputEnd;
  }

  private unpack(isStored: boolean, buf: Buffer, start: number, end: number): boolean {
    if (!isStored) return this.sequences(buf, start, end);
    this.outputEnd += buf.copy(this.output, this.outputEnd, start, end);
    return true;
  }

  /**
   * Decodes a compressed block (LZ4 Block Format). False where it is malformed, or is cut: `outputEnd` then lies behind
   * what could be decoded.
   */
  private sequences(buf: Buffer, start: number, end: number): boolean {
    const { output, outputStart, maxBlockLen } = this;
    const limit = outputStart + maxBlockLen;
    const historyStart = (this.flags & FLG_INDEPENDENT) === 0 ? 0 : outputStart;
    let at = start;
    while (at < end) {
      const token = buf[at++]!;
      let len = token >> 4;
      if (len === LONG) {
        len = this.longLen(buf, at, end);
        if (len < 0) return false;
        at = this.next;
      }
      const to = this.outputEnd;
      const presentLen = Math.min(len, end - at, limit - to);
      if (presentLen <= SHORT_LEN) for (let i = 0; i < presentLen; i++) output[to + i] = buf[at + i]!;
      else buf.copy(output, to, at, at + presentLen);
      this.outputEnd = to + presentLen;
      if (presentLen < len) return false;
      at += len;
      if (at === end) return true;

      if (end - at < 2) return false;
      const distance = buf[at]! | (buf[at + 1]! << 8);
      at += 2;
      len = token & LONG;
      if (len === LONG) {
        len = this.longLen(buf, at, end);
        if (len < 0) return false;
        at = this.next;
      }
      len += MIN_MATCH_LEN;
      if (distance === 0 || distance > this.outputEnd - historyStart || len > limit - this.outputEnd) return false;
      this.match(distance, len);
    }
    return false;
  }

  /** A length that goes on at `buf[at]`, -1 where it is cut; `next` is behind it. */
  private longLen(buf: Buffer, at: number, end: number): number {
    let len = LONG;
    while (at < end) {
      const more = buf[at++]!;
      len += more;
      if (more === 255) continue;
      this.next = at;
      return len;
    }
    return -1;
  }

  /** Repeats `len` bytes from `distance` back; they may overlap what they make. */
  private match(distance: number, len: number): void {
    const { output, outputEnd: to } = this;
    const from = to - distance;
    if (len > SHORT_LEN && distance >= len) output.copyWithin(to, from, from + len);
    else if (len > SHORT_LEN && distance === 1) output.fill(output[from]!, to, to + len);
    else for (let i = 0; i < len; i++) output[to + i] = output[from + i]!;
    this.outputEnd = to + len;
  }

  private need(len: number): number {
    this.neededLen = len;
    return 0;
  }

  private fail(problem: string): number {
    this.problem = problem;
    return 0;
  }
}
