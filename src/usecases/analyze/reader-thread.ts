import { Worker } from 'node:worker_threads';
import { DpiError } from '../../core/common/error.js';
import type { FlowBlock } from '../../core/relay/flow-block.js';
import type { ReaderMessage, ReaderRequest, ReaderTask } from './reader-messages.js';

const WORKER_FILE = new URL('./flow-worker.cjs', import.meta.url);

/**
 * The thread that reads captures and finds the connections of packets. Starts on `begin`, and waits when it is ahead.
 */
export class ReaderThread {
  private readonly worker = new Worker(WORKER_FILE);
  private readonly messages: ReaderMessage[] = [];
  /** See FlowTask. */
  private readonly takenIn = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  private wake: (() => void) | null = null;
  private error: unknown = null;

  constructor() {
    this.worker.on('message', (message: ReaderMessage) => {
      this.messages.push(message);
      this.wake?.();
    });
    this.worker.on('error', (error) => this.fail(error));
    this.worker.on('exit', () => this.fail(new Error('the reading thread ended early')));
  }

  begin(task: Omit<ReaderTask, 'takenIn'>): void {
    this.tell({ kind: 'begin', task: { ...task, takenIn: this.takenIn } });
  }

  /** Its next message, null if none has arrived. Throws the DpiError that ended the thread. */
  take(): Exclude<ReaderMessage, { kind: 'failure' }> | null {
    const message = this.messages.shift();
    if (message === undefined) return null;
    if (message.kind === 'failure') throw new DpiError(message.code, message.message);
    return message;
  }

  /** Resolves when there is something to take. Rejects when the thread has ended without it. */
  async arrival(): Promise<void> {
    while (this.messages.length === 0) {
      if (this.error !== null) throw this.error;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** Returns the memory of a block after use. */
  release(block: FlowBlock): void {
    Atomics.add(this.takenIn, 0, 1);
    this.tell({ kind: 'spare', spare: block }, [block.events, block.annex]);
  }

  /** Stops reading and ends all connections. */
  stop(): void {
    this.tell({ kind: 'stop' });
  }

  /** Ends the thread, whatever it does. */
  close(): void {
    // Not awaited.
    void this.worker.terminate();
  }

  private tell(order: ReaderRequest, transfer: ArrayBuffer[] = []): void {
    this.worker.postMessage(order, transfer);
  }

  private fail(error: unknown): void {
    this.error ??= error;
    this.wake?.();
  }
}
