import { Decompress } from 'fzstd';
import type { CaptureStream } from '../../core/capture/capture-stream.js';
import type { ByteSource } from './byte-source.js';
import { InputSource } from './input-source.js';
import { MAX_PIECE_LEN, PIECE_BAD, PIECE_CUT, PIECE_FRAME_HEADER, PIECE_SKIPPABLE, ZstdFrames } from './zstd-frames.js';

/** Several times the longest piece, so that few are cut. */
const INPUT_LEN = 4 * MAX_PIECE_LEN;

/**
 * zstd data of any number of frames, decompressed a block at a time. Checksums are not verified. Output before damage
 * is delivered.
 */
export class ZstdSource extends InputSource implements ByteSource {
  readonly compression = 'zstd';
  damage: string | null = null;

  private readonly frames = new ZstdFrames();
  private readonly decoder = new Decompress((data) => this.take(data));
  private readonly input = Buffer.allocUnsafeSlow(INPUT_LEN);
  private inputAt = 0;
  private inputEnd = 0;
  /** Compressed offset of `input[0]`. */
  private baseOffset = 0;
  /** Bytes of a skippable frame still to be dropped. */
  private skipLen = 0;
  private ended = false;

  /** Output of the last pieces, and how much of the first was delivered. */
  private readonly queue: Buffer[] = [];
  private headAt = 0;

  async fill(stream: CaptureStream): Promise<number> {
    while (this.queue.length === 0 && !this.ended) {
      if (this.decodeNext()) continue;
      const got = await this.read();
      if (got === 0) this.finish();
    }
    return this.queue.length === 0 ? 0 : this.handOn(stream);
  }

  close(): void {
    this.ended = true;
    this.raw.close();
  }

  private handOn(stream: CaptureStream): number {
    const chunk = this.queue[0]!;
    const len = stream.push(chunk, this.headAt);
    this.headAt += len;
    if (this.headAt === chunk.length) {
      this.queue.shift();
      this.headAt = 0;
    }
    return len;
  }

  /** Decodes one piece; false when it is not all there yet. */
  private decodeNext(): boolean {
    if (this.skipLen > 0) return this.skip();
    const status = this.frames.next(this.input, this.inputAt, this.inputEnd);
    if (status === PIECE_CUT) return false;
    if (status === PIECE_BAD) {
      this.stop(this.frames.problem);
      return true;
    }
    if (this.frames.kind === PIECE_SKIPPABLE) {
      this.skipLen = this.frames.pieceLen;
      return true;
    }
    // A plain Uint8Array: the decoder relies on slice() making a copy.
    const piece = new Uint8Array(this.input.buffer, this.inputAt, this.frames.pieceLen);
    // The decoder keeps a frame's header until its first block has come.
    const isKept = this.frames.kind === PIECE_FRAME_HEADER || piece.length < MIN_DECODED_LEN;
    this.inputAt += piece.length;
    this.decode(isKept ? piece.slice() : piece, false);
    return true;
  }

  private decode(piece: Uint8Array, isFinal: boolean): void {
    try {
      this.decoder.push(piece, isFinal);
    } catch (error) {
      this.stop(error instanceof Error ? error.message : String(error));
    }
  }

  private skip(): boolean {
    const len = Math.min(this.skipLen, this.inputEnd - this.inputAt);
    this.skipLen -= len;
    this.inputAt += len;
    return this.skipLen === 0;
  }

  private async read(): Promise<number> {
    this.input.copyWithin(0, this.inputAt, this.inputEnd);
    this.baseOffset += this.inputAt;
    this.inputEnd -= this.inputAt;
    this.inputAt = 0;
    const got = await this.raw.read(this.input, this.inputEnd, INPUT_LEN - this.inputEnd);
    this.inputEnd += got;
    return got;
  }

  /** At the end of the input: flushes the decoder, and detects data that is cut short. */
  private finish(): void {
    this.ended = true;
    if (!this.frames.isComplete || this.skipLen > 0 || this.inputAt < this.inputEnd) {
      this.damage = `the zstd data is cut short at byte ${this.baseOffset + this.inputEnd}`;
    }
    const { damage } = this;
    this.decode(new Uint8Array(0), true);
    // The decoder has its own message for a cut.
    if (damage !== null) this.damage = damage;
  }

  private stop(problem: string): void {
    this.ended = true;
    this.damage = `the zstd data is damaged near byte ${this.baseOffset + this.inputAt} (${problem})`;
  }

  private take(data: Uint8Array): void {
    if (data.length > 0) this.queue.push(Buffer.from(data.buffer, data.byteOffset, data.length));
  }
}

/** The decoder collects up to this many bytes before it reads a frame's header. */
const MIN_DECODED_LEN = 18;
