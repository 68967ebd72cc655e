import { join } from 'node:path';
import { mergeDataSets } from '../../adapters/batch/merged-data-set.js';
import type { RunFolder } from '../../adapters/batch/run-folder.js';
import { type BatchReport, reportOf, reportText } from './batch-report.js';
import { type Plan, unitsOf } from './plan-types.js';

/** What a merge found and did. */
export interface Merged {
  readonly report: BatchReport;
  /** Files of the data set that are new, replaced or gone, and the report. */
  readonly changed: number;
}

/**
 * Puts the data set and the report of a run together from the units that have a result. Deletes units of earlier plans,
 * unless units of this one are missing: they may be what a reader still has. Throws a DpiError.
 */
export function mergeRun(run: RunFolder, plan: Plan): Merged {
  const units = unitsOf(plan);
  const finished = run.finishedUnits();
  const parts = units.filter(({ unit }) => finished.has(unit.id)).map(({ unit }) => join(run.unit(unit.id), 'dataset'));
  let changed = mergeDataSets(parts, run.dataSet);
  const report = reportOf(run, plan);
  const text = reportText(report);
  if (run.readReport() !== text) {
    run.writeReport(text);
    changed++;
  }
  if (report.units.missing === 0) {
    const planned = new Set(units.map(({ unit }) => unit.id));
    for (const id of finished) if (!planned.has(id)) run.deleteUnit(id);
    run.deleteRemains();
  }
  return { report, changed };
}
