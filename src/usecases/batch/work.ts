import type { Worker } from 'node:worker_threads';
import type { RunFolder } from '../../adapters/batch/run-folder.js';
import { lenOf, type Manifest, type Plan, type UnitOfPlan, unitsOf } from './plan-types.js';
import { forEachUnit, UnitPool } from './unit-pool.js';
import type { UnitOutcome } from './unit-task.js';

/** How far the units have come. */
export interface BatchProgress {
  readonly unitsDone: number;
  readonly units: number;
  readonly bytesRead: number;
  readonly totalLen: number;
  readonly packets: number;
}

/** How to work a plan. */
export interface WorkOptions {
  /** Starts a thread that does the tasks of `unit.ts`. */
  readonly startThread: () => Worker;
  /** Units at a time. */
  readonly jobs: number;
  /** Indexes of the units to work; all unless given. */
  readonly only?: ReadonlySet<number>;
  readonly onProgress?: (progress: BatchProgress) => void;
  /** Stops the work; units in progress are dropped. */
  readonly signal?: AbortSignal;
}

/** How often `onProgress` is called. */
const PROGRESS_MS = 250;

/** Units by whether they have a result. */
export interface OpenUnits {
  readonly done: readonly UnitOfPlan[];
  /** Longest first, so that no long one is left for the end. */
  readonly open: readonly UnitOfPlan[];
}

/** Looks which units of the plan have a result. */
export function openUnits(run: RunFolder, plan: Plan, only?: ReadonlySet<number>): OpenUnits {
  const finished = run.finishedUnits();
  const units = unitsOf(plan).filter(({ index }) => only === undefined || only.has(index));
  const open = units.filter(({ unit }) => !finished.has(unit.id));
  open.sort((a, b) => lenOf(b) - lenOf(a) || a.index - b.index);
  return { done: units.filter(({ unit }) => finished.has(unit.id)), open };
}

/** Deletes the results of failed units, so that they are worked again. Returns how many. */
export function forgetFailures(run: RunFolder, plan: Plan): number {
  let count = 0;
  for (const { unit } of unitsOf(plan)) {
    const text = run.readManifest(unit.id);
    if (text === null || (JSON.parse(text) as Manifest).status !== 'failed') continue;
    run.deleteUnit(unit.id);
    run.forgetAttempts(unit.id);
    count++;
  }
  return count;
}

/** Whether one of the units, which have a result, is damaged or failed. */
export function troubled(run: RunFolder, units: readonly UnitOfPlan[]): boolean {
  return units.some(({ unit }) => {
    const text = run.readManifest(unit.id);
    return text !== null && (JSON.parse(text) as Manifest).status !== 'done';
  });
}

/** Works the units that have no result. Returns how many it worked. Rejects with a DpiError. */
export async function workPlan(run: RunFolder, plan: Plan, options: WorkOptions): Promise<number> {
  const { open } = openUnits(run, plan, options.only);
  if (open.length === 0) return 0;
  const jobs = Math.min(options.jobs, open.length);
  const pool = new UnitPool({ startThread: options.startThread, jobs });
  try {
    return await workIn(pool, open, options, (one) => pool.work(run, plan, one));
  } finally {
    await pool.close();
  }
}

/** Works units with a pool, and reports how far it is. */
async function workIn(
  pool: UnitPool,
  units: readonly UnitOfPlan[],
  { jobs, onProgress, signal }: WorkOptions,
  work: (one: UnitOfPlan) => Promise<UnitOutcome>,
): Promise<number> {
  const totalLen = units.reduce((sum, one) => sum + lenOf(one), 0);
  let unitsDone = 0;
  const timer = setInterval(() => {
    onProgress?.({ unitsDone, units: units.length, totalLen, ...pool.progress });
  }, PROGRESS_MS);
  const stop = () => pool.stop();
  signal?.addEventListener('abort', stop);
  if (signal?.aborted) stop();
  try {
    await forEachUnit(pool, jobs, units, async (one) => {
      if ((await work(one)) !== 'stopped') unitsDone++;
    });
    return unitsDone;
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', stop);
  }
}
