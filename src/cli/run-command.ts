import { Command, CommanderError } from 'commander';
import { VERSION } from '../system/version.js';
import { COMMANDS } from './commands.js';
import type { CliContext } from './context.js';
import { describeError } from './errors.js';
import { EXIT_DONE, EXIT_FAILED } from './exit-codes.js';
import { usageError } from './usage-error.js';

const EXAMPLES = `
Examples:
  dpi analyze capture.pcap               what is in a capture, on one screen
  dpi analyze --json capture.pcap | jq   the same for programs
  dpi filter in.pcap out.pcap --block-app YOUTUBE
  dpi live eth0                          the same of an interface, as it happens
  dpi apps i.ytimg.com                   which app a host name belongs to

'dpi <command> --help' explains a command.`;

/** Parses `args`, runs the command that they ask for, and sets `process.exitCode`. Never throws. */
export async function runCommand(args: readonly string[], context: CliContext): Promise<void> {
  process.on('uncaughtException', (error) => fail(error, context));
  try {
    const program = await programFor(args, context);
    if (args.length === 0) {
      context.stderr.write(program.helpInformation());
      process.exitCode = EXIT_FAILED;
      return;
    }
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) process.exitCode = EXIT_DONE;
    else fail(error, context);
  }
}

/** All commands by name and summary, and the one that `args` asks for with everything it takes. */
async function programFor(args: readonly string[], context: CliContext): Promise<Command> {
  const program = new Command('dpi')
    .description('Names the app and site of every connection in a packet capture.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show what a command does and takes')
    .helpCommand('help [command]', 'the same as <command> --help')
    .addHelpText('after', EXAMPLES)
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      // Complaints are told once, in our own words, where they are caught.
      outputError: () => {},
      writeErr: () => {},
    });
  reportUsage(program);

  const operands = args.filter((arg) => !arg.startsWith('-'));
  const chosen = operands[0] === 'help' ? operands[1] : operands[0];
  for (const spec of COMMANDS) {
    const command = program.command(spec.name).description(spec.summary);
    reportUsage(command);
    if (spec.name === chosen) (await spec.load()).configure(command, context);
  }
  return program;
}

function reportUsage(command: Command): void {
  command.exitOverride((error) => {
    throw error.exitCode === 0 ? error : usageError(error, command);
  });
}

function fail(error: unknown, { stderr, env }: CliContext): void {
  stderr.write(describeError(error, env.DPI_DEBUG !== undefined && env.DPI_DEBUG !== ''));
  process.exitCode = EXIT_FAILED;
}
