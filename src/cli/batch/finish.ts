import { indentedJson } from '../../render/safe-text.js';
import type { BatchReport } from '../../usecases/batch/batch-report.js';
import type { CliContext } from '../context.js';
import { EXIT_DAMAGED, EXIT_DONE } from '../exit-codes.js';
import type { ColourOption } from '../terminal.js';
import { printWarnings } from '../warnings.js';
import { problemSentences, reportLines } from './batch-text.js';

/** Problems that are printed; the report has all. */
const MOST_PROBLEMS = 10;

/** Options of the commands that print the report of a run. */
export interface FinishFlags {
  json?: boolean;
  quiet?: boolean;
  color: ColourOption;
}

/** Prints the report, or a few lines of it, and returns the exit code. */
export async function printReport(
  report: BatchReport,
  run: string,
  flags: FinishFlags,
  context: CliContext,
): Promise<number> {
  if (flags.json) context.stdout.write(`${indentedJson(report, 1)}\n`);
  else context.stdout.write(`${reportLines(report, run).join('\n')}\n`);
  const problems = problemSentences(report);
  if (!flags.quiet) {
    const more = problems.length - MOST_PROBLEMS;
    const shown = problems.slice(0, MOST_PROBLEMS);
    await printWarnings(more > 0 ? [...shown, `${more} more: see ${run}/report.json`] : shown, context, flags.color);
  }
  const { damaged, failed, missing } = report.units;
  return damaged + failed + missing + report.skipped.length > 0 ? EXIT_DAMAGED : EXIT_DONE;
}
