import { join } from 'node:path';
import type { RunFolder } from '../../adapters/batch/run-folder.js';
import { readConnections } from '../../adapters/parquet/read-connections.js';
import type { ConnectionRecord, ReportSummary } from '../../core/report/model.js';
import { MergedSummary } from './merged-summary.js';
import { type Plan, unitsOf } from './plan-types.js';

/** The captures of some connections of a run. */
export interface RunPart {
  /** Less the id that analyzing the captures alone gives to the same connection. */
  readonly idOffset: number;
  /** Paths. */
  readonly inputs: readonly string[];
}

/** The results of all units together. */
export interface WholeRun {
  /** Null where no unit has a result. */
  readonly summary: ReportSummary | null;
  /** Lowest ids first. */
  readonly parts: readonly RunPart[];
}

/**
 * Reads the results of the units that are done, one unit at a time, as if all captures were one. `onConnection` gets
 * each connection, with an id that no other one has. Rejects with a DpiError.
 */
export async function readWholeRun(
  run: RunFolder,
  plan: Plan,
  onConnection: (connection: ConnectionRecord) => void,
): Promise<WholeRun> {
  const merged = new MergedSummary();
  const parts: RunPart[] = [];
  let idOffset = 0;
  for (const { stream, unit } of unitsOf(plan)) {
    const text = run.readSummary(unit.id);
    if (text === null) continue;
    merged.add(stream.name, JSON.parse(text) as ReportSummary);
    parts.push({ idOffset, inputs: unit.parts.map(({ file }) => stream.files[file]!.path) });
    let lastId = 0;
    for await (const rows of readConnections(join(run.unit(unit.id), 'dataset'))) {
      for (const row of rows) {
        lastId = Math.max(lastId, row.id);
        row.id += idOffset;
        onConnection(row);
      }
    }
    idOffset += lastId;
  }
  return { summary: merged.merged(), parts };
}
