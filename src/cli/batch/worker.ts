import { type Command, Option } from 'commander';
import { pluralText } from '../../render/quantities.js';
import type { CliContext } from '../context.js';
import { EXIT_DONE } from '../exit-codes.js';
import { addGuide, type Guide } from '../help.js';
import { Interrupt } from '../interrupt.js';
import { addStreamOptions } from '../options.js';
import { timeSpan } from '../time-span.js';
import { endSoon } from './end-soon.js';
import { loadQueuedRun, startUnitThread } from './load-batch.js';
import { addJobsOption, type JobsFlags } from './plan-options.js';
import { tell } from './run.js';

interface WorkerFlags extends JobsFlags {
  redis: string;
  lockTime: number;
  quiet?: boolean;
}

/** Longer than a busy machine may stand still. */
const LOCK_MS = 60_000;
const LEAST_LOCK_MS = 500;

const GUIDE: Guide = {
  about: `
Analyzes units that 'dpi batch run --redis' puts into the queue, of any number of runs, until it is interrupted. All
machines need the same paths for the captures and the folders of the runs. A unit whose worker dies goes to another one.`,
  examples: [['dpi batch worker --redis redis://queue.example.com', 'on each machine']],
  exitCodes: '0 interrupted, the units in progress were given back; 2 wrong usage, or Redis cannot be reached.',
};

export function configureWorker(command: Command, context: CliContext): void {
  command.requiredOption('--redis <url>', 'the queue: redis://, rediss:// (TLS) or unix://');
  addJobsOption(command);
  command.addOption(
    new Option('--lock-time <time>', 'how long a worker may be silent before its units go to another')
      .argParser(timeSpan('--lock-time', LEAST_LOCK_MS))
      .default(LOCK_MS, '60s'),
  );
  addStreamOptions(command);
  addGuide(command, GUIDE);
  command.action(async (flags: WorkerFlags) => {
    process.exitCode = await worker(flags, context);
    endSoon();
  });
}

async function worker(flags: WorkerFlags, context: CliContext): Promise<number> {
  const { workQueue } = await loadQueuedRun();
  const interrupt = new Interrupt();
  const say = flags.quiet ? () => {} : (sentence: string) => tell(sentence, context);
  let units = 0;
  try {
    await workQueue({
      redis: flags.redis,
      startThread: startUnitThread,
      jobs: flags.jobs,
      lockMs: flags.lockTime,
      say,
      onUnit: (count) => {
        units = count;
      },
      signal: interrupt.signal,
    });
    say(`${pluralText(units, 'unit')} analyzed`);
    return EXIT_DONE;
  } finally {
    interrupt.release();
  }
}
