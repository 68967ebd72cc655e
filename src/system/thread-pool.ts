import type { TransferListItem, Worker } from 'node:worker_threads';
import type { ThreadAnswer, ThreadTask } from './thread-tasks.js';

export interface ThreadPoolOptions {
  /** Starts a thread that calls `serveTasks`. */
  readonly startThread: () => Worker;
  readonly maxThreads: number;
  /** Threads that stay although they are idle. The first ones start with the pool. */
  readonly minThreads: number;
  /** Further idle threads end after this time. */
  readonly idleMs: number;
}

export interface RunOptions {
  /** Moved to the thread rather than copied. */
  readonly transferList?: readonly TransferListItem[];
  /** Drops the task if it waits, and terminates the thread that does it. */
  readonly signal?: AbortSignal;
}

interface Task extends ThreadTask, RunOptions {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  task: Task | null;
  idleTimer: NodeJS.Timeout | undefined;
}

/** Threads that do one task each at a time. Tasks beyond that wait, first come, first served. */
export class ThreadPool {
  private readonly threads = new Set<Thread>();
  private readonly waiting: Task[] = [];
  private isClosed = false;

  constructor(private readonly options: ThreadPoolOptions) {
    for (let n = 0; n < options.minThreads; n++) this.start();
  }

  /**
   * What the thread's function `name` returns for `task`. Rejects with its error, with an error when the thread ends,
   * and with the reason of `signal`.
   */
  run(name: string, task: unknown, { transferList, signal }: RunOptions = {}): Promise<unknown> {
    if (this.isClosed) return Promise.reject(new Error('the threads have ended'));
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const queued: Task = { name, task, transferList, signal, resolve, reject };
      signal?.addEventListener('abort', () => this.drop(queued, signal.reason), { once: true });
      this.waiting.push(queued);
      this.assign();
    });
  }

  /** Terminates the threads, even busy ones, and rejects the tasks that are left. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const task of this.waiting.splice(0)) task.reject(new Error('the threads have ended'));
    await Promise.all([...this.threads].map((thread) => thread.worker.terminate()));
  }

  /** Hands waiting tasks to idle threads, and starts threads for the rest as far as that is allowed. */
  private assign(): void {
    for (const thread of this.threads) {
      if (thread.task === null && this.waiting.length > 0) this.give(thread, this.waiting.shift()!);
    }
    while (this.waiting.length > 0 && this.threads.size < this.options.maxThreads) {
      this.give(this.start(), this.waiting.shift()!);
    }
  }

  private start(): Thread {
    const worker = this.options.startThread();
    const thread: Thread = { worker, task: null, idleTimer: undefined };
    // An idle thread does not keep the process alive.
    worker.unref();
    worker.on('message', (answer: ThreadAnswer) => this.finish(thread, answer));
    // `exit` follows. Until then the thread must get no task.
    worker.on('error', (error) => {
      this.threads.delete(thread);
      this.fail(thread, error);
    });
    worker.on('exit', (code) => {
      clearTimeout(thread.idleTimer);
      this.threads.delete(thread);
      this.fail(thread, new Error(`the thread ended with code ${code}`));
      if (!this.isClosed) this.assign();
    });
    this.threads.add(thread);
    return thread;
  }

  private give(thread: Thread, task: Task): void {
    clearTimeout(thread.idleTimer);
    thread.task = task;
    thread.worker.ref();
    thread.worker.postMessage({ name: task.name, task: task.task } satisfies ThreadTask, task.transferList ?? []);
  }

  private finish(thread: Thread, answer: ThreadAnswer): void {
    const { task } = thread;
    thread.task = null;
    thread.worker.unref();
    if (answer.isDone) task?.resolve(answer.value);
    else task?.reject(answer.error);
    this.assign();
    if (thread.task !== null || this.threads.size <= this.options.minThreads) return;
    thread.idleTimer = setTimeout(() => {
      this.threads.delete(thread);
      void thread.worker.terminate();
    }, this.options.idleMs);
    thread.idleTimer.unref();
  }

  private fail(thread: Thread, error: unknown): void {
    thread.task?.reject(error);
    thread.task = null;
  }

  private drop(task: Task, reason: unknown): void {
    task.reject(reason);
    const at = this.waiting.indexOf(task);
    if (at >= 0) this.waiting.splice(at, 1);
    const thread = [...this.threads].find((one) => one.task === task);
    if (thread === undefined || this.isClosed) return;
    this.threads.delete(thread);
    void thread.worker.terminate();
    // At once, so that the next task does not wait for the start.
    if (this.threads.size < this.options.minThreads) this.start();
    this.assign();
  }
}
