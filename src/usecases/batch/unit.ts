import { compareFolders } from '../../adapters/batch/compare-folders.js';
import { isUnchanged } from '../../adapters/batch/file-identity.js';
import { RunFolder, UnfinishedUnit } from '../../adapters/batch/run-folder.js';
import { DataSetWriter } from '../../adapters/parquet/data-set-writer.js';
import { isDpiError } from '../../core/common/error.js';
import { GENERATOR } from '../../system/version.js';
import { analyzeCaptures } from '../analyze/analyze.js';
import type { Manifest } from './plan-types.js';
import {
  BYTES_READ,
  failUnit,
  manifestText,
  PACKETS,
  STOP,
  type UnitOutcome,
  type UnitTask,
  type WorkerAnswer,
} from './unit-task.js';

/**
 * Analyzes a unit and puts its folder in place. A capture that can't be read makes a failed unit, which is a result,
 * too. Rejects for defects of the program.
 */
export async function workUnit(task: UnitTask): Promise<WorkerAnswer> {
  try {
    return await workInto(new RunFolder(task.run), task);
  } catch (error) {
    if (isDpiError(error) && error.code === 'cannot-write') return { cannotWrite: error.message };
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
    if (error !== null) await failUnit(run, task.one, error);
    else await unfinished.commit(summary, manifestText(task.one, status, null));
    return status;
  } finally {
    unfinished.discard();
  }
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
    if (!isDpiError(error) || error.code === 'cannot-write') throw error;
    return failed(error.message);
  } finally {
    writer.close();
  }
}

function failed(error: string): UnitResult {
  return { summary: null, status: 'failed', error };
}

/**
 * Analyzes a unit again, and returns the files in which the result differs from the stored one; null when it was
 * stopped. Rejects for defects of the program, and when the folder of the run can't be written.
 */
export async function verifyUnit(task: UnitTask): Promise<string[] | null> {
  const run = new RunFolder(task.run);
  const { id } = task.one.unit;
  const stored = JSON.parse(run.readManifest(id)!) as Manifest;
  const again = new UnfinishedUnit(run, id);
  try {
    const result = await analyzeUnit(task, again.dataSet);
    if (result === null) return null;
    if (result.status !== stored.status) return ['manifest.json'];
    if (result.summary === null) return [];
    again.writeSummary(result.summary);
    return compareFolders(run.unit(id), again.folder, ['manifest.json']);
  } finally {
    again.discard();
  }
}
