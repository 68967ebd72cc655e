import { compareReports } from '../../core/diff/compare-reports.js';
import type { ReportDiff } from '../../core/diff/model.js';
import { SCHEMA_VERSION } from '../../core/report/model.js';
import { GENERATOR } from '../../system/version.js';
import type { AnalyzeCaptures, AnalyzeOptions } from '../analyze/analyze-types.js';
import { readSide } from './read-side.js';

export interface DiffOptions {
  /** Of both sides that are captures. */
  readonly analysis: AnalyzeOptions;
  /** Part of the larger value by which two have to differ, 0 to 1. */
  readonly threshold: number;
}

export interface DiffResult {
  readonly diff: ReportDiff;
  readonly isDamaged: boolean;
}

/** Compares two captures or JSON reports, in any mix. Rejects with a DpiError for a file that is neither. */
export async function diffReports(
  from: string,
  to: string,
  analyze: AnalyzeCaptures,
  { analysis, threshold }: DiffOptions,
): Promise<DiffResult> {
  const a = await readSide(from, analyze, analysis);
  const b = await readSide(to, analyze, analysis);
  const diff: ReportDiff = {
    schema_version: SCHEMA_VERSION,
    generator: GENERATOR,
    threshold,
    a: a.side,
    b: b.side,
    differences: compareReports(a, b, threshold),
    warnings: [...new Set([...a.warnings, ...b.warnings])],
  };
  return { diff, isDamaged: a.isDamaged || b.isDamaged };
}
