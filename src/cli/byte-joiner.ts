/** Bytes of text that are joined before they are written, approximately. */
export const PIECE_LEN = 1 << 18;
/** Bytes of UTF-8 that a UTF-16 code unit takes at most. */
const MOST_PER_UNIT = 3;

/** Buffers kept for reuse; a slow reader may hold more. */
const MOST_FREE = 16;

/** Takes a piece of UTF-8, and calls `done` when it no longer needs the bytes. */
export type TakeBytes = (bytes: Buffer, done: () => void) => void;

/**
 * Joins small texts as UTF-8. Each is encoded on arrival: joined strings would be flattened and encoded all at once.
 * Buffers are reused once they are written.
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
