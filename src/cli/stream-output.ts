import type { Writable } from 'node:stream';
import { ByteJoiner } from './byte-joiner.js';
import { cannotWrite } from './compose.js';
import type { Output } from './output.js';

/**
 * A pipe, a terminal or a redirected file. When the reader closes it (EPIPE: `| head -1`), further text is dropped
 * silently, and `onClosed` is called once so that the work can end. Where `onClosed` is null that is an error, which
 * `commit` throws.
 */
export class StreamOutput implements Output {
  private readonly joiner = new ByteJoiner((bytes, done) => this.send(bytes, done));
  private failure: Error | null = null;
  private closed = false;
  private full = false;

  constructor(
    private readonly stream: Writable,
    private readonly onClosed: (() => void) | null = () => {},
    private readonly name = 'standard output',
  ) {
    stream.on('error', (error: NodeJS.ErrnoException) => this.fail(error));
    stream.on('drain', () => {
      this.full = false;
    });
  }

  /** True once the reader has closed the pipe. */
  get isClosed(): boolean {
    return this.closed;
  }

  write(text: string): void {
    if (!this.closed) this.joiner.write(text);
  }

  writeBytes(buf: Buffer, start: number, end: number): void {
    if (!this.closed) this.joiner.writeBytes(buf, start, end);
  }

  /** Writes the buffered text at once. */
  flush(): void {
    this.joiner.flush();
  }

  drain(): Promise<void> | null {
    if (!this.full || this.closed) return null;
    return new Promise((resolve) => {
      const done = () => {
        this.stream.off('drain', done).off('close', done).off('error', done);
        resolve();
      };
      this.stream.on('drain', done).on('close', done).on('error', done);
    });
  }

  async commit(): Promise<void> {
    this.joiner.flush();
    // The callback of an empty write comes when everything before it has been handed to the system, or has failed.
    if (!this.closed) {
      const error = await new Promise<Error | null | undefined>((resolve) => this.stream.write('', resolve));
      if (error) this.fail(error);
    }
    if (this.failure !== null) throw cannotWrite(this.name, this.failure as NodeJS.ErrnoException);
  }

  discard(): void {
    this.joiner.clear();
  }

  private send(bytes: Buffer, done: () => void): void {
    if (this.closed) return;
    this.full = !this.stream.write(bytes, done);
  }

  private fail(error: NodeJS.ErrnoException): void {
    if (this.closed) return;
    this.closed = true;
    // A destroyed stream was closed by ourselves.
    const isExpected = error.code === 'ERR_STREAM_DESTROYED' || (error.code === 'EPIPE' && this.onClosed !== null);
    if (!isExpected) this.failure = error;
    this.onClosed?.();
  }
}
