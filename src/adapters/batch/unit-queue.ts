import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Job, Queue, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { RedisConnection, redisOptions } from '../stores/redis-connection.js';
import { parseRedisUrl } from '../stores/redis-url.js';

/** One queue for all runs; a job says which run it belongs to. */
const QUEUE = 'units';
const PREFIX = 'dpi-batch';
/** How often a unit may lose its worker, and how often its analysis may throw. */
const MAX_STALLS = 20;
const MAX_ATTEMPTS = 3;
const BACKOFF_MS = 1000;
/** Jobs that are added, or read, at once. */
const CHUNK = 1000;
const LONGEST_WAIT_MS = 5000;
const CHECK_DEADLINE_MS = 2000;
/** How long the end of a process waits for Redis. */
const PATIENCE_MS = 3000;

/** What a job holds. The folder of the run has the rest. */
export interface UnitJob {
  /** Absolute path of the run's folder, the same on all machines. */
  readonly run: string;
  /** Id of the unit. */
  readonly id: string;
}

/** What a job came to: `stopped` puts it back into the queue. */
type JobOutcome = 'worked' | 'stopped';

/**
 * Checks that Redis answers, and keeps what it is given. Returns a sentence for each setting under which it would lose
 * jobs. Rejects with a DpiError that says what is wrong.
 */
export async function checkQueueRedis(url: string): Promise<string[]> {
  const connection = await RedisConnection.open(parseRedisUrl(url));
  try {
    const policy = await setting(connection, 'maxmemory-policy');
    const appends = await setting(connection, 'appendonly');
    return [
      ...(policy === null || policy === 'noeviction'
        ? []
        : [`Redis may drop units from the queue: its maxmemory-policy is ${policy}, and should be noeviction`]),
      ...(appends === null || appends === 'yes'
        ? []
        : ['Redis forgets the queue when it restarts (appendonly is off); the run then puts it together again']),
    ];
  } finally {
    connection.close();
  }
}

/** The units of a run in the queue. */
export class UnitQueue {
  private readonly redis: Redis;
  private readonly queue: Queue<UnitJob>;

  private constructor(redis: Redis, onTrouble: (message: string) => void) {
    this.redis = redis;
    this.queue = new Queue<UnitJob>(QUEUE, { connection: redis, prefix: PREFIX, skipVersionCheck: true });
    this.queue.on('error', (error: Error) => onTrouble(error.message));
  }

  /** `onTrouble` gets each error of the connection, which is restored by itself. */
  static async open(url: string, onTrouble: (message: string) => void): Promise<UnitQueue> {
    return new UnitQueue(await connect(url, onTrouble), onTrouble);
  }

  /** Adds the units that are not in the queue already. */
  async add(run: string, ids: readonly string[]): Promise<void> {
    for (let at = 0; at < ids.length; at += CHUNK) {
      const jobs = ids.slice(at, at + CHUNK).map((id) => ({
        name: 'unit',
        data: { run, id },
        opts: {
          jobId: jobId(run, id),
          attempts: MAX_ATTEMPTS,
          backoff: { type: 'exponential', delay: BACKOFF_MS },
          removeOnComplete: true,
        },
      }));
      await this.queue.addBulk(jobs);
    }
  }

  /** The units among `ids` that the queue does not have. */
  async lost(run: string, ids: readonly string[]): Promise<string[]> {
    const lost: string[] = [];
    for (let at = 0; at < ids.length; at += CHUNK) {
      const chunk = ids.slice(at, at + CHUNK);
      const asked = this.redis.pipeline();
      for (const id of chunk) asked.exists(this.queue.toKey(jobId(run, id)));
      const answers = (await asked.exec()) ?? [];
      lost.push(...chunk.filter((_, i) => answers[i]?.[1] === 0));
    }
    return lost;
  }

  /** Takes the failed units of the run out of the queue, each once `take` has dealt with it. */
  async takeFailed(run: string, take: (id: string, reason: string) => Promise<void>): Promise<void> {
    for (const job of await this.failedJobs(run)) {
      await take(job.data.id, job.failedReason);
      await job.remove();
    }
  }

