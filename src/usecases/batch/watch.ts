import { setTimeout as sleep } from 'node:timers/promises';
import type { RunFolder } from '../../adapters/batch/run-folder.js';
import { monotonicMs } from '../../system/clock.js';
import type { BatchReport } from './batch-report.js';
import { mergeRun } from './merge.js';
import { planText, readOldPlan } from './plan.js';
import type { Plan } from './plan-types.js';
import { FinishedFiles, makeWatchPlan, type WatchPlanOptions } from './watch-plan.js';
import { openUnits, type WorkOptions, workPlan } from './work.js';

/** How often the folder is looked at. */
const LOOK_MS = 1000;
/** Rests for so many times as long as the last analysis took: reading again takes a quarter of the time at most. */
const REST = 3;

export interface WatchOptions
  extends Omit<WatchPlanOptions, 'finished' | 'signal'>,
    Pick<WorkOptions, 'startThread' | 'jobs' | 'onProgress'> {
  /** A file that has not changed for so long is finished, also without a next one. */
  readonly settleMs: number;
  /** Called when the data set has changed. */
  readonly onMerged?: (report: BatchReport, units: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Takes finished capture files below a folder into the data set as they appear, until the signal. All state is in the
 * folder of the run, so that a killed watch goes on where it was. Rejects with a DpiError.
 */
export async function watchRun(run: RunFolder, options: WatchOptions): Promise<void> {
  const { signal, settleMs, onMerged } = options;
  const finished = new FinishedFiles(settleMs);
  let plan: Plan | null = readOldPlan(run);
  while (!signal.aborted) {
    const started = monotonicMs();
    const next = await makeWatchPlan(run, plan, { ...options, finished });
    const hasChanged = plan === null || planText(plan) !== planText(next);
    plan = next;
    const { open } = openUnits(run, plan);
    let tookMs = 0;
    if (hasChanged || open.length > 0) {
      run.writePlan(planText(plan));
      const worked = await workPlan(run, plan, options);
      if (signal.aborted) return;
      const { report, changed } = mergeRun(run, plan);
      if (changed > 0) onMerged?.(report, worked);
      tookMs = monotonicMs() - started;
    }
    await sleep(Math.max(LOOK_MS, REST * tookMs), undefined, { signal }).catch(() => {});
  }
}
