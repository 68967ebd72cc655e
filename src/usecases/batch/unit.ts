import { isUnchanged } from '../../adapters/batch/file-identity.js';
import { RunFolder, UnfinishedUnit } from '../../adapters/batch/run-folder.js';
import { DataSetWriter } from '../../adapters/parquet/data-set-writer.js';
import { DpiError } from '../../core/common/error.js';
import { GENERATOR } from '../../system/version.js';
import { analyzeCaptures } from '../analyze/analyze.js';
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

/**
 * Analyzes a unit and puts its folder in place. A capture that can't be read makes a failed unit, which is a result,
 * too. Rejects for defects of the program.
 */
export async function workUnit(task: UnitTask): Promise<WorkerAnswer> {
  try {
    return await workInto(new RunFolder(task.run), task);
  } catch (error) {
    if (error instanceof DpiError && error.code === 'cannot-write') return { cannotWrite: error.message };
    throw error;
  }
}

async function workInto(run: RunFolder, task: UnitTask): Promise<UnitOutcome> {
  const unfinished = new UnfinishedUnit(run, task.one.unit.id);
  try {
    const result = await analyzeUnit(task, unfinished.dataSet);
    if (result === null) return 'stopped';
    const { summary, status, error } = result;
    // Without the tables that were begun.
    if (error !== null) failUnit(run, task.one, error);
    else unfinished.commit(summary, manifestText(task.one, status, null));
    return status;
  } finally {
    unfinished.discard();
  }
}

/** The manifest of a unit, as it is stored. */
function manifestText({ unit, stream, part }: UnitOfPlan, status: Manifest['status'], error: string | null): string {
  const manifest: Manifest = { schema_version: BATCH_VERSION, id: unit.id, stream: stream.name, part, status, error };
  return `${JSON.stringify(manifest)}\n`;
}

/** Puts a unit in place that has no result. */
export function failUnit(run: RunFolder, one: UnitOfPlan, error: string): void {
  new UnfinishedUnit(run, one.unit.id).commit(null, manifestText(one, 'failed', error));
}

interface UnitResult {
  readonly summary: string | null;
  readonly status: Manifest['status'];
  readonly error: string | null;
}

/** Writes the unit's tables to `folder`. Null when it was stopped. */
async function analyzeUnit({ one, analysis, shared }: UnitTask, folder: string): Promise<UnitResult | null> {
  const { stream, unit, part } = one;
  const files = unit.parts.map(({ file }) => stream.files[file]!);
  const changed = files.find((file) => !isUnchanged(file.path, file));
  if (changed !== undefined) return failed(`${changed.path} has changed since the run was planned`);
  const counters = new Float64Array(shared);
  const controller = new AbortController();
  const writer = await DataSetWriter.open({ folder, stream: stream.name, part, generator: GENERATOR });
  try {
    const { summary, isDamaged } = await analyzeCaptures(
      files.map(({ path }) => path),
      {
        appsFiles: analysis.apps_files.map(({ path }) => path),
        ignoreVlan: analysis.ignore_vlan,
        followCname: analysis.follow_cname,
        intervalMs: analysis.interval_ms ?? undefined,
        limits: analysis.limits,
        top: 0,
        reusesRecord: true,
        onConnection: (connection) => writer.connection(connection),
        signal: controller.signal,
        onProgress({ bytesRead, packets }) {
          counters[BYTES_READ] = bytesRead;
          counters[PACKETS] = packets;
          if (counters[STOP] !== 0) controller.abort();
        },
      },
    );
    if (controller.signal.aborted) return null;
    const late = files.find((file) => !isUnchanged(file.path, file));
    if (late !== undefined) return failed(`${late.path} changed while it was read`);
    counters[PACKETS] = summary.total_packets;
    writer.finish(summary);
    return { summary: `${JSON.stringify(summary)}\n`, status: isDamaged ? 'damaged' : 'done', error: null };
  } catch (error) {
    // A full disk is no property of the unit: it is worked again.
    if (!(error instanceof DpiError) || error.code === 'cannot-write') throw error;
    return failed(error.message);
  } finally {
    writer.close();
  }
}

function failed(error: string): UnitResult {
  return { summary: null, status: 'failed', error };
}

/** Analyzes a unit once more, into the new folder `unfinished`, to compare. Null when it was stopped. */
export async function recomputeUnit(task: UnitTask, unfinished: UnfinishedUnit): Promise<Manifest['status'] | null> {
  const result = await analyzeUnit(task, unfinished.dataSet);
  if (result === null) return null;
  if (result.error === null) unfinished.writeSummary(result.summary!);
  return result.status;
}
