/**
 * Splits zstd data (RFC 8878 §3) into pieces without decompressing it. A decoder makes at most one block of output from
 * each piece.
 */

const FRAME_MAGIC = 0xfd2fb528;
/** Skippable frames: 0x184D2A50 to 0x184D2A5F (§3.1.2). */
const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_HEADER_LEN = 8;
const MAGIC_LEN = 4;
const MIN_FRAME_HEADER_LEN = 5;
const BLOCK_HEADER_LEN = 3;
const CHECKSUM_LEN = 4;
const RLE_BLOCK = 1;
const RESERVED_BLOCK = 3;
/** Block_Maximum_Size (§3.1.1.2.3). */
const MAX_BLOCK_LEN = 128 * 1024;
/** zstd's own default; files made with `--long=28` and more need as much memory to read. */
const MAX_WINDOW_LEN = 128 * 1024 * 1024;

/** The next piece is whole: `pieceLen` bytes, of kind `kind`. */
export const PIECE_READY = 0;
/** At least `neededLen` bytes are needed. */
export const PIECE_CUT = 1;
/** Not zstd data, or not supported: `problem` says why. */
export const PIECE_BAD = 2;

export const PIECE_FRAME_HEADER = 0;
const PIECE_BLOCK = 1;
const PIECE_CHECKSUM = 2;
/** Bytes that the decoder ignores. May be longer than any buffer, so the caller drops them as they arrive. */
export const PIECE_SKIPPABLE = 3;

/** Longest piece that is not skippable. */
export const MAX_PIECE_LEN = BLOCK_HEADER_LEN + MAX_BLOCK_LEN;

export class ZstdFrames {
  pieceLen = 0;
  kind = PIECE_FRAME_HEADER;
  neededLen = 0;
  problem = '';
  private inFrame = false;
  private hasChecksum = false;
  private atChecksum = false;
  private maxBlockLen = 0;

  /** True between frames: data may end here. */
  get isComplete(): boolean {
    return !this.inFrame;
  }

  /** Inspects the piece at `buf[start]`. Call again only for the bytes after it. */
  next(buf: Buffer, start: number, end: number): number {
    if (this.atChecksum) return this.checksum(end - start);
    return this.inFrame ? this.block(buf, start, end) : this.frameHeader(buf, start, end);
  }

  private frameHeader(buf: Buffer, start: number, end: number): number {
    const available = end - start;
    if (available < MAGIC_LEN) return this.cut(MAGIC_LEN);
    const magic = buf.readUInt32LE(start);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
      if (available < SKIPPABLE_HEADER_LEN) return this.cut(SKIPPABLE_HEADER_LEN);
      return this.ready(PIECE_SKIPPABLE, SKIPPABLE_HEADER_LEN + buf.readUInt32LE(start + MAGIC_LEN));
    }
    if (magic !== FRAME_MAGIC) return this.bad('a frame has no magic number');
    if (available < MIN_FRAME_HEADER_LEN) return this.cut(MIN_FRAME_HEADER_LEN);

    // Frame_Header_Descriptor (§3.1.1.1.1).
    const descriptor = buf[start + MAGIC_LEN]!;
    const sizeFlag = descriptor >> 6;
    const isSingleSegment = (descriptor & 0x20) !== 0;
    if ((descriptor & 0x08) !== 0) return this.bad('a frame uses a reserved bit');
    if ((descriptor & 0x03) !== 0) return this.bad('it needs a dictionary');
    const sizeFieldLen = sizeFlag === 0 ? (isSingleSegment ? 1 : 0) : 1 << sizeFlag;
    const windowFieldLen = isSingleSegment ? 0 : 1;
    const headerLen = MIN_FRAME_HEADER_LEN + windowFieldLen + sizeFieldLen;
    if (available < headerLen) return this.cut(headerLen);
    const windowLen = isSingleSegment
      ? contentLen(buf, start + MIN_FRAME_HEADER_LEN, sizeFieldLen)
      : windowSize(buf[start + MIN_FRAME_HEADER_LEN]!);
    if (windowLen > MAX_WINDOW_LEN) return this.bad(`its window of ${windowLen} bytes is over ${MAX_WINDOW_LEN}`);

    this.hasChecksum = (descriptor & 0x04) !== 0;
    this.maxBlockLen = Math.min(windowLen, MAX_BLOCK_LEN);
    this.inFrame = true;
    return this.ready(PIECE_FRAME_HEADER, headerLen);
  }

  private block(buf: Buffer, start: number, end: number): number {
    if (end - start < BLOCK_HEADER_LEN) return this.cut(BLOCK_HEADER_LEN);
    const header = buf.readUIntLE(start, BLOCK_HEADER_LEN);
    const isLast = (header & 1) !== 0;
    const type = (header >> 1) & 3;
    const blockLen = header >> 3;
    if (type === RESERVED_BLOCK || blockLen > this.maxBlockLen) return this.bad('a block header is not valid');
    const pieceLen = BLOCK_HEADER_LEN + (type === RLE_BLOCK ? 1 : blockLen);
    if (end - start < pieceLen) return this.cut(pieceLen);
    if (isLast) {
      this.atChecksum = this.hasChecksum;
      this.inFrame = this.hasChecksum;
    }
    return this.ready(PIECE_BLOCK, pieceLen);
  }

  private checksum(available: number): number {
    if (available < CHECKSUM_LEN) return this.cut(CHECKSUM_LEN);
    this.atChecksum = false;
    this.inFrame = false;
    return this.ready(PIECE_CHECKSUM, CHECKSUM_LEN);
  }

  private ready(kind: number, pieceLen: number): number {
    this.kind = kind;
    this.pieceLen = pieceLen;
    return PIECE_READY;
  }

  private cut(neededLen: number): number {
    this.neededLen = neededLen;
    return PIECE_CUT;
  }

  private bad(problem: string): number {
    this.problem = problem;
    return PIECE_BAD;
  }
}

/** Frame_Content_Size (§3.1.1.1.4); two-byte values start at 256. */
function contentLen(buf: Buffer, at: number, fieldLen: number): number {
  if (fieldLen === 8) return Number(buf.readBigUInt64LE(at));
  return buf.readUIntLE(at, fieldLen) + (fieldLen === 2 ? 256 : 0);
}

/** Window_Descriptor (§3.1.1.1.2). */
function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}
