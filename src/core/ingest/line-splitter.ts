const LINE_FEED = 0x0a;
const FIRST_LEN = 4096;

/** Takes lines; offsets are into `buf`, without the line feed, and valid during the call only. */
export interface LineSink {
  line(buf: Buffer, start: number, end: number): void;
  /** A line was longer than allowed, and has been passed over. */
  tooLong(): void;
}

/**
 * Cuts bytes that come in chunks into lines, however the chunks fall. Never holds more than one line of `maxLen` bytes.
 */
export class LineSplitter {
  private held: Buffer = Buffer.alloc(0);
  private heldLen = 0;
  /** The line under way is too long: nothing of it is kept. */
  private isSkipping = false;

  constructor(
    private readonly maxLen: number,
    private readonly sink: LineSink,
  ) {}

  /** Hands on the lines that end in `chunk`. */
  push(chunk: Buffer): void {
    let start = 0;
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, start)) {
      this.finish(chunk, start, at);
      start = at + 1;
    }
    if (start < chunk.length) this.hold(chunk, start);
  }

  /** No more comes: a last line needs no line feed. */
  end(): void {
    if (this.heldLen > 0 || this.isSkipping) this.finish(EMPTY, 0, 0);
  }

  /** `chunk[start, end)` ends the line under way. */
  private finish(chunk: Buffer, start: number, end: number): void {
    if (this.isSkipping || this.heldLen + (end - start) > this.maxLen) {
      this.isSkipping = false;
      this.heldLen = 0;
      this.sink.tooLong();
    } else if (this.heldLen === 0) {
      this.sink.line(chunk, start, end);
    } else {
      this.append(chunk, start, end);
      const len = this.heldLen;
      this.heldLen = 0;
      this.sink.line(this.held, 0, len);
    }
  }

  private hold(chunk: Buffer, start: number): void {
    if (this.isSkipping) return;
    if (this.heldLen + (chunk.length - start) > this.maxLen) {
      this.isSkipping = true;
      this.heldLen = 0;
    } else {
      this.append(chunk, start, chunk.length);
    }
  }

  private append(chunk: Buffer, start: number, end: number): void {
    const len = this.heldLen + (end - start);
    if (len > this.held.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_LEN, this.held.length * 2, len));
      this.held.copy(larger, 0, 0, this.heldLen);
      this.held = larger;
    }
    chunk.copy(this.held, this.heldLen, start, end);
    this.heldLen = len;
  }
}

const EMPTY = Buffer.alloc(0);
