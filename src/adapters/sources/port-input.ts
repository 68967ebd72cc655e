import type { MessagePort } from 'node:worker_threads';
import type { PortMessage } from './port-messages.js';
import type { RawInput } from './raw-input.js';

const BUFFER_LEN = 256 * 1024;
/** One is read while others are filled or in transit. */
const BUFFERS = 4;

interface Piece {
  readonly bytes: Buffer;
  at: number;
}

/** Bytes that another thread sends through a port. The first read asks for them. */
export class PortInput implements RawInput {
  readonly seekable = false;
  readonly totalLen = null;
  bytesRead = 0;

  private readonly pieces: Piece[] = [];
  private ended = false;
  private isAsking = false;
  private wake: (() => void) | null = null;
  private readonly controller = new AbortController();

  constructor(
    readonly name: string,
    private readonly port: MessagePort,
  ) {
    port.on('message', (message: PortMessage) => this.take(message));
    port.on('close', () => this.end());
  }

  /** Aborted when the sender gives up. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  read(into: Buffer, at: number, len: number): number | Promise<number> {
    const piece = this.pieces[0];
    if (piece === undefined) return this.ended ? 0 : this.readLater(into, at, len);
    const got = piece.bytes.copy(into, at, piece.at, Math.min(piece.at + len, piece.bytes.length));
    piece.at += got;
    this.bytesRead += got;
    if (piece.at === piece.bytes.length) {
      this.pieces.shift();
      this.giveBack(piece.bytes.buffer as ArrayBuffer);
    }
    return got;
  }

  rewind(): void {}

  close(): void {
    this.end();
    this.pieces.length = 0;
  }

  private async readLater(into: Buffer, at: number, len: number): Promise<number> {
    if (!this.isAsking) {
      this.isAsking = true;
      for (let i = 0; i < BUFFERS; i++) this.giveBack(new ArrayBuffer(BUFFER_LEN));
    }
    while (this.pieces.length === 0 && !this.ended) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    return this.read(into, at, len);
  }

  private giveBack(buffer: ArrayBuffer): void {
    if (!this.ended) this.port.postMessage({ kind: 'empty', buffer } satisfies PortMessage, [buffer]);
  }

  private take(message: PortMessage): void {
    if (message.kind === 'filled') this.pieces.push({ bytes: Buffer.from(message.buffer, 0, message.len), at: 0 });
    if (message.kind === 'end') this.end();
    if (message.kind === 'abort') {
      this.controller.abort();
      this.close();
    }
    this.wakeUp();
  }

  private end(): void {
    this.ended = true;
    this.wakeUp();
  }

  private wakeUp(): void {
    const { wake } = this;
    this.wake = null;
    wake?.();
  }
}
