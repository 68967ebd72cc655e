import type { Writable } from 'node:stream';
import type { ByteSink } from './byte-sink.js';
import { cannotWrite } from './write-error.js';

/**
 * Standard output, or another stream called `name`. A reader that goes away (EPIPE) is no error where `onClosed` is
 * given: the rest is dropped, and `onClosed` is called once.
 */
export class StreamSink implements ByteSink {
  readonly isStream = true;
  private closed = false;
  private failure: Error | null = null;

  constructor(
    private readonly stream: Writable,
    private readonly onClosed: (() => void) | null,
    private readonly name = 'standard output',
  ) {
    stream.on('error', (error: NodeJS.ErrnoException) => this.fail(error));
  }

  write(bytes: Buffer): void {
    if (this.failure !== null) throw this.failure;
    if (!this.closed) this.stream.write(Buffer.from(bytes));
  }

  drain(): Promise<void> | null {
    if (this.failure !== null) throw this.failure;
    if (!this.stream.writableNeedDrain || this.closed) return null;
    return new Promise((resolve) => {
      const done = () => {
        this.stream.off('drain', done).off('close', done).off('error', done);
        resolve();
      };
      this.stream.on('drain', done).on('close', done).on('error', done);
    });
  }

  takeBack(): boolean {
    return false;
  }

  async commit(): Promise<void> {
    if (!this.closed) {
      // The callback of an empty write comes when everything before it has been handed to the system, or has failed.
      const error = await new Promise<Error | null | undefined>((resolve) => this.stream.write('', resolve));
      if (error) this.fail(error);
    }
    if (this.failure !== null) throw this.failure;
  }

  discard(): void {}

  private fail(error: NodeJS.ErrnoException): void {
    if (this.closed) return;
    this.closed = true;
    // A destroyed stream was closed by ourselves.
    if (error.code === 'ERR_STREAM_DESTROYED') this.onClosed?.();
    else if (error.code === 'EPIPE' && this.onClosed !== null) this.onClosed();
    else this.failure = cannotWrite(this.name, error);
  }
}
