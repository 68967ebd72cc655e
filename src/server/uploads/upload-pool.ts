import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { MessageChannel } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { DpiError } from '../../core/common/error.js';
import type { Limits } from '../../core/engine/options.js';
import type { FilterSummary } from '../../core/report/filter-model.js';
import { HttpProblem } from '../problem.js';
import { BodyFeeder } from './body-feeder.js';
import type { CaptureTotals } from './capture-totals.js';
import type { AnalyzeRequest, FilterRequest, UploadOutcome, UploadRequest } from './upload-messages.js';

/** Time for a worker to notice that its upload was aborted, before its thread is terminated. */
const ABORT_GRACE_MS = 2000;
/** Idle threads except one end after this time. */
const IDLE_MS = 30_000;
/** For a thread's JavaScript objects. The tables for a capture lie outside of the heap, bounded by `Limits`. */
const MAX_HEAP_MIB = 1024;
/** A third of V8's default: connection records die young, and another thread must not cost 48 MiB. */
const MAX_YOUNG_MIB = 16;
const RETRY_AFTER_SECONDS = 5;
const OWNER_ONLY = 0o700;

export interface UploadPoolOptions {
  /** Built from `upload-worker.ts`. */
  readonly workerFile: string;
  readonly workers: number;
  /** Uploads that may wait for a worker; further ones get a 503. */
  readonly queue: number;
  /** Maximum length of an upload in bytes, both as sent and uncompressed. */
  readonly maxUploadLen: number;
  readonly limits: Partial<Limits>;
  readonly appsFiles: readonly string[];
}

/** An upload for the pool. */
export interface Upload {
  readonly name: string;
  readonly body: Readable;
  /** Called when a worker asks for the first byte, possibly long after the request. */
  readonly onStart: () => void;
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

/** Threads that analyze and filter uploads, so that the server's own thread stays responsive. */
export class UploadPool {
  private readonly pool: Piscina;
  private readonly spoolFolder = mkdtempSync(join(tmpdir(), 'dpi-serve-'));
  private admitted = 0;

  constructor(private readonly options: UploadPoolOptions) {
    this.pool = new Piscina({
      filename: options.workerFile,
      // The export that a thread resolves at its start. The default export does not exist, so piscina would load the
      // file a second time, as an ES module.
      name: 'analyzeUpload',
      minThreads: 1,
      maxThreads: options.workers,
      idleTimeout: IDLE_MS,
      // `admit` limits the queue: piscina would count differently.
      maxQueue: Number.POSITIVE_INFINITY,
      // With atomics an idle thread sleeps on a lock and receives no messages.
      atomics: 'disabled',
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB, maxYoungGenerationSizeMb: MAX_YOUNG_MIB },
    });
    process.once('exit', this.removeFolder);
  }

  get maxUploadLen(): number {
    return this.options.maxUploadLen;
  }

  /** Number of uploads in progress or waiting. */
  get size(): number {
    return this.admitted;
  }

  analyze(request: AnalyzeRequest, openUpload: () => Promise<Upload>): Promise<UploadResult<CaptureTotals>> {
    return this.admit('analyzeUpload', request, openUpload);
  }

  filter(request: FilterRequest, openUpload: () => Promise<Upload>): Promise<UploadResult<FilterSummary>> {
    return this.admit('filterUpload', request, openUpload);
  }

  /** Terminates the threads, even busy ones. */
  async close(): Promise<void> {
    await this.pool.destroy();
    process.off('exit', this.removeFolder);
    this.removeFolder();
  }

  private readonly removeFolder = () => rmSync(this.spoolFolder, { recursive: true, force: true });

  private async admit<T>(work: string, request: object, openUpload: () => Promise<Upload>): Promise<UploadResult<T>> {
    if (this.admitted >= this.options.workers + this.options.queue) {
      throw new HttpProblem(503, 'busy', 'too many uploads are in progress; try again later', {
        'retry-after': String(RETRY_AFTER_SECONDS),
      });
    }
    this.admitted++;
    try {
      return await this.run(work, request, await openUpload());
    } finally {
      this.admitted--;
    }
  }

  private async run<T>(work: string, request: object, upload: Upload): Promise<UploadResult<T>> {
    const { port1, port2 } = new MessageChannel();
    const feeder = new BodyFeeder(port1, upload.body, this.options.maxUploadLen, upload.onStart);
    const kill = new AbortController();
    let killTimer: NodeJS.Timeout | undefined;
    const end = () => {
      if (feeder.hasStarted) killTimer ??= setTimeout(() => kill.abort(), ABORT_GRACE_MS);
      else kill.abort();
    };
    feeder.done.catch(end);
    const onAbort = () => {
      feeder.fail(aborted());
      end();
    };
    upload.signal.addEventListener('abort', onAbort, { once: true });
    if (upload.signal.aborted) onAbort();
    // One folder per upload: a thread deletes files that it takes for leftovers of earlier runs.
    const spoolFolder = join(this.spoolFolder, randomBytes(8).toString('hex'));
    try {
      mkdirSync(spoolFolder, OWNER_ONLY);
      const finished = feeder.done.then(upload.finish);
      finished.catch(() => {});
      const uploadRequest: UploadRequest = {
        port: port2,
        name: upload.name,
        spoolFolder,
        spoolFile: join(spoolFolder, 'response'),
        maxInputLen: this.options.maxUploadLen,
        appsFiles: this.options.appsFiles,
        limits: this.options.limits,
      };
      const running = this.pool.run(
        { ...request, ...uploadRequest },
        { name: work, transferList: [port2], signal: kill.signal },
      ) as Promise<UploadOutcome<T>>;
      const result = await running.catch(async (error: Error) => {
        // We terminated the thread ourselves; `feeder.done` rejects with the cause.
        if (error.name === 'AbortError') await feeder.done;
        throw error;
      });
      if (!result.isDone) {
        // An error of the body itself takes precedence over the worker's.
        if (result.code === 'body-cut-short') await feeder.done;
        throw new DpiError(result.code, result.message);
      }
      // The worker may finish before the end of the body; the client may still send the rest.
      void feeder.dropRest();
      await finished;
      const { outcome } = result;
      const { bytes, len } = result.response;
      if (bytes !== null) return { outcome, bytes: Buffer.from(bytes), len };
      const file = await open(uploadRequest.spoolFile);
      return { outcome, bytes: file.createReadStream(), len };
    } finally {
      clearTimeout(killTimer);
      upload.signal.removeEventListener('abort', onAbort);
      feeder.fail(aborted());
      port1.close();
      // An open file stays readable after this.
      rmSync(spoolFolder, { recursive: true, force: true });
    }
  }
}

function aborted(): HttpProblem {
  return new HttpProblem(400, 'body-cut-short', 'the upload was cut short');
}
