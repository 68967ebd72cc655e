/** What a coordinator and the threads that work units tell each other. */
import { type RunFolder, UnfinishedUnit } from '../../adapters/batch/run-folder.js';
import { type AnalysisChoice, BATCH_VERSION, type Manifest, type UnitOfPlan } from './plan-types.js';

/** A unit for a worker thread: nothing but data. */
export interface UnitTask {
  /** The folder of the run. */
  readonly run: string;
  readonly one: UnitOfPlan;
  readonly analysis: AnalysisChoice;
  /** Two numbers that the worker sets, bytes read and packets, and one that stops it when it is not 0. */
  readonly shared: SharedArrayBuffer;
}

export const SHARED_LEN = 3 * 8;
export const BYTES_READ = 0;
export const PACKETS = 1;
export const STOP = 2;

/** "stopped": before its end, by `shared`. */
export type UnitOutcome = Manifest['status'] | 'stopped';

/** The same, or why the folder of the run can't be written: errors lose their class on the way between threads. */
export type WorkerAnswer = UnitOutcome | { readonly cannotWrite: string };

/** The manifest of a unit, as it is stored. */
export function manifestText(
  { unit, stream, part }: UnitOfPlan,
  status: Manifest['status'],
  error: string | null,
): string {
  const manifest: Manifest = { schema_version: BATCH_VERSION, id: unit.id, stream: stream.name, part, status, error };
  return `${JSON.stringify(manifest)}\n`;
}

/** Puts a unit in place that has no result. */
export async function failUnit(run: RunFolder, one: UnitOfPlan, error: string): Promise<void> {
  await new UnfinishedUnit(run, one.unit.id).commit(null, manifestText(one, 'failed', error));
}
