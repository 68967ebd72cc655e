import { HpackDecoder } from './hpack.js';

/** Longest header block over several frames, and most frames of one (RFC 9113 §10.5.1 leaves both open). */
const MAX_BLOCK_LEN = 0x10000;
const MAX_BLOCK_FRAMES = 4096;
const MAX_POOLED = 64;

/** What is remembered of a connection's requests. Pooled: `acquireState`, then `releaseState`. */
export class Http2State {
  readonly hpack = new HpackDecoder();
  /** Bytes were lost: the next frame has to be found again, and a frame of an unknown type proves nothing. */
  isLost = false;
  /** A header block that goes on in CONTINUATION frames. */
  private block: Buffer | null = null;
  private blockLen = 0;
  private frames = 0;
  /** The block at hand can't be read: its beginning or a part was lost. */
  private isBlockLost = false;

  reset(): void {
    this.hpack.reset();
    this.isLost = false;
    this.block = null;
    this.blockLen = 0;
    this.frames = 0;
    this.isBlockLost = true;
  }

  beginBlock(): void {
    this.blockLen = 0;
    this.frames = 0;
    this.isBlockLost = false;
  }

  /** Takes one frame's part of the block; true when the block is complete and was decoded. */
  addToBlock(buf: Buffer, start: number, end: number, isLast: boolean): boolean {
    if (this.isBlockLost) {
      this.hpack.loseTrack();
      return false;
    }
    this.frames++;
    if (isLast && this.frames === 1) return this.finish(buf, start, end);
    if (this.frames > MAX_BLOCK_FRAMES || this.blockLen + end - start > MAX_BLOCK_LEN) {
      this.loseBlock();
      return false;
    }
    this.keep(buf, start, end);
    return isLast && this.finish(this.block!, 0, this.blockLen);
  }

  loseBlock(): void {
    this.isBlockLost = true;
    this.block = null;
    this.hpack.loseTrack();
  }

  private finish(buf: Buffer, start: number, end: number): boolean {
    this.isBlockLost = true;
    const isRead = this.hpack.decode(buf, start, end);
    this.block = null;
    return isRead;
  }

  private keep(buf: Buffer, start: number, end: number): void {
    const len = this.blockLen + end - start;
    if (this.block === null || this.block.length < len) {
      const larger = Buffer.allocUnsafe(Math.min(Math.max(2 * len, 1024), MAX_BLOCK_LEN));
      this.block?.copy(larger, 0, 0, this.blockLen);
      this.block = larger;
    }
    buf.copy(this.block, this.blockLen, start, end);
    this.blockLen = len;
  }
}

/** Spare states of all connections of this thread; no connection refers to one of them. */
const pool: Http2State[] = [];

export function acquireState(): Http2State {
  const state = pool.pop() ?? new Http2State();
  state.reset();
  return state;
}

export function releaseState(state: unknown): void {
  if (state instanceof Http2State && pool.length < MAX_POOLED) pool.push(state);
}
