import { type ConnectOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { readFailure } from './input-failure.js';
import type { RawInput } from './raw-input.js';

/** The capacity of a pipe on Linux. */
const CHUNK_LEN = 64 * 1024;

/**
 * A pipe, FIFO or socket. The event loop polls it: a read on the thread pool can't be cancelled, and after an interrupt
 * it would keep the process alive until the writer sends something.
 */
export class PipeInput implements RawInput {
  readonly seekable = false;
  readonly totalLen = null;
  bytesRead = 0;

  private readonly socket: Socket;
  /** The socket reads into this, and only after all of it was delivered. */
  private readonly chunk = Buffer.allocUnsafeSlow(CHUNK_LEN);
  private chunkAt = 0;
  private chunkEnd = 0;
  private ended = false;
  private failure: unknown = null;
  private wake: (() => void) | null = null;

  constructor(
    readonly name: string,
    fd: number,
    signal?: AbortSignal,
  ) {
    const onread = { buffer: this.chunk, callback: (len: number) => this.take(len) };
    const options: SocketConstructorOpts & ConnectOpts = { fd, readable: true, writable: false, onread };
    this.socket = new Socket(options);
    this.socket.on('end', () => this.finish(null));
    this.socket.on('close', () => this.finish(null));
    this.socket.on('error', (error) => this.finish(error));
    this.socket.resume();
    if (signal?.aborted) this.close();
    signal?.addEventListener('abort', () => this.close(), { once: true });
  }

  async read(into: Buffer, at: number, len: number): Promise<number> {
    if (this.chunkAt === this.chunkEnd && !this.ended) await this.nextChunk();
    const got = Math.min(len, this.chunkEnd - this.chunkAt);
    if (got === 0 && this.failure !== null) throw readFailure(this.name, this.failure);
    this.chunk.copy(into, at, this.chunkAt, this.chunkAt + got);
    this.chunkAt += got;
    this.bytesRead += got;
    return got;
  }

  rewind(): void {}

  close(): void {
    this.socket.destroy();
  }

  private nextChunk(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
      this.socket.resume();
    });
  }

  /** Called when the chunk holds `len` bytes. Returns false, which stops the socket until the chunk was delivered. */
  private take(len: number): boolean {
    this.chunkAt = 0;
    this.chunkEnd = len;
    this.wakeUp();
    return false;
  }

  private finish(failure: unknown): void {
    this.ended = true;
    this.failure ??= failure;
    this.wakeUp();
  }

  private wakeUp(): void {
    const { wake } = this;
    this.wake = null;
    wake?.();
  }
}
