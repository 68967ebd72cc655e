/** The steps of `dpi batch run` as commands of their own, for schedulers. */
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { DpiError } from '../../core/common/error.js';
import { countText, pluralText } from '../../render/quantities.js';
import type { Plan } from '../../usecases/batch/plan-types.js';
import type { CliContext } from '../context.js';
import { EXIT_DAMAGED, EXIT_DONE, EXIT_INTERRUPTED } from '../exit-codes.js';
import { addGuide, type Guide } from '../help.js';
import { Interrupt } from '../interrupt.js';
import { addStreamOptions } from '../options.js';
import { progressOn } from '../progress.js';
import { batchProgressText } from './batch-text.js';
import { type FinishFlags, printReport } from './finish.js';
import { loadBatch, startUnitThread } from './load-batch.js';
import { addPageOptions, checkPageFlags, type PageFlags, writeRunPage } from './page.js';
import { addJobsOption, addPlanOptions, chosenPlan, type JobsFlags, type PlanFlags } from './plan-options.js';
import { addRunOption, tell, tellPlan } from './run.js';

interface PlanCommandFlags extends PlanFlags, FinishFlags {
  output: string;
}

interface WorkFlags extends JobsFlags, FinishFlags {
  unit?: ReadonlySet<number>;
  retryFailed?: boolean;
}

interface VerifyFlags extends FinishFlags, JobsFlags {
  sample: number;
}

const PLAN_GUIDE: Guide = {
  about: `
Finds the streams among the captures and writes RUN/plan.json. Prints the number of units, which are numbered from 0.`,
  examples: [['dpi batch plan archive/ -o run', "then 'dpi batch work run --unit N' on any machine"]],
};

const WORK_GUIDE: Guide = {
  about: `
Analyzes the units of a plan that have no result, or those that --unit names. Each unit appears in RUN/units when it is
complete, so work may be repeated, killed, or done twice. Machines need the same paths for the run and the captures.`,
  examples: [
    ['dpi batch work run', 'all that is left'],
    ['dpi batch work run --unit 17', 'one unit'],
    ['dpi batch work run --unit 0-9,15', 'some'],
  ],
  exitCodes: '0 done, 2 wrong usage, 3 a unit was damaged or failed, 130 interrupted.',
};

const MERGE_GUIDE: Guide = {
  about: `
Puts RUN/dataset and RUN/report.json together from the units that have a result. May be repeated at any time.`,
  examples: [['dpi batch merge run'], ['dpi batch merge run --html run.html', 'a page for a browser as well']],
  exitCodes: '0 done, 3 a unit was damaged, failed, or has no result yet.',
};

const STATUS_GUIDE: Guide = {
  examples: [['dpi batch status run'], ["dpi batch status --json run | jq '.units.missing'"]],
  exitCodes: '0 all units are done, 3 a unit was damaged, failed, or has no result yet.',
};

const VERIFY_GUIDE: Guide = {
  about: `
Analyzes a sample of the units again and compares the results byte by byte with the stored ones.`,
  examples: [['dpi batch verify run --sample 1%'], ['dpi batch verify run --sample 100%', 'everything']],
  exitCodes: '0 equal, 2 wrong usage, 3 a result differs, 130 interrupted.',
};

export function configurePlan(command: Command, context: CliContext): void {
  addPlanOptions(command);
  addRunOption(command);
  addStreamOptions(command);
  addGuide(command, PLAN_GUIDE);
  command.action(async (inputs: string[], flags: PlanCommandFlags) => {
    const batch = await loadBatch();
    const folder = new batch.RunFolder(resolve(flags.output));
    const plan = await batch.makePlan(folder, chosenPlan(inputs, flags));
    folder.writePlan(batch.planText(plan));
    tellPlan(plan, flags, context);
    context.stdout.write(`${unitCount(plan)}\n`);
    process.exitCode = plan.skipped.length > 0 ? EXIT_DAMAGED : EXIT_DONE;
  });
}

export function configureWork(command: Command, context: CliContext): void {
  command.argument('<run>', 'the folder of the run');
  command.addOption(new Option('--unit <numbers>', 'units to analyze, from 0: 17, or 0-9,15').argParser(unitNumbers));
  addJobsOption(command);
  command.option('--retry-failed', 'analyze the units again that failed');
  addStreamOptions(command);
  addGuide(command, WORK_GUIDE);
  command.action(async (run: string, flags: WorkFlags) => {
    process.exitCode = await work(run, flags, context);
  });
}

export function configureMerge(command: Command, context: CliContext): void {
  command.argument('<run>', 'the folder of the run');
  command.addOption(new Option('--json', 'print the report as JSON'));
  addPageOptions(command);
  addStreamOptions(command);
  addGuide(command, MERGE_GUIDE);
  command.action(async (run: string, flags: FinishFlags & PageFlags) => {
    checkPageFlags(flags);
    const batch = await loadBatch();
    const folder = new batch.RunFolder(resolve(run));
    const plan = batch.readPlan(folder);
    const { report, changed } = batch.mergeRun(folder, plan);
    if (!flags.quiet && changed === 0) tell('nothing has changed', context);
    await writeRunPage(folder.path, plan, flags);
    process.exitCode = await printReport(report, run, flags, context);
  });
}

