import type { Transform } from 'node:stream';
import type { ByteSink } from './byte-sink.js';
import type { PendingFile } from './pending-file.js';

/** Bytes that may wait for the compressor before the reader has to. */
const MAX_WAITING_LEN = 4 << 20;

/** A compressed file. Compressors of Node's zlib work on another thread, ZstdFramesTransform on this one. */
export class CompressedSink implements ByteSink {
  readonly isStream = false;
  private waitingLen = 0;
  private failure: unknown = null;
  private wake: (() => void) | null = null;

  constructor(
    private readonly compressor: Transform,
    private readonly file: PendingFile,
  ) {
    compressor.on('data', (chunk: Buffer) => this.store(chunk));
    compressor.on('error', (error) => this.fail(error));
  }

  write(bytes: Buffer): void {
    if (this.failure !== null) throw this.failure;
    const len = bytes.length;
    this.waitingLen += len;
    this.compressor.write(Buffer.from(bytes), () => {
      this.waitingLen -= len;
      this.wakeUp();
    });
  }

  drain(): Promise<void> | null {
    if (this.failure !== null) throw this.failure;
    if (this.waitingLen < MAX_WAITING_LEN) return null;
    return new Promise<void>((resolve) => {
      this.wake = resolve;
    }).then(() => {
      if (this.failure !== null) throw this.failure;
    });
  }

  takeBack(): boolean {
    return false;
  }

  async commit(): Promise<void> {
    if (this.failure === null) {
      await new Promise<void>((resolve) => {
        // A failure destroys the compressor, which closes it.
        this.compressor.once('end', resolve).once('close', resolve);
        this.compressor.end();
      });
    }
    if (this.failure !== null) throw this.failure;
    this.file.commit();
  }

  discard(): void {
    this.compressor.destroy();
    this.file.discard();
  }

  private store(chunk: Buffer): void {
    if (this.failure !== null) return;
    try {
      this.file.write(chunk);
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    this.failure ??= error;
    this.compressor.destroy();
    this.wakeUp();
  }

  private wakeUp(): void {
    const { wake } = this;
    this.wake = null;
    wake?.();
  }
}
