import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { DpiError } from '../../core/common/error.js';
import { pluralText } from '../../render/quantities.js';
import type { Plan } from '../../usecases/batch/plan-types.js';
import type { Seal } from '../../usecases/batch/watch-plan.js';
import type { BatchProgress } from '../../usecases/batch/work.js';
import type { CliContext } from '../context.js';
import { EXIT_DONE, EXIT_INTERRUPTED } from '../exit-codes.js';
import { addGuide, type Guide } from '../help.js';
import { Interrupt } from '../interrupt.js';
import { messageText } from '../message.js';
import { addStreamOptions } from '../options.js';
import { progressOn } from '../progress.js';
import { messageWidth } from '../terminal.js';
import { timeSpan } from '../time-span.js';
import { batchProgressText, mergedText, planLines } from './batch-text.js';
import { endSoon } from './end-soon.js';
import { type FinishFlags, printReport } from './finish.js';
import { loadBatch, loadQueuedRun, startUnitThread } from './load-batch.js';
import { addPageOptions, checkPageFlags, type PageFlags, writeRunPage } from './page.js';
import {
  addJobsOption,
  addPlanOptions,
  analysisFlags,
  chosenPlan,
  type JobsFlags,
  type PlanFlags,
} from './plan-options.js';

interface RunFlags extends PlanFlags, JobsFlags, FinishFlags, PageFlags {
  output: string;
  retryFailed?: boolean;
  redis?: string;
  watch?: string;
  settle: number;
  seal: Seal;
}

const SETTLE_MS = 60_000;
const LEAST_SETTLE_MS = 100;

const GUIDE: Guide = {
  about: `
Finds the streams among the captures (the rotated files of one capture point are one stream), analyzes each stream as
'dpi analyze' does, several at a time, and writes to the folder RUN:

  RUN/dataset      the data set: connections, hosts, dns, timeline, labels, inputs as Parquet files
  RUN/report.json  the sums over all streams, and what failed
  RUN/plan.json    the streams and their files
  RUN/units/       the result of each stream

A second run analyzes only streams that are new or have changed. Without inputs it goes on with the stored plan.`,
  examples: [
    ['dpi batch run archive/ -o run', 'all captures below a folder'],
    [`find /captures -name '*.pcap.gz' -print0 |\n  dpi batch run -0 -o run`, 'those that find names'],
    ['dpi batch run @files.txt -o run --streams each', 'every file on its own'],
    ['dpi batch run archive/ -o run --redis redis://queue.example.com', 'on many machines'],
    ['dpi batch run --watch /captures -o run', 'the files of a ring as they are finished'],
    ['dpi batch run archive/ -o run --html run.html', 'a page for a browser as well'],
    ['dpi batch status run', 'how far it is'],
  ],
  exitCodes:
    '0 done, 2 wrong usage or unreadable input, 3 a capture was damaged or could not be analyzed, 130 interrupted.',
};

export function configureRun(command: Command, context: CliContext): void {
  addPlanOptions(command);
  addRunOption(command);
  addJobsOption(command);
  command.option('--redis <url>', "let workers do it: put the units into a queue for 'dpi batch worker'");
  command.option('--watch <dir>', 'take finished capture files below a folder as they appear, until interrupted');
  command.addOption(
    new Option('--settle <time>', 'with --watch: a file that has not changed for so long is finished')
      .argParser(timeSpan('--settle', LEAST_SETTLE_MS))
      .default(SETTLE_MS, '60s'),
  );
  command.addOption(
    new Option('--seal <when>', 'with --watch: when a stream begins anew: each day (UTC), or never')
      .choices(['day', 'never'])
      .default('day'),
  );
  command.option('--retry-failed', 'analyze the streams again that failed');
  command.addOption(new Option('--json', 'print the report as JSON'));
  addPageOptions(command);
  addStreamOptions(command);
  addGuide(command, GUIDE);
  command.action(async (inputs: string[], flags: RunFlags) => {
    checkPageFlags(flags);
    process.exitCode = await (flags.watch === undefined ? run : watch)(inputs, flags, context);
    if (flags.redis !== undefined && context.stdout.writableLength === 0) endSoon();
  });
}

export function addRunOption(command: Command): void {
  command.requiredOption('-o, --output <run>', 'the folder of the run');
}

