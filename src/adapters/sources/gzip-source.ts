import { createGunzip, type Gunzip } from 'node:zlib';
import type { CaptureStream } from '../../core/capture/capture-stream.js';
import type { ByteSource } from './byte-source.js';
import { InputSource } from './input-source.js';
import type { RawInput } from './raw-input.js';

const OUTPUT_CHUNK_LEN = 256 * 1024;
/**
 * Compressed bytes handed over at a time: long enough to hide the hand-over, and a gzip bomb makes 1,032 times as much.
 */
const PIECE_LEN = 64 * 1024;
/** One piece is inflated while the next waits. */
const PIECES = 2;
/** No further piece is handed over while this much output waits for its reader. */
const MAX_QUEUED_LEN = 1024 * 1024;
/**
 * A member's CRC and length (RFC 1952 §2.3.1). zlib drops the output of the call in which it finds an error, so these
 * come in a call of their own: a wrong CRC then costs nothing.
 */
const TRAILER_LEN = 8;
/**
 * After an error, the piece that held it is read again in steps this small to save the output before it, and the step
 * that held it then byte by byte: a byte too many, and the end of a member before a damaged one would be lost.
 */
const CAREFUL_PIECE_LENS: readonly number[] = [64, 1];

/**
 * gzip data of any number of members, inflated on the thread pool while the reader works on the previous chunk. Output
 * before damage is delivered. Zero bytes or other garbage after the last member are ignored, as gzip does.
 */
export class GzipSource extends InputSource implements ByteSource {
  readonly compression = 'gzip';
  damage: string | null = null;

  private gunzip: Gunzip;
  private readonly queue: Buffer[] = [];
  private queuedLen = 0;
  /** How much of `queue[0]` was delivered. */
  private headAt = 0;
  private producedLen = 0;

  private freePieces: Buffer[] = [];
  /** The last bytes read, held back until it is known whether more come. */
  private readonly held = Buffer.allocUnsafe(TRAILER_LEN);
  private heldLen = 0;
  private handedLen = 0;
  private pumping = false;
  private inputEnded = false;

  private ended = false;
  private failure: unknown = null;
  private wake: (() => void) | null = null;

  /** From the second attempt on: how many failed, where the last one did, and output that was delivered already. */
  private failures = 0;
  private carefulFrom = -1;
  private skipLen = 0;

  constructor(raw: RawInput) {
    super(raw);
    this.gunzip = this.begin();
  }

  fill(stream: CaptureStream): number | Promise<number> {
    if (this.queue.length > 0) return this.handOn(stream);
    if (this.failure !== null) throw this.failure;
    if (this.ended) return 0;
    return this.fillLater(stream);
  }

  close(): void {
    this.ended = true;
    this.gunzip.removeAllListeners();
    this.gunzip.on('error', ignore);
    this.gunzip.destroy();
    this.raw.close();
    this.wakeUp();
  }

  private async fillLater(stream: CaptureStream): Promise<number> {
    while (this.queue.length === 0 && !this.ended && this.failure === null) {
      const woken = new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      this.pump();
      await woken;
    }
    return this.fill(stream);
  }

  private handOn(stream: CaptureStream): number {
    const chunk = this.queue[0]!;
    const len = stream.push(chunk, this.headAt);
    this.headAt += len;
    this.queuedLen -= len;
    if (this.headAt === chunk.length) {
      this.queue.shift();
      this.headAt = 0;
    }
    if (this.queuedLen < MAX_QUEUED_LEN) this.pump();
    return len;
  }

  private begin(): Gunzip {
    this.freePieces = Array.from({ length: PIECES }, () => Buffer.allocUnsafe(PIECE_LEN + TRAILER_LEN));
    this.heldLen = 0;
    this.handedLen = 0;
    this.inputEnded = false;
    const gunzip = createGunzip({ chunkSize: OUTPUT_CHUNK_LEN });
    gunzip.on('data', (chunk: Buffer) => this.take(chunk));
    gunzip.on('end', () => this.finish(null));
    gunzip.on('error', (error: NodeJS.ErrnoException) => this.onError(error));
    return gunzip;
  }

