import { Piscina } from 'piscina';
import type { RunFolder } from '../../adapters/batch/run-folder.js';
import { DpiError } from '../../core/common/error.js';
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
} from './unit.js';

/** A unit that ends its thread this often, one time after the other, has failed. */
const MAX_CRASHES = 3;
/** The same for one that ends the whole process, as the kernel's out-of-memory killer does. */
const MAX_KILLS = 5;

export interface UnitPoolOptions {
  /** Built from `unit-worker.ts`. */
  readonly workerFile: string;
  /** Units at a time. */
  readonly jobs: number;
}

/** Threads that work units. One that a unit ends is replaced, and the unit is tried again, a few times. */
export class UnitPool {
  private readonly threads: Piscina;
  private readonly running = new Set<Float64Array>();
  private readonly controller = new AbortController();
  private finishedLen = 0;
  private finishedPackets = 0;

  constructor({ workerFile, jobs }: UnitPoolOptions) {
    this.threads = new Piscina({
      filename: workerFile,
      name: 'workUnit',
      minThreads: 1,
      maxThreads: jobs,
      // With atomics an idle thread sleeps on a lock and receives no messages.
      atomics: 'disabled',
    });
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
      failUnit(run, one, `its analysis ended the process ${MAX_KILLS} times`);
      run.forgetAttempts(id);
      return 'failed';
    }
    try {
      return await this.workInThread(run, plan, one);
    } finally {
      if (isCounted) run.forgetAttempts(id);
    }
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
    await this.threads.destroy();
  }

  private async workInThread(run: RunFolder, plan: Plan, one: UnitOfPlan): Promise<UnitOutcome> {
    for (let crashes = 1; ; crashes++) {
      if (this.isStopped) return 'stopped';
      try {
        return await this.tryOnce(run, plan, one);
      } catch (error) {
        if (error instanceof DpiError) throw error;
        if (crashes < MAX_CRASHES) continue;
        failUnit(run, one, `its analysis failed ${MAX_CRASHES} times: ${(error as Error).message}`);
        return 'failed';
      }
    }
  }

  private async tryOnce(run: RunFolder, plan: Plan, one: UnitOfPlan): Promise<UnitOutcome> {
    const shared = new SharedArrayBuffer(SHARED_LEN);
    const counters = new Float64Array(shared);
    this.running.add(counters);
    try {
      const task: UnitTask = { run: run.path, one, analysis: plan.analysis, shared };
      const answer = (await this.threads.run(task)) as WorkerAnswer;
      if (typeof answer !== 'string') throw new DpiError('cannot-write', answer.cannotWrite);
      this.finishedLen += lenOf(one);
      this.finishedPackets += counters[PACKETS]!;
      return answer;
    } finally {
      this.running.delete(counters);
    }
  }
}

/** Works units, some at a time, until all have a result or the pool is stopped. Returns how many were worked. */
export async function workAll(
  pool: UnitPool,
  jobs: number,
  units: readonly UnitOfPlan[],
  work: (one: UnitOfPlan) => Promise<UnitOutcome>,
): Promise<number> {
  let next = 0;
  let worked = 0;
  const lane = async (): Promise<void> => {
    while (next < units.length && !pool.isStopped) {
      const outcome = await work(units[next++]!);
      if (outcome !== 'stopped') worked++;
    }
  };
  try {
    await Promise.all(Array.from({ length: jobs }, lane));
  } catch (error) {
    pool.stop();
    throw error;
  }
  return worked;
}