async function run(inputs: readonly string[], flags: RunFlags, context: CliContext): Promise<number> {
  const batch = await loadBatch();
  const folder = new batch.RunFolder(resolve(flags.output));
  const interrupt = new Interrupt();
  const progress = progressOn(context, flags.color);
  try {
    const isStored = inputs.length === 0 && !flags.null && folder.readPlan() !== null;
    const plan = isStored
      ? batch.readPlan(folder)
      : await batch.makePlan(folder, { ...chosenPlan(inputs, flags), signal: interrupt.signal });
    if (!isStored) {
      folder.writePlan(batch.planText(plan));
      tellPlan(plan, flags, context);
    }
    if (flags.retryFailed) batch.forgetFailures(folder, plan);
    const { done, open } = batch.openUnits(folder, plan);
    if (!flags.quiet) tell(startText(done.length, open.length), context);
    const onProgress = flags.quiet
      ? undefined
      : (state: BatchProgress) => progress.update(state, batchProgressText(state));
    const { signal } = interrupt;
    if (flags.redis === undefined) {
      await batch.workPlan(folder, plan, { startThread: startUnitThread, jobs: flags.jobs, signal, onProgress });
    } else if (open.length > 0) {
      const say = flags.quiet ? () => {} : (sentence: string) => tell(sentence, context);
      await (await loadQueuedRun()).runQueued(folder, plan, { redis: flags.redis, onProgress, say, signal });
    }
    progress.clear();
    if (interrupt.signalled) {
      const left = batch.openUnits(folder, plan).open.length;
      if (!flags.quiet) tell(`interrupted: ${pluralText(left, 'unit')} left; the same command goes on`, context);
      return EXIT_INTERRUPTED;
    }
    const { report } = batch.mergeRun(folder, plan);
    await writeRunPage(folder.path, plan, flags);
    return await printReport(report, flags.output, flags, context);
  } catch (error) {
    if (interrupt.signalled) return EXIT_INTERRUPTED;
    throw error;
  } finally {
    progress.clear();
    interrupt.release();
  }
}

/** Takes files as they appear, until the signal. */
async function watch(inputs: readonly string[], flags: RunFlags, context: CliContext): Promise<number> {
  const refused = [
    inputs.length > 0 && 'captures',
    flags.redis !== undefined && '--redis',
    flags.null && '--null',
    flags.html !== undefined && '--html',
  ];
  const other = refused.find((name) => typeof name === 'string');
  if (other !== undefined) throw new DpiError('usage', `--watch takes a folder, and cannot be used with ${other}`);
  if (flags.streams !== 'auto') throw new DpiError('usage', '--watch cannot be used with --streams');
  const batch = await loadBatch();
  const folder = new batch.RunFolder(resolve(flags.output));
  const interrupt = new Interrupt();
  try {
    if (!flags.quiet) tell(`watching ${flags.watch}`, context);
    await batch.watchRun(folder, {
      ...analysisFlags(flags),
      folder: flags.watch!,
      seal: flags.seal,
      settleMs: flags.settle,
      startThread: startUnitThread,
      jobs: flags.jobs,
      signal: interrupt.signal,
      onMerged: (report, units) => {
        if (!flags.quiet) tell(`${pluralText(units, 'unit')} analyzed; ${mergedText(report)}`, context);
      },
    });
    // The way that a watch ends.
    return EXIT_DONE;
  } catch (error) {
    if (interrupt.signalled) return EXIT_DONE;
    throw error;
  } finally {
    interrupt.release();
  }
}

/** Says on stderr what the planner decided. */
export function tellPlan(plan: Plan, flags: { quiet?: boolean }, { stderr }: CliContext): void {
  if (!flags.quiet) stderr.write(`${planLines(plan).join('\n')}\n`);
}

/** A sentence on stderr. */
export function tell(sentence: string, { stderr, env }: CliContext): void {
  stderr.write(messageText(sentence, messageWidth(stderr, env)));
}

function startText(done: number, open: number): string {
  if (open === 0)
    return `nothing to analyze: all ${pluralText(done, 'unit')} ${done === 1 ? 'has a result' : 'have results'}`;
  return done === 0
    ? `${pluralText(open, 'unit')} to analyze`
    : `${pluralText(open, 'unit')} to analyze, ${done} done before`;
}
