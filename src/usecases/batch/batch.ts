/** Batch runs: many captures, on many cores and machines. A bundle of its own, which only `dpi batch` loads. */
export { RunFolder } from '../../adapters/batch/run-folder.js';
export type { BatchReport } from './batch-report.js';
export { reportOf } from './batch-report.js';
export { mergeRun } from './merge.js';
export { makePlan, planText, readPlan } from './plan.js';
export { verifyRun } from './verify.js';
export { watchRun } from './watch.js';
export type { RunPart } from './whole-run.js';
export { readWholeRun } from './whole-run.js';
export { forgetFailures, openUnits, troubled, workPlan } from './work.js';
