import type { Command } from 'commander';
import type { CliContext, LoadTree } from './context.js';

/** A command's module: adds arguments, options, help and the action, which sets the exit code. */
interface CommandModule {
  configure(command: Command, context: CliContext, loadTree: LoadTree): void;
}

interface CommandSpec {
  readonly name: string;
  readonly description: string;
  /** Left out of the help. */
  readonly hidden?: boolean;
  /** Loads the command's code; only the command in use costs start-up time. */
  load(): Promise<CommandModule>;
}

/** The commands in the order of `dpi --help`. */
export const COMMANDS: readonly CommandSpec[] = [
  { name: 'analyze', description: 'Analyze a capture', load: () => import('./commands/analyze.js') },
  {
    name: 'apps',
    description: 'List the known apps, or look up the app of a host',
    load: () => import('./commands/apps.js'),
  },
  { name: 'batch', description: 'Analyze many captures into one data set', load: () => import('./commands/batch.js') },
  {
    name: 'complete',
    description: 'Print what completes a command line',
    hidden: true,
    load: () => import('./commands/complete.js'),
  },
  {
    name: 'completion',
    description: 'Print the completion script of a shell',
    load: () => import('./commands/completion.js'),
  },
  {
    name: 'config',
    description: 'Show and change the defaults of options',
    load: () => import('./commands/config.js'),
  },
  { name: 'diff', description: 'Compare two captures or reports', load: () => import('./commands/diff.js') },
  {
    name: 'evidence',
    description: 'Write the packets that prove a label',
    load: () => import('./commands/evidence.js'),
  },
  {
    name: 'filter',
    description: 'Remove blocked connections from a capture',
    load: () => import('./commands/filter.js'),
  },
  {
    name: 'ingest',
    description: 'Decide packets that arrive as JSON events',
    load: () => import('./commands/ingest.js'),
  },
  { name: 'live', description: 'Watch the apps and sites on an interface', load: () => import('./commands/live.js') },
  { name: 'rules', description: 'Manage block and allow rules', load: () => import('./commands/rules.js') },
  {
    name: 'sanitize',
    description: 'Write a copy of a capture that can be shared',
    load: () => import('./commands/sanitize.js'),
  },
  {
    name: 'schema',
    description: 'Print the JSON Schema of an output',
    load: () => import('./commands/schema.js'),
  },
  { name: 'serve', description: 'Start the HTTP server', load: () => import('./commands/serve.js') },
  {
    name: 'snapshot',
    description: 'Keep what a program talks to in a file, and fail when it changes',
    load: () => import('./commands/snapshot.js'),
  },
  { name: 'verify', description: 'Verify the proof of a label', load: () => import('./commands/verify.js') },
];
