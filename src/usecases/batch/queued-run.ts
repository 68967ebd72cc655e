/** Batch runs over a queue in Redis, which many machines work. A bundle of its own, with the queue's package. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { RunFolder } from '../../adapters/batch/run-folder.js';
import { checkQueueRedis, QueueWorker, type UnitJob, UnitQueue } from '../../adapters/batch/unit-queue.js';
import { readPlan } from './plan.js';
import { lenOf, type Plan, type UnitOfPlan, unitsOf } from './plan-types.js';
import { UnitPool } from './unit-pool.js';
import { failUnit } from './unit-task.js';
import { type BatchProgress, openUnits } from './work.js';

/** How often the folder of the run is looked at. */
const LOOK_MS = 500;
/** How often the queue is compared with it. */
const COMPARE_MS = 5000;

export interface QueuedRunOptions {
  readonly redis: string;
  readonly onProgress?: (progress: BatchProgress) => void;
  /** Gets sentences about Redis. */
  readonly say: (sentence: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Puts the open units of the plan into the queue, and waits until workers have made a result of each, or for the
 * signal. The folder of the run is the truth: what the queue loses is put into it again. Rejects with a DpiError where
 * there is no Redis.
 */
export async function runQueued(run: RunFolder, plan: Plan, options: QueuedRunOptions): Promise<void> {
  const { redis, onProgress, say, signal } = options;
  for (const warning of await checkQueueRedis(redis)) say(warning);
  const units = unitsOf(plan);
  const totalLen = units.reduce((sum, one) => sum + lenOf(one), 0);
  const queue = await UnitQueue.open(redis, oncePerMessage(say));
  const comparing = new Comparison(queue, run, plan);
  try {
    for (;;) {
      const { done, open } = openUnits(run, plan);
      onProgress?.({ unitsDone: done.length, units: units.length, bytesRead: sumOf(done), totalLen, packets: 0 });
      if (open.length === 0) return;
      if (signal.aborted) {
        await comparing.takeBack(open);
        return;
      }
      comparing.start(open);
      await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
    }
  } finally {
    await queue.close();
  }
}

/** Keeps the queue as the folder has it. Runs beside the loop, which must not wait for a Redis that is gone. */
class Comparison {
  private isRunning = false;
  private lastMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly queue: UnitQueue,
    private readonly run: RunFolder,
    private readonly plan: Plan,
  ) {}

  /** Compares when it is time to. */
  start(open: readonly UnitOfPlan[]): void {
    if (this.isRunning || performance.now() - this.lastMs < COMPARE_MS) return;
    this.isRunning = true;
    this.lastMs = performance.now();
    this.compare(open)
      // The connection says so itself.
      .catch(() => {})
      .finally(() => {
        this.isRunning = false;
      });
  }

  /** Takes the units out of the queue, unless Redis is gone. */
  async takeBack(open: readonly UnitOfPlan[]): Promise<void> {
    const ids = open.map(({ unit }) => unit.id);
    await Promise.race([this.queue.remove(this.run.path, ids), sleep(COMPARE_MS, undefined, { ref: false })]);
  }

  private async compare(open: readonly UnitOfPlan[]): Promise<void> {
    const { queue, run } = this;
    const units = new Map(unitsOf(this.plan).map((one) => [one.unit.id, one]));
    await queue.takeFailed(run.path, async (id, reason) => {
      const one = units.get(id);
      if (one === undefined || run.readManifest(id) !== null) return;
      await failUnit(run, one, `its analysis failed on several workers: ${reason}`);
    });
    const lost = await queue.lost(
      run.path,
      open.map(({ unit }) => unit.id),
    );
    // A job goes when its unit is done: the folder is looked at after the queue.
    await queue.add(
      run.path,
      lost.filter((id) => run.readManifest(id) === null),
    );
  }
}

export interface QueueWorkOptions {
  readonly redis: string;
  /** Starts a thread that does the tasks of `unit.ts`. */
  readonly startThread: () => Worker;
  /** Units at a time. */
  readonly jobs: number;
  /** A worker that is silent for so long has lost its units. */
  readonly lockMs: number;
  /** Gets sentences about Redis. */
  readonly say: (sentence: string) => void;
  /** Called behind each unit that was worked here. */
  readonly onUnit?: (units: number) => void;
  readonly signal: AbortSignal;
}

/** Works units of all runs in the queue until the signal. Rejects with a DpiError where there is no Redis. */
export async function workQueue(options: QueueWorkOptions): Promise<void> {
  const { redis, startThread, jobs, lockMs, say, onUnit, signal } = options;
  for (const warning of await checkQueueRedis(redis)) say(warning);
  const pool = new UnitPool({ startThread, jobs });
  const plans = new PlanMemory();
  let units = 0;
  const work = async ({ run: path, id }: UnitJob) => {
    const run = new RunFolder(path);
    if (run.readManifest(id) !== null) return 'worked';
    const found = plans.find(run, id);
    // The run has another plan by now.
    if (found === null) return 'worked';
    const outcome = await pool.work(run, found.plan, found.one, false);
    if (outcome === 'stopped') return 'stopped';
    onUnit?.(++units);
    return 'worked';
  };
  const worker = await QueueWorker.start(redis, { jobs, lockMs, work, onTrouble: oncePerMessage(say) });
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  pool.stop();
  await worker.close();
  await pool.close();
}

/** The plans of the runs that were worked last. */
class PlanMemory {
  private readonly runs = new Map<string, { plan: Plan; units: ReadonlyMap<string, UnitOfPlan> }>();

  /** Null for a unit that the run's plan does not have. Throws a DpiError where there is no plan. */
  find(run: RunFolder, id: string): { plan: Plan; one: UnitOfPlan } | null {
    const known = this.runs.get(run.path);
    const one = known?.units.get(id);
    if (known !== undefined && one !== undefined) return { plan: known.plan, one };
    const plan = readPlan(run);
    const units = new Map(unitsOf(plan).map((unit) => [unit.unit.id, unit]));
    this.runs.clear();
    this.runs.set(run.path, { plan, units });
    const found = units.get(id);
    return found === undefined ? null : { plan, one: found };
  }
}

/** Says a message of the connection when it differs from the last one: a lost Redis repeats it with each attempt. */
function oncePerMessage(say: (sentence: string) => void): (message: string) => void {
  let last = '';
  return (message) => {
    if (message === last || message === '') return;
    last = message;
    say(`Redis: ${message}; trying again`);
  };
}

function sumOf(units: readonly UnitOfPlan[]): number {
  return units.reduce((sum, one) => sum + lenOf(one), 0);
}
