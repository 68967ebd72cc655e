import type { RunSink } from '../../core/filter/kept-runs.js';
import type { ByteSink } from './byte-sink.js';

const BUFFER_LEN = 1 << 20;
/** Of all writers together, unless the least length of a buffer exceeds it. */
const MOST_BUFFERED = 16 << 20;
/** Pieces from this length on are not worth a copy. */
const DIRECT_LEN = 1 << 16;

/** Joins the pieces of a capture into writes of up to a MiB. Long pieces go to the sink directly. */
export class RunWriter implements RunSink {
  /** Bytes taken so far. */
  acceptedLen = 0;
  private readonly buffer: Buffer;
  private bufferedLen = 0;

  /** `others`: writers that are in use at the same time; each has a smaller buffer then. */
  constructor(
    readonly sink: ByteSink,
    others = 0,
  ) {
    const share = Math.floor(MOST_BUFFERED / (others + 1));
    this.buffer = Buffer.allocUnsafeSlow(Math.max(DIRECT_LEN, Math.min(BUFFER_LEN, share)));
  }

  keep(buf: Buffer, start: number, end: number): void {
    const len = end - start;
    this.acceptedLen += len;
    if (len > this.buffer.length - this.bufferedLen || len >= DIRECT_LEN) this.flush();
    if (len >= DIRECT_LEN) {
      this.sink.write(buf.subarray(start, end));
      return;
    }
    buf.copy(this.buffer, this.bufferedLen, start, end);
    this.bufferedLen += len;
  }

  /** Writes the collected bytes. */
  flush(): void {
    if (this.bufferedLen === 0) return;
    const len = this.bufferedLen;
    this.bufferedLen = 0;
    this.sink.write(this.buffer.subarray(0, len));
  }

  /** Call after each piece of input: flushes to a pipe, so that its reader sees packets as they come. */
  settle(): Promise<void> | null {
    if (this.sink.isStream) this.flush();
    return this.sink.drain();
  }

  /** Removes all bytes after the first `len`; false where that is impossible. */
  cutTo(len: number): boolean {
    const excess = this.acceptedLen - len;
    if (excess <= 0) return true;
    if (excess > this.bufferedLen) {
      this.flush();
      if (!this.sink.takeBack(excess)) return false;
    } else {
      this.bufferedLen -= excess;
    }
    this.acceptedLen = len;
    return true;
  }
}
