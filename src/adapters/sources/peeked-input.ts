import type { RawInput } from './raw-input.js';

/** Enough for every signature that tells compressed data from a capture. */
const PEEK_LEN = 4096;
const MIN_PEEK_LEN = 4;

/** A raw input whose first bytes were read ahead and are delivered again. */
export class PeekedInput implements RawInput {
  private headAt = 0;

  private constructor(
    private readonly raw: RawInput,
    /** The first bytes, at least 4 unless the input is shorter; never changed. */
    readonly head: Buffer,
  ) {}

  static async peek(raw: RawInput): Promise<PeekedInput> {
    const head = Buffer.allocUnsafe(PEEK_LEN);
    let len = 0;
    while (len < MIN_PEEK_LEN) {
      const got = await raw.read(head, len, PEEK_LEN - len);
      if (got === 0) break;
      len += got;
    }
    return new PeekedInput(raw, head.subarray(0, len));
  }

  get name(): string {
    return this.raw.name;
  }

  get totalLen(): number | null {
    return this.raw.totalLen;
  }

  get seekable(): boolean {
    return this.raw.seekable;
  }

  get bytesRead(): number {
    return this.raw.bytesRead - (this.head.length - this.headAt);
  }

  read(into: Buffer, at: number, len: number): number | Promise<number> {
    const left = this.head.length - this.headAt;
    if (left === 0) return this.raw.read(into, at, len);
    const got = Math.min(left, len);
    this.head.copy(into, at, this.headAt, this.headAt + got);
    this.headAt += got;
    return got;
  }

  rewind(): void {
    this.raw.rewind();
    this.headAt = this.head.length;
  }

  close(): void {
    this.raw.close();
  }
}
