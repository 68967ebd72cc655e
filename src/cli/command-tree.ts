import { Command } from 'commander';
import { VERSION } from '../system/version.js';
import { COMMANDS } from './commands.js';
import type { CliContext } from './context.js';
import { addGuide, type Guide, helpStyle } from './help.js';
import { addPagerOption, addStreamOptions } from './options.js';
import { helpWidth } from './terminal.js';
import { reportUsage } from './usage-error.js';

export const HELP = 'help';

const GUIDE: Guide = {
  examples: [
    ['dpi analyze capture.pcap', 'show the apps and sites of a capture'],
    ['dpi analyze --json capture.pcap | jq', 'the same as JSON'],
    ['dpi filter in.pcap out.pcap --block-app YOUTUBE', 'remove an app from a capture'],
    ['dpi live eth0', 'watch an interface'],
    ['dpi apps i.ytimg.com', 'look up the app of a host name'],
    ['dpi help rules add', 'show the help of a command'],
  ],
};

/**
 * All commands by name and description. Those that `wanted` accepts also have their arguments, options and actions, for
 * which their code is loaded.
 */
export async function commandTree(
  context: CliContext,
  isShort: boolean,
  wanted: (name: string, program: Command) => boolean,
): Promise<Command> {
  const program = new Command('dpi')
    .description('Name the app and site of every connection in a packet capture')
    .version(VERSION, '-V, --version', 'print the version')
    .helpCommand(false)
    .enablePositionalOptions()
    .configureHelp(helpStyle(helpWidth(context.stdout, context.env), isShort))
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      // Errors are printed where they are caught, in our own words.
      outputError: () => {},
    });
  addPagerOption(program);
  addStreamOptions(program);
  addGuide(program, GUIDE);
  reportUsage(program);
  for (const spec of COMMANDS) {
    const command = program.command(spec.name, { hidden: spec.hidden }).description(spec.description);
    reportUsage(command);
    if (wanted(spec.name, program))
      (await spec.load()).configure(command, context, (names) => commandTree(context, false, names));
  }
  program.command(HELP).argument('[command...]').description('Show the help of a command');
  return program;
}
