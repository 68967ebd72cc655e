import type { Command } from 'commander';
import type { CliContext } from './context.js';
import { addStreamOptions } from './options.js';
import { reportUsage } from './usage-error.js';

/** A command below another one. */
export type Subcommand = readonly [
  name: string,
  description: string,
  configure: (command: Command, context: CliContext) => void,
];

/** Makes `command` a group of these commands. */
export function addSubcommands(command: Command, context: CliContext, subcommands: readonly Subcommand[]): void {
  command.helpCommand(false);
  addStreamOptions(command);
  for (const [name, description, configure] of subcommands) {
    const one = command.command(name).description(description);
    reportUsage(one);
    configure(one, context);
  }
}
