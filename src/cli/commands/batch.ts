import type { Command } from 'commander';
import { configureRun } from '../batch/run.js';
import { configureMerge, configurePlan, configureStatus, configureVerify, configureWork } from '../batch/steps.js';
import { configureWorker } from '../batch/worker.js';
import type { CliContext } from '../context.js';
import { addGuide, type Guide } from '../help.js';
import { addSubcommands, type Subcommand } from '../subcommands.js';

const SUBCOMMANDS: readonly Subcommand[] = [
  ['run', 'Analyze many captures into one data set', configureRun],
  ['plan', 'Find the streams, and write the plan of a run', configurePlan],
  ['work', 'Analyze units of a plan', configureWork],
  ['worker', 'Analyze units from a queue in Redis', configureWorker],
  ['merge', 'Put the results of a run together', configureMerge],
  ['status', 'Show how far a run is', configureStatus],
  ['verify', 'Analyze a sample again and compare', configureVerify],
];

const GUIDE: Guide = {
  about: `
'dpi batch run' does all steps on one machine. The others are the same steps alone, for schedulers of clusters.`,
  examples: [
    ['dpi batch run archive/ -o run', 'analyze all captures below a folder'],
    ['dpi batch status run', 'show how far it is'],
    ['dpi batch verify run --sample 1%', 'analyze a sample again and compare'],
  ],
};

export function configure(command: Command, context: CliContext): void {
  addSubcommands(command, context, SUBCOMMANDS);
  addGuide(command, GUIDE);
}
