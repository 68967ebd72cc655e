import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { DpiError } from '../../core/common/error.js';
import type { PlanOptions } from '../../usecases/batch/plan.js';
import type { StreamMode } from '../../usecases/batch/plan-types.js';
import { addLimitOptions, chosenLimits } from '../limit-options.js';
import { addAppsOption, wholeNumber } from '../options.js';
import { addReadingOptions, type ReadingFlags } from '../reading-options.js';
import { timeSpan } from '../time-span.js';

const MAX_JOBS = 256;

/** What `addPlanOptions` parses. */
export interface PlanFlags extends ReadingFlags {
  null?: boolean;
  streams: StreamMode;
  apps?: string[];
  interval?: number;
}

/** What `addJobsOption` parses. */
export interface JobsFlags {
  jobs: number;
}

/** The inputs, and the options that say how they are analyzed. */
export function addPlanOptions(command: Command): void {
  command.argument('[input...]', 'capture files, folders, globs, or @LIST for a file with one a line');
  command.option('-0, --null', 'read further inputs from standard input, separated by NUL (find -print0)');
  command.addOption(
    new Option('--streams <how>', 'which files are one capture: auto (by name, link type and time), each or one')
      .choices(['auto', 'each', 'one'])
      .default('auto'),
  );
  addAppsOption(command);
  addReadingOptions(command);
  command.option('--interval <time>', 'width of a bucket of the timeline, such as 10s', timeSpan('--interval', 1));
  addLimitOptions(command);
}

export function addJobsOption(command: Command): void {
  command.addOption(
    new Option('-j, --jobs <n>', 'streams to analyze at a time')
      .argParser(wholeNumber('--jobs', MAX_JOBS))
      .default(availableParallelism(), 'one a core'),
  );
}

/** The options of a plan that the flags name. Throws DpiError for no inputs. */
export function chosenPlan(inputs: readonly string[], flags: PlanFlags): PlanOptions {
  if (inputs.length === 0 && !flags.null) throw new DpiError('usage', 'name captures, folders or a list of them');
  return {
    names: { inputs, fromStdin: flags.null ? '\0' : null },
    mode: flags.streams,
    ...analysisFlags(flags),
  };
}

/** How the flags want captures analyzed. */
export function analysisFlags(flags: PlanFlags): Omit<PlanOptions, 'names' | 'mode'> {
  return {
    // A worker on another machine has another current folder.
    appsFiles: (flags.apps ?? []).map((path) => resolve(path)),
    ignoreVlan: flags.ignoreVlan ?? false,
    followCname: flags.followCname ?? false,
    intervalMs: flags.interval ?? null,
    limits: chosenLimits({ ...flags }),
  };
}
