import type { Command } from 'commander';
import type { CliContext } from './context.js';

/**
 * What a command's module exports: it adds arguments, options, examples and the action, which resolves to an exit code.
 */
export interface CommandModule {
  configure(command: Command, context: CliContext): void;
}

export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** Loads the command's code: only the one in use costs start-up time. */
  load(): Promise<CommandModule>;
}

/** The commands in the order of `dpi --help`. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'analyze',
    summary: 'say which app and site every connection of a capture belongs to',
    load: () => import('./commands/analyze.js'),
  },
  {
    name: 'apps',
    summary: 'list the known apps, or say which app a host name belongs to',
    load: () => import('./commands/apps.js'),
  },
  {
    name: 'filter',
    summary: 'write a copy of a capture without the connections that rules block',
    load: () => import('./commands/filter.js'),
  },
  {
    name: 'ingest',
    summary: 'decide packets that come as events, a line of JSON each',
    load: () => import('./commands/ingest.js'),
  },
  {
    name: 'live',
    summary: 'watch the apps and sites on an interface while packets come',
    load: () => import('./commands/live.js'),
  },
  {
    name: 'rules',
    summary: 'keep the rules that block or allow',
    load: () => import('./commands/rules.js'),
  },
  {
    name: 'serve',
    summary: 'answer the same over HTTP',
    load: () => import('./commands/serve.js'),
  },
];
