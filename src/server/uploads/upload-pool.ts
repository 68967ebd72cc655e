import { rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { ResourceLimits, Worker } from 'node:worker_threads';
import type { Limits } from '../../core/engine/options.js';
import type { FilterSummary } from '../../core/report/filter-model.js';
import { ThreadPool } from '../../system/thread-pool.js';
import { SpoolFolder } from '../compose.js';
import { HttpProblem } from '../problem.js';
import type { CaptureTotals } from './capture-totals.js';
import { receiveBody } from './receive-body.js';
import { giveBackRoom, type SpoolCounter, spoolCounter, spoolShare } from './spool-room.js';
import type { AnalyzeRequest, ExplainRequest, FilterRequest, SharedRequest, TestRequest } from './upload-messages.js';
import { type OnRead, UploadProgress } from './upload-progress.js';
import { WorkerRun } from './worker-run.js';

/** Idle threads except one end after this time. */
const IDLE_MS = 30_000;
/** For a thread's JavaScript objects. The tables for a capture lie outside of the heap, bounded by `Limits`. */
const MAX_HEAP_MIB = 1024;
/** A third of V8's default: connection records die young, and another thread must not cost 48 MiB. */
const MAX_YOUNG_MIB = 16;
const RETRY_AFTER_SECONDS = 5;
/** Maximum number of uploads that arrive at the same time. Each takes a connection, a file and little memory. */
const MAX_ARRIVING = 512;

export interface UploadPoolOptions {
  /** Starts a thread that does the tasks of `upload-tasks.ts`. */
  readonly startThread: (limits: ResourceLimits) => Worker;
  readonly workers: number;
  /** Complete uploads that may wait for a worker; while there are more, further uploads get a 503. */
  readonly queue: number;
  /** Maximum length of an upload in bytes, both as sent and uncompressed. */
  readonly maxUploadLen: number;
  /** Maximum length of all uploads and responses on disk together, in bytes. */
  readonly maxSpoolLen: number;
  /** Maximum time that a worker spends on an upload. */
  readonly uploadTimeoutMs: number;
  readonly limits: Partial<Limits>;
  readonly appsFiles: readonly string[];
}

/** An upload for the pool. */
export interface Upload {
  readonly name: string;
  readonly body: Readable;
  /** Called at the end of the file; rejects if the rest of the form is invalid. */
  readonly finish: () => Promise<void>;
  /** Aborted when the client disconnects. */
  readonly signal: AbortSignal;
}

/** The outcome of an upload and the bytes of the response, as a stream if they are in a file. */
export interface UploadResult<T> {
  readonly outcome: T;
  readonly bytes: Buffer | Readable;
  readonly len: number;
}

/**
 * Threads that analyze and filter uploads, so that the server's own thread stays responsive. An upload goes to disk
 * first, and takes a thread when it is complete: a slow client holds none.
 */
export class UploadPool {
  private readonly pool: ThreadPool;
  readonly progress = new UploadProgress();
  private readonly spoolFolder = new SpoolFolder();
  private readonly counter: SpoolCounter;
  private arriving = 0;
  private complete = 0;

  constructor(private readonly options: UploadPoolOptions) {
    this.counter = spoolCounter(options.maxSpoolLen);
    const resourceLimits = { maxOldGenerationSizeMb: MAX_HEAP_MIB, maxYoungGenerationSizeMb: MAX_YOUNG_MIB };
    this.pool = new ThreadPool({
      startThread: () => options.startThread(resourceLimits),
      minThreads: 1,
      maxThreads: options.workers,
      idleMs: IDLE_MS,
    });
  }

  get maxUploadLen(): number {
    return this.options.maxUploadLen;
  }

  /** `id` is the name under which `progress` knows the upload; null where nobody asks. */
  async analyze(
    request: AnalyzeRequest,
    openUpload: () => Promise<Upload>,
    id: string | null,
  ): Promise<UploadResult<CaptureTotals>> {
    if (id === null) return this.admit('analyzeUpload', request, openUpload);
    const onRead = this.progress.begin(id);
    try {
      return await this.admit('analyzeUpload', request, openUpload, onRead);
    } finally {
      this.progress.end(id);
    }
  }

  filter(request: FilterRequest, openUpload: () => Promise<Upload>): Promise<UploadResult<FilterSummary>> {
    return this.admit('filterUpload', request, openUpload);
  }

  testRules(request: TestRequest, openUpload: () => Promise<Upload>): Promise<UploadResult<null>> {
    return this.admit('testUpload', request, openUpload);
  }

  explain(request: ExplainRequest, openUpload: () => Promise<Upload>): Promise<UploadResult<null>> {
    return this.admit('explainUpload', request, openUpload);
  }

  /** Terminates the threads, even busy ones. */
  async close(): Promise<void> {
    await this.pool.close();
    this.spoolFolder.close();
  }

  /** Uploads that were let in are served, also if the queue is full by the time that they are complete. */
  private async admit<T>(
    work: string,
    request: object,
    openUpload: () => Promise<Upload>,
    onRead: OnRead = () => {},
  ): Promise<UploadResult<T>> {
    const { workers, queue } = this.options;
    if (this.complete >= workers + queue || this.arriving >= MAX_ARRIVING) {
      throw new HttpProblem(503, 'busy', 'too many uploads are in progress; try again later', {
        'retry-after': String(RETRY_AFTER_SECONDS),
      });
    }
    const share = spoolShare(this.counter);
    const folder = this.spoolFolder.newFolder();
    try {
      const file = join(folder, 'upload');
      const upload = await this.receive(openUpload, (body, signal) => {
        return receiveBody(body, { file, maxLen: this.maxUploadLen, share }, signal);
      });
      return await this.run(work, { ...request, file, name: upload.name }, folder, upload.signal, onRead);
    } finally {
      // An open file stays readable after this.
      rmSync(folder, { recursive: true, force: true });
      giveBackRoom(share);
    }
  }

  private async receive(
    openUpload: () => Promise<Upload>,
    store: (body: Readable, signal: AbortSignal) => Promise<void>,
  ): Promise<Upload> {
    this.arriving++;
    try {
      const upload = await openUpload();
      await store(upload.body, upload.signal);
      await upload.finish();
      return upload;
    } finally {
      this.arriving--;
    }
  }

  private async run<T>(
    work: string,
    request: { readonly file: string; readonly name: string },
    folder: string,
    client: AbortSignal,
    onRead: OnRead,
  ): Promise<UploadResult<T>> {
    const { appsFiles, limits, maxUploadLen, uploadTimeoutMs } = this.options;
    const responseShare = spoolShare(this.counter);
    const spoolFile = join(folder, 'response');
    const shared: SharedRequest = { spoolFile, responseShare, maxInputLen: maxUploadLen, appsFiles, limits };
    let keepsRoom = false;
    this.complete++;
    try {
      const worker = new WorkerRun<T>(this.pool, client, uploadTimeoutMs, onRead);
      const { outcome, response } = await worker.run(work, { ...request, ...shared });
      const { bytes, len } = response;
      if (bytes !== null) return { outcome, bytes: Buffer.from(bytes), len };
      const stream = (await open(spoolFile)).createReadStream();
      keepsRoom = true;
      stream.once('close', () => giveBackRoom(responseShare));
      return { outcome, bytes: stream, len };
    } finally {
      this.complete--;
      if (!keepsRoom) giveBackRoom(responseShare);
    }
  }
}
