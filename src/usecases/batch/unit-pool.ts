import type { Worker } from 'node:worker_threads';
import type { RunFolder } from '../../adapters/batch/run-folder.js';
import { DpiError } from '../../core/common/error.js';
import { ThreadPool } from '../../system/thread-pool.js';
import { lenOf, type Plan, type UnitOfPlan } from './plan-types.js';
import {
  BYTES_READ,
  failUnit,
  PACKETS,
  SHARED_LEN,
  STOP,
  type UnitOutcome,
  type UnitTask,
  type WorkerAnswer,
} from './unit-task.js';

/** A unit that ends its thread this often, one time after the other, has failed. */
const MAX_CRASHES = 3;
/** The same for one that ends the whole process, as the kernel's out-of-memory killer does. */
const MAX_KILLS = 5;
/** Idle threads end after this time. */
const IDLE_MS = 30_000;

export interface UnitPoolOptions {
  /** Starts a thread that does the tasks of `unit.ts`. */
  readonly startThread: () => Worker;
  /** Units at a time. */
  readonly jobs: number;
}

/** Threads that work units. One that a unit ends is replaced, and the unit is tried again, a few times. */
export class UnitPool {
  private readonly threads: ThreadPool;
  private readonly running = new Set<Float64Array>();
  private readonly controller = new AbortController();
  private finishedLen = 0;
  private finishedPackets = 0;

  constructor({ startThread, jobs }: UnitPoolOptions) {
    this.threads = new ThreadPool({ startThread, minThreads: 0, maxThreads: jobs, idleMs: IDLE_MS });
  }

  /** Bytes read and packets analyzed so far, of finished units and of those in progress. */
  get progress(): { readonly bytesRead: number; readonly packets: number } {
    let bytesRead = this.finishedLen;
    let packets = this.finishedPackets;
    for (const counters of this.running) {
      bytesRead += counters[BYTES_READ]!;
      packets += counters[PACKETS]!;
    }
    return { bytesRead, packets };
  }

  /**
   * Works a unit, which has a result afterwards unless it was stopped. `isCounted` counts the attempts that a process
   * did not survive; without it the caller does. Rejects with a DpiError when the run's folder can't be written.
   */
  async work(run: RunFolder, plan: Plan, one: UnitOfPlan, isCounted = true): Promise<UnitOutcome> {
    const { id } = one.unit;
    if (isCounted && run.beginAttempt(id) > MAX_KILLS) {
      await failUnit(run, one, `its analysis ended the process ${MAX_KILLS} times`);
      run.forgetAttempts(id);
      return 'failed';
    }
    try {
      return await this.workInThread(run, plan, one);
    } finally {
      if (isCounted) run.forgetAttempts(id);
    }
  }

  /**
   * Analyzes a unit again, and returns the files in which the result differs from the stored one; null when stopped.
   */
  async verify(run: RunFolder, plan: Plan, one: UnitOfPlan): Promise<string[] | null> {
    return this.isStopped ? null : this.inThread('verifyUnit', run, plan, one);
  }

  /** Stops the units in progress; `work` resolves for them soon, and at once for further ones. */
  stop(): void {
    this.controller.abort();
    for (const counters of this.running) counters[STOP] = 1;
  }

  get isStopped(): boolean {
    return this.controller.signal.aborted;
  }

  async close(): Promise<void> {
    await this.threads.close();
  }

  private async workInThread(run: RunFolder, plan: Plan, one: UnitOfPlan): Promise<UnitOutcome> {
    for (let crashes = 1; ; crashes++) {
      if (this.isStopped) return 'stopped';
      try {
        return await this.tryOnce(run, plan, one);
      } catch (error) {
        if (error instanceof DpiError) throw error;
        if (crashes < MAX_CRASHES) continue;
        await failUnit(run, one, `its analysis failed ${MAX_CRASHES} times: ${(error as Error).message}`);
        return 'failed';
      }
    }
  }

  private async tryOnce(run: RunFolder, plan: Plan, one: UnitOfPlan): Promise<UnitOutcome> {
    const answer = await this.inThread<WorkerAnswer>('workUnit', run, plan, one);
    if (typeof answer !== 'string') throw new DpiError('cannot-write', answer.cannotWrite);
    return answer;
  }

  private async inThread<T>(name: string, run: RunFolder, plan: Plan, one: UnitOfPlan): Promise<T> {
    const shared = new SharedArrayBuffer(SHARED_LEN);
    const counters = new Float64Array(shared);
    this.running.add(counters);
    try {
      const task: UnitTask = { run: run.path, one, analysis: plan.analysis, shared };
      const answer = (await this.threads.run(name, task)) as T;
      this.finishedLen += lenOf(one);
      this.finishedPackets += counters[PACKETS]!;
      return answer;
    } finally {
      this.running.delete(counters);
    }
  }
}

/** Does `work` for all units, `jobs` at a time, until the pool is stopped. */
export async function forEachUnit(
  pool: UnitPool,
  jobs: number,
  units: readonly UnitOfPlan[],
  work: (one: UnitOfPlan) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < units.length && !pool.isStopped) await work(units[next++]!);
  };
  try {
    await Promise.all(Array.from({ length: jobs }, lane));
  } catch (error) {
    pool.stop();
    throw error;
  }
}