export function configureStatus(command: Command, context: CliContext): void {
  command.argument('<run>', 'the folder of the run');
  command.addOption(new Option('--json', 'print the report of what is done as JSON'));
  addStreamOptions(command);
  addGuide(command, STATUS_GUIDE);
  command.action(async (run: string, flags: FinishFlags) => {
    const batch = await loadBatch();
    const folder = new batch.RunFolder(resolve(run));
    process.exitCode = await printReport(batch.reportOf(folder, batch.readPlan(folder)), run, flags, context);
  });
}

export function configureVerify(command: Command, context: CliContext): void {
  command.argument('<run>', 'the folder of the run');
  command.addOption(
    new Option('--sample <percent>', 'how many of the units, at least one').argParser(percentage).default(0.01, '1%'),
  );
  addJobsOption(command);
  addStreamOptions(command);
  addGuide(command, VERIFY_GUIDE);
  command.action(async (run: string, flags: VerifyFlags) => {
    process.exitCode = await verify(run, flags, context);
  });
}

async function work(run: string, flags: WorkFlags, context: CliContext): Promise<number> {
  const batch = await loadBatch();
  const folder = new batch.RunFolder(resolve(run));
  const plan = batch.readPlan(folder);
  if (flags.retryFailed) batch.forgetFailures(folder, plan);
  const interrupt = new Interrupt();
  const progress = progressOn(context, flags.color);
  try {
    checkNumbers(flags.unit, plan, run);
    const worked = await batch.workPlan(folder, plan, {
      startThread: startUnitThread,
      jobs: flags.jobs,
      only: flags.unit,
      signal: interrupt.signal,
      onProgress: flags.quiet ? undefined : (state) => progress.update(state, batchProgressText(state)),
    });
    progress.clear();
    const { done, open } = batch.openUnits(folder, plan, flags.unit);
    const before = done.length - worked;
    if (!flags.quiet) {
      const left = open.length === 0 ? '' : `, ${countText(open.length)} left`;
      tell(`${pluralText(worked, 'unit')} analyzed, ${countText(Math.max(0, before))} done before${left}`, context);
    }
    if (interrupt.signalled) return EXIT_INTERRUPTED;
    return batch.troubled(folder, done) ? EXIT_DAMAGED : EXIT_DONE;
  } finally {
    progress.clear();
    interrupt.release();
  }
}

async function verify(run: string, flags: VerifyFlags, context: CliContext): Promise<number> {
  const batch = await loadBatch();
  const folder = new batch.RunFolder(resolve(run));
  const interrupt = new Interrupt();
  try {
    const { units, differences } = await batch.verifyRun(folder, batch.readPlan(folder), flags.sample, {
      startThread: startUnitThread,
      jobs: flags.jobs,
      signal: interrupt.signal,
    });
    for (const { stream, file } of differences) context.stdout.write(`differs: ${stream} ${file}\n`);
    if (interrupt.signalled) return EXIT_INTERRUPTED;
    const outcome = differences.length === 0 ? 'the same result' : `${pluralText(differences.length, 'file')} differ`;
    context.stdout.write(`${pluralText(units, 'unit')} analyzed again: ${outcome}\n`);
    return differences.length === 0 ? EXIT_DONE : EXIT_DAMAGED;
  } finally {
    interrupt.release();
  }
}

function checkNumbers(numbers: ReadonlySet<number> | undefined, plan: Plan, run: string): void {
  const units = unitCount(plan);
  const wrong = [...(numbers ?? [])].find((number) => number >= units);
  if (wrong === undefined) return;
  throw new DpiError('usage', `--unit ${wrong}: the plan of ${run} has ${pluralText(units, 'unit')}, numbered from 0`);
}

function unitCount({ streams }: Plan): number {
  return streams.reduce((sum, stream) => sum + stream.units.length, 0);
}

/** "0-9,15" as a set. Throws DpiError. */
function unitNumbers(text: string): ReadonlySet<number> {
  const numbers = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part.trim());
    const first = Number(match?.[1]);
    const last = Number(match?.[2] ?? match?.[1]);
    if (match === null || last < first || last - first > 1e6) {
      throw new DpiError('usage', `--unit takes numbers from 0 and ranges of them such as 0-9, not '${text}'`);
    }
    for (let number = first; number <= last; number++) numbers.add(number);
  }
  return numbers;
}

/** "1%" as 0.01. Throws DpiError. */
function percentage(text: string): number {
  const percent = Number(/^(\d{1,3}(?:\.\d{1,6})?)%?$/.exec(text.trim())?.[1]);
  if (percent > 0 && percent <= 100) return percent / 100;
  throw new DpiError('usage', `--sample takes a percentage above 0 such as 1%, not '${text}'`);
}