  /** Takes the run's units out of the queue that are not worked on. */
  async remove(run: string, ids: readonly string[]): Promise<void> {
    for (const id of ids) await this.queue.remove(jobId(run, id)).catch(() => 0);
  }

  async close(): Promise<void> {
    await withinPatience(this.queue.close());
    this.redis.disconnect();
  }

  /** Runs that ended without their coordinator leave theirs: any number of others may lie between. */
  private async failedJobs(run: string): Promise<Job<UnitJob>[]> {
    const found: Job<UnitJob>[] = [];
    for (let at = 0; ; at += CHUNK) {
      const jobs = await this.queue.getFailed(at, at + CHUNK - 1);
      // A job that is removed meanwhile reads as undefined.
      found.push(...jobs.filter((job) => job?.data?.run === run));
      if (jobs.length < CHUNK) return found;
    }
  }
}

export interface QueueWorkerOptions {
  /** Units at a time. */
  readonly jobs: number;
  /** A worker that is silent for so long has lost its units. */
  readonly lockMs: number;
  readonly work: (job: UnitJob) => Promise<JobOutcome>;
  readonly onTrouble: (message: string) => void;
}

/** Works the units in the queue as they come, until it is closed. */
export class QueueWorker {
  private constructor(
    private readonly redis: Redis,
    private readonly worker: Worker<UnitJob>,
  ) {}

  /** Rejects with a DpiError where there is no Redis. */
  static async start(url: string, options: QueueWorkerOptions): Promise<QueueWorker> {
    const { jobs, lockMs, work, onTrouble } = options;
    const redis = await connect(url, onTrouble);
    const run = async (job: Job<UnitJob>, token?: string): Promise<void> => {
      if ((await work(job.data)) === 'worked') return;
      await job.moveToWait(token);
      throw new WaitingError();
    };
    const worker = new Worker<UnitJob>(QUEUE, run, {
      connection: redis,
      prefix: PREFIX,
      concurrency: jobs,
      lockDuration: lockMs,
      stalledInterval: Math.ceil(lockMs / 2),
      maxStalledCount: MAX_STALLS,
      skipVersionCheck: true,
    });
    worker.on('error', (error: Error) => onTrouble(error.message));
    return new QueueWorker(redis, worker);
  }

  /** Waits for the units in progress, which should be stopped first, and takes no further ones. */
  async close(): Promise<void> {
    const closed = this.worker.close();
    closed.catch(() => {});
    await withinPatience(closed);
    // Where Redis is gone, its connections would wait for it and keep the process alive.
    this.worker.disconnect().catch(() => {});
    this.redis.disconnect();
  }
}

/** Waits for work that needs Redis, which may be gone. */
async function withinPatience(work: Promise<unknown>): Promise<void> {
  await Promise.race([work.catch(() => {}), sleep(PATIENCE_MS, undefined, { ref: false })]);
}

/** No `:` may be in it. The same unit of two runs is two jobs. */
function jobId(run: string, id: string): string {
  return `${id}-${createHash('sha256').update(run).digest('hex').slice(0, 8)}`;
}

/** A connection that waits for a Redis that is gone, and goes on with the one that comes back. */
async function connect(url: string, onTrouble: (message: string) => void): Promise<Redis> {
  const { Redis } = await import('../stores/redis-client.js');
  const redis = new Redis({
    ...redisOptions(parseRedisUrl(url)),
    lazyConnect: false,
    maxRetriesPerRequest: null,
    enableOfflineQueue: true,
    enableReadyCheck: true,
    retryStrategy: (times) => Math.min(times * 100, LONGEST_WAIT_MS),
  });
  redis.on('error', (error: Error) => onTrouble(error.message));
  return redis;
}

/** Null where the server does not say: hosted ones often have no CONFIG. */
async function setting(connection: RedisConnection, name: string): Promise<string | null> {
  try {
    const answer = await connection.run(() => connection.redis.config('GET', name), CHECK_DEADLINE_MS);
    return (answer as string[])[1] ?? null;
  } catch {
    return null;
  }
}
