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

/** How long a worker whose upload was aborted may take to notice before its thread is ended. */
const ABORT_GRACE_MS = 2000;
/** Threads that have nothing to do end after this time, but one. */
const IDLE_MS = 30_000;
/** Of a thread's JavaScript objects; what a capture needs lies beside them, bounded by the limits. */
const MAX_HEAP_MIB = 1024;
/** A third of what V8 takes: records of connections die at once, and a thread more must not cost 48 MiB. */
const MAX_YOUNG_MIB = 16;
const RETRY_AFTER_SECONDS = 5;
const OWNER_ONLY = 0o700;

export interface UploadPoolOptions {
  /** Built from `upload-worker.ts`. */
  readonly workerFile: string;
  readonly workers: number;
  /** Uploads that may wait for a worker; further ones are turned away. */
  readonly queue: number;
  /** Bytes of an upload, as sent and once unpacked. */
  readonly maxUploadLen: number;
  readonly limits: Partial<Limits>;
  readonly appsFiles: readonly string[];
}

/** An upload as the pool takes it. */
export interface Upload {
  readonly name: string;
  readonly body: Readable;
  /** Called when a worker asks for the first byte, maybe long after the request. */
  readonly onStart: () => void;
  /** Called at the end of the body: rejects when something is wrong with what follows it. */
  readonly finish: () => Promise<void>;
  /** The client has gone. */
  readonly signal: AbortSignal;
}

/** What came of an upload: something about the answer, and its bytes, a stream where they are many. */
export interface UploadResult<T> {
  readonly about: T;
  readonly bytes: Buffer | Readable;
  readonly len: number;
}

/** Threads that analyse and filter uploads, so that the server itself always has time for others. */
export class UploadPool {
  private readonly pool: Piscina;
  private readonly spoolFolder = mkdtempSync(join(tmpdir(), 'dpi-serve-'));
  private admitted = 0;

  constructor(private readonly options: UploadPoolOptions) {
    this.pool = new Piscina({
      filename: options.workerFile,
      // What a thread looks for when it starts. By default that is an export that is not there, and piscina then loads
      // the file once more, as an ES module.
      name: 'analyzeUpload',
      minThreads: 1,
      maxThreads: options.workers,
      idleTimeout: IDLE_MS,
      // Admission is ours: piscina's own queue would count differently.
      maxQueue: Number.POSITIVE_INFINITY,
      // A thread that sleeps on a lock between uploads could not be told anything.
      atomics: 'disabled',
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB, maxYoungGenerationSizeMb: MAX_YOUNG_MIB },
    });
    process.once('exit', this.removeFolder);
  }

  get maxUploadLen(): number {
    return this.options.maxUploadLen;
  }

  /** Uploads in work and waiting. */
  get size(): number {
    return this.admitted;
  }

  analyze(order: AnalyzeRequest, openUpload: () => Promise<Upload>): Promise<UploadResult<CaptureTotals>> {
    return this.admit('analyzeUpload', order, openUpload);
  }

  filter(order: FilterRequest, openUpload: () => Promise<Upload>): Promise<UploadResult<FilterSummary>> {
    return this.admit('filterUpload', order, openUpload);
  }

  /** Ends the threads, whatever they do. */
  async close(): Promise<void> {
    await this.pool.destroy();
    process.off('exit', this.removeFolder);
    this.removeFolder();
  }

  private readonly removeFolder = () => rmSync(this.spoolFolder, { recursive: true, force: true });

  private async admit<T>(work: string, order: object, openUpload: () => Promise<Upload>): Promise<UploadResult<T>> {
    if (this.admitted >= this.options.workers + this.options.queue) {
      throw new HttpProblem(503, 'busy', 'as many uploads are under way as this server takes; try again later', {
        'retry-after': String(RETRY_AFTER_SECONDS),
      });
    }
    this.admitted++;
    try {
      return await this.run(work, order, await openUpload());
    } finally {
      this.admitted--;
    }
  }

  private async run<T>(work: string, order: object, upload: Upload): Promise<UploadResult<T>> {
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
    // Each has a folder of its own: threads take each other's files for leftovers.
    const spoolFolder = join(this.spoolFolder, randomBytes(8).toString('hex'));
    try {
      mkdirSync(spoolFolder, OWNER_ONLY);
      const finished = feeder.done.then(upload.finish);
      finished.catch(() => {});
      const task: UploadRequest = {
        port: port2,
        name: upload.name,
        spoolFolder,
        spoolFile: join(spoolFolder, 'answer'),
        maxInputLen: this.options.maxUploadLen,
        appsFiles: this.options.appsFiles,
        limits: this.options.limits,
      };
      const running = this.pool.run(
        { ...order, ...task },
        { name: work, transferList: [port2], signal: kill.signal },
      ) as Promise<UploadOutcome<T>>;
      const outcome = await running.catch(async (error: Error) => {
        // The thread was ended on our own wish, which has a cause.
        if (error.name === 'AbortError') await feeder.done;
        throw error;
      });
      if (!outcome.isDone) {
        // What is wrong with the body itself comes before what the worker made of it.
        if (outcome.code === 'body-cut-short') await feeder.done;
        throw new DpiError(outcome.code, outcome.message);
      }
      // The worker may know enough before the end; the client still gets to send it all.
      void feeder.dropRest();
      await finished;
      const { bytes, len } = outcome.answer;
      if (bytes !== null) return { about: outcome.about, bytes: Buffer.from(bytes), len };
      const file = await open(task.spoolFile);
      return { about: outcome.about, bytes: file.createReadStream(), len };
    } finally {
      clearTimeout(killTimer);
      upload.signal.removeEventListener('abort', onAbort);
      feeder.fail(aborted());
      port1.close();
      // A file that is open stays readable.
      rmSync(spoolFolder, { recursive: true, force: true });
    }
  }
}

function aborted(): HttpProblem {
  return new HttpProblem(400, 'body-cut-short', 'the upload was cut short');
}
