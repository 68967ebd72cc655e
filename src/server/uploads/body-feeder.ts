import type { Readable } from 'node:stream';
import type { MessagePort } from 'node:worker_threads';
import type { PortMessage } from '../compose.js';
import { HttpProblem } from '../problem.js';

/**
 * Passes a request's body to a worker in buffers that the worker lends. While all buffers are in use the body is
 * paused, and so is its sender. Reading starts only when the worker asks for the first byte.
 */
export class BodyFeeder {
  /** Resolves at the end of the body; rejects with an HttpProblem when it is cut short or too long. */
  readonly done: Promise<void>;
  private readonly empties: ArrayBuffer[] = [];
  private filling: Buffer | null = null;
  private filledLen = 0;
  /** The part of a chunk that no buffer had room for; the body is paused meanwhile. */
  private leftover: Buffer | null = null;
  private totalLen = 0;
  private isReading = false;
  /** The worker needs no more bytes: the rest of the body is read and dropped. */
  private isDropping = false;
  private bodyEnded = false;
  private isOver = false;
  private resolve!: () => void;
  private reject!: (error: Error) => void;

  constructor(
    private readonly port: MessagePort,
    private readonly body: Readable,
    private readonly maxLen: number,
    /** Called when the worker asks for the first byte. */
    private readonly onStart: () => void,
  ) {
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // It may reject before a caller awaits it.
    this.done.catch(() => {});
    port.on('message', (message: PortMessage) => {
      if (message.kind === 'empty') this.lend(message.buffer);
    });
    body.on('error', () => this.cut());
    body.on('close', () => this.cut());
    if (body.destroyed) this.cut();
  }

  /** Whether the worker has asked for the first byte. */
  get hasStarted(): boolean {
    return this.isReading;
  }

  /** Reads and drops the rest of the body. */
  dropRest(): Promise<void> {
    this.isDropping = true;
    this.leftover = null;
    this.begin();
    this.body.resume();
    if (this.bodyEnded) this.finish();
    return this.done;
  }

  /** Aborts the worker's input, unless the body is complete. */
  fail(error: Error): void {
    if (this.isOver) return;
    this.isOver = true;
    this.leftover = null;
    this.post({ kind: 'abort' });
    this.reject(error);
  }

  private cut(): void {
    if (!this.bodyEnded) this.fail(new HttpProblem(400, 'body-cut-short', 'the upload was cut short'));
  }

  private begin(): void {
    if (this.isReading || this.isOver) return;
    this.isReading = true;
    this.onStart();
    this.body.on('data', (chunk: Buffer) => this.take(chunk));
    this.body.on('end', () => {
      this.bodyEnded = true;
      this.finish();
    });
  }

  private lend(buffer: ArrayBuffer): void {
    this.empties.push(buffer);
    if (this.isOver) return;
    this.begin();
    const { leftover } = this;
    this.leftover = null;
    if (leftover !== null) this.put(leftover);
    this.sendUnlessLast();
    if (this.leftover !== null) return;
    if (this.bodyEnded) this.finish();
    else this.body.resume();
  }

  private take(chunk: Buffer): void {
    this.totalLen += chunk.length;
    if (this.totalLen > this.maxLen) this.fail(tooLong(this.maxLen));
    if (this.isDropping || this.isOver) return;
    this.put(chunk);
    this.sendUnlessLast();
    if (this.leftover !== null) this.body.pause();
  }

  /** Copies a chunk into buffers; `leftover` keeps what does not fit. */
  private put(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      const filling = this.nextFilling();
      if (filling === null) {
        this.leftover = chunk.subarray(at);
        return;
      }
      const len = chunk.copy(filling, this.filledLen, at);
      at += len;
      this.filledLen += len;
      if (this.filledLen === filling.length) this.send();
    }
  }

  private nextFilling(): Buffer | null {
    if (this.filling !== null) return this.filling;
    const buffer = this.empties.pop();
    if (buffer === undefined) return null;
    this.filling = Buffer.from(buffer);
    this.filledLen = 0;
    return this.filling;
  }

  /**
   * Sends a partly filled buffer at once, unless it is the last one: then the worker is still busy with the others.
   */
  private sendUnlessLast(): void {
    if (this.empties.length > 0) this.send();
  }

  private send(): void {
    if (this.filling === null || this.filledLen === 0) return;
    const buffer = this.filling.buffer as ArrayBuffer;
    this.filling = null;
    this.post({ kind: 'filled', buffer, len: this.filledLen }, [buffer]);
  }

  private finish(): void {
    if (this.isOver || this.leftover !== null) return;
    this.isOver = true;
    this.send();
    this.post({ kind: 'end' });
    this.resolve();
  }

  private post(message: PortMessage, transfer: ArrayBuffer[] = []): void {
    this.port.postMessage(message, transfer);
  }
}

export function tooLong(maxLen: number): HttpProblem {
  return new HttpProblem(413, 'upload-too-long', `the upload is longer than ${maxLen} bytes (--max-upload)`);
}