  private take(chunk: Buffer): void {
    const skipped = Math.min(this.skipLen, chunk.length);
    this.skipLen -= skipped;
    if (skipped === chunk.length) return;
    const fresh = chunk.subarray(skipped);
    this.queue.push(fresh);
    this.queuedLen += fresh.length;
    this.producedLen += fresh.length;
    this.wakeUp();
  }

  private onError(error: NodeJS.ErrnoException): void {
    const at = this.gunzip.bytesWritten;
    const isCut = error.code === 'Z_BUF_ERROR';
    if (!isCut && this.failures < CAREFUL_PIECE_LENS.length && this.raw.seekable) {
      this.failures++;
      this.carefulFrom = at;
      this.skipLen = this.producedLen;
      // No read of the first attempt is pending: files are read synchronously.
      this.raw.rewind();
      this.gunzip = this.begin();
      this.pump();
      return;
    }
    const problem = isCut ? `cut short at byte ${this.raw.bytesRead}` : `damaged near byte ${at} (${error.message})`;
    this.finish(`the gzip data is ${problem}`);
  }

  private finish(damage: string | null): void {
    this.damage = damage;
    this.ended = true;
    this.wakeUp();
  }

  private wakeUp(): void {
    const { wake } = this;
    this.wake = null;
    wake?.();
  }

  /** Hands over pieces while there are free ones and the reader keeps up. */
  private pump(): void {
    if (this.pumping || this.ended) return;
    this.pumping = true;
    const { gunzip } = this;
    this.handOver(gunzip)
      .catch((error: unknown) => {
        this.failure = error;
        this.wakeUp();
      })
      .finally(() => {
        this.pumping = false;
        // A second attempt began meanwhile, or a piece came back at the last moment.
        if (gunzip !== this.gunzip || this.mayHandOver()) this.pump();
      });
  }

  private mayHandOver(): boolean {
    return (
      !this.ended &&
      this.failure === null &&
      !this.inputEnded &&
      this.freePieces.length > 0 &&
      this.queuedLen < MAX_QUEUED_LEN
    );
  }

  private async handOver(gunzip: Gunzip): Promise<void> {
    while (gunzip === this.gunzip && this.mayHandOver()) {
      const piece = this.freePieces.pop()!;
      this.held.copy(piece, 0, 0, this.heldLen);
      const answer = this.raw.read(piece, this.heldLen, this.nextPieceLen());
      const got = typeof answer === 'number' ? answer : await answer;
      if (gunzip !== this.gunzip || this.ended) return;
      const presentLen = this.heldLen + got;
      if (got === 0) {
        this.inputEnded = true;
        // Not end(piece): a call that finds the data cut short drops what it unpacked.
        if (presentLen === 0) gunzip.end();
        else gunzip.write(piece.subarray(0, presentLen), () => gunzip.end());
        return;
      }
      const len = Math.max(presentLen - TRAILER_LEN, 0);
      this.heldLen = presentLen - len;
      piece.copy(this.held, 0, len, presentLen);
      this.handedLen += len;
      if (len === 0) this.freePieces.push(piece);
      else gunzip.write(piece.subarray(0, len), () => this.takeBack(gunzip, piece));
    }
  }

  private takeBack(gunzip: Gunzip, piece: Buffer): void {
    if (gunzip !== this.gunzip) return;
    this.freePieces.push(piece);
    this.pump();
  }

  private nextPieceLen(): number {
    if (this.failures === 0) return PIECE_LEN;
    return this.handedLen < this.carefulFrom
      ? Math.min(PIECE_LEN, this.carefulFrom - this.handedLen)
      : CAREFUL_PIECE_LENS[this.failures - 1]!;
  }
}

function ignore(): void {}
