import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { DpiError } from '../../core/common/error.js';
import type { ThreadPool } from '../../system/thread-pool.js';
import { HttpProblem } from '../problem.js';
import { cutShort } from './receive-body.js';
import type { DoneUpload, UploadOutcome, WorkerMessage } from './upload-messages.js';
import type { OnRead } from './upload-progress.js';

/** Time for a worker to notice that its upload was aborted, before its thread is terminated. */
const ABORT_GRACE_MS = 2000;

/**
 * Runs an upload in a worker of `pool`. Rejects with a DpiError if the worker fails, with a 400 when the client
 * disconnects (`client`), and with a 504 when the worker takes longer than `maxMs`; the worker is then stopped.
 */
export class WorkerRun<T> {
  private readonly kill = new AbortController();
  private readonly port: MessagePort;
  private readonly portOfWorker: MessagePort;
  private timer: NodeJS.Timeout | undefined;
  private killTimer: NodeJS.Timeout | undefined;
  private hasStarted = false;
  /** Why the worker was stopped; null while it was not. */
  private failure: HttpProblem | null = null;

  constructor(
    private readonly pool: ThreadPool,
    private readonly client: AbortSignal,
    private readonly maxMs: number,
    onRead: OnRead,
  ) {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    this.portOfWorker = port2;
    port1.on('message', (message: WorkerMessage) => {
      if (message === 'started') this.started();
      else if (message !== 'abort') onRead(message);
    });
  }

  async run(work: string, request: object): Promise<DoneUpload<T>> {
    const leave = (): void => this.stop(cutShort());
    this.client.addEventListener('abort', leave, { once: true });
    if (this.client.aborted) leave();
    try {
      const { port, transferList } = { port: this.portOfWorker, transferList: [this.portOfWorker] };
      const options = { transferList, signal: this.kill.signal };
      const outcome = (await this.pool.run(work, { ...request, port }, options)) as UploadOutcome<T>;
      if (this.failure !== null) throw this.failure;
      if (!outcome.isDone) throw new DpiError(outcome.code, outcome.message);
      return outcome;
    } catch (error) {
      throw this.failure ?? error;
    } finally {
      clearTimeout(this.timer);
      clearTimeout(this.killTimer);
      this.client.removeEventListener('abort', leave);
      this.port.close();
    }
  }

  private started(): void {
    this.hasStarted = true;
    const detail = `the capture took longer than ${this.maxMs / 1000} s to read (--upload-timeout)`;
    this.timer = setTimeout(() => this.stop(new HttpProblem(504, 'upload-timeout', detail)), this.maxMs);
  }

  private stop(failure: HttpProblem): void {
    this.failure ??= failure;
    this.port.postMessage('abort' satisfies WorkerMessage);
    if (this.hasStarted) this.killTimer ??= setTimeout(() => this.kill.abort(), ABORT_GRACE_MS);
    else this.kill.abort();
  }
}
