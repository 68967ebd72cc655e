/** Text is joined to pieces of about this length, in bytes, before it is written. */
export const PIECE_LEN = 1 << 18;
/** Bytes of UTF-8 that a UTF-16 code unit takes at most. */
const MOST_PER_UNIT = 3;

/** Buffers kept for further pieces; a slow reader may have had more of them in use. */
const MOST_FREE = 16;

/** Takes a piece of UTF-8, and calls `done` when it needs the bytes no more. */
export type TakeBytes = (bytes: Buffer, done: () => void) => void;

/**
 * Joins small texts in UTF-8, each encoded as it comes: strings joined to a long one would have to be put together and
 * encoded all at once. Buffers are used again as soon as they have been written.
 */
export class ByteJoiner {
  private buf: Buffer = Buffer.allocUnsafeSlow(PIECE_LEN);
  private at = 0;
  private readonly free: Buffer[] = [];

  constructor(private readonly take: TakeBytes) {}

  write(text: string): void {
    const most = text.length * MOST_PER_UNIT;
    if (most > PIECE_LEN - this.at) {
      this.flush();
      if (most > PIECE_LEN) {
        this.take(Buffer.from(text, 'utf8'), () => {});
        return;
      }
    }
    this.at += this.buf.write(text, this.at, 'utf8');
  }

  /** The same for bytes, which are copied. */
  writeBytes(bytes: Buffer, start: number, end: number): void {
    if (end - start > PIECE_LEN - this.at) {
      this.flush();
      if (end - start > PIECE_LEN) {
        this.take(Buffer.from(bytes.subarray(start, end)), () => {});
        return;
      }
    }
    this.at += bytes.copy(this.buf, this.at, start, end);
  }

  flush(): void {
    if (this.at === 0) return;
    const { buf, at } = this;
    this.clear();
    this.buf = this.free.pop() ?? Buffer.allocUnsafeSlow(PIECE_LEN);
    this.take(buf.subarray(0, at), () => {
      if (this.free.length < MOST_FREE) this.free.push(buf);
    });
  }

  clear(): void {
    this.at = 0;
  }
}
