import { Command, CommanderError } from 'commander';
import { VERSION } from '../system/version.js';
import { COMMANDS } from './commands.js';
import type { CliContext } from './context.js';
import { describeError } from './errors.js';
import { EXIT_DONE, EXIT_FAILED } from './exit-codes.js';
import { addGuide, type Guide, helpStyle } from './help.js';
import { addStreamOptions } from './options.js';
import { helpWidth, messageWidth } from './terminal.js';
import { reportUsage, unknownCommand } from './usage-error.js';

const HELP = 'help';

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

/** Parses `args`, runs the command that they name, and sets `process.exitCode`. Never throws. */
export async function runCommand(args: readonly string[], context: CliContext): Promise<void> {
  process.on('uncaughtException', (error) => fail(error, context));
  try {
    const program = await programFor(args, context);
    await program.parseAsync(withoutHelpCommand(program, args), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) fail(error, context);
    // Help that was not asked for stands on stderr: no command was given.
    else process.exitCode = error.exitCode === 0 ? EXIT_DONE : EXIT_FAILED;
  }
}

/** All commands by name and description; the one that `args` names with its arguments and options. */
async function programFor(args: readonly string[], context: CliContext): Promise<Command> {
  const program = new Command('dpi')
    .description('Name the app and site of every connection in a packet capture')
    .version(VERSION, '-V, --version', 'print the version')
    .helpCommand(false)
    .enablePositionalOptions()
    .configureHelp(helpStyle(helpWidth(context.stdout, context.env), wantsShortHelp(args)))
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      // Errors are printed where they are caught, in our own words.
      outputError: () => {},
    });
  addStreamOptions(program);
  addGuide(program, GUIDE);
  reportUsage(program);
  program.hook('preAction', (_, command) => inheritStreamOptions(command));

  const operands = args.filter((arg) => !arg.startsWith('-'));
  const chosen = operands[0] === HELP ? operands[1] : operands[0];
  for (const spec of COMMANDS) {
    const command = program.command(spec.name).description(spec.description);
    reportUsage(command);
    if (spec.name === chosen) (await spec.load()).configure(command, context);
  }
  program.command(HELP).argument('[command...]').description('Show the help of a command');
  return program;
}

function wantsShortHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  const options = end === -1 ? args : args.slice(0, end);
  return options.includes('-h') && !options.includes('--help');
}

/** "help rules add" as "rules add --help". Throws DpiError for a command that does not exist. */
function withoutHelpCommand(program: Command, args: readonly string[]): readonly string[] {
  const at = args.findIndex((arg) => !arg.startsWith('-'));
  if (args[at] !== HELP) return args;
  const names = args.slice(at + 1).filter((arg) => !arg.startsWith('-'));
  let command = program;
  for (const name of names) {
    const next = command.commands.find((one) => one.name() === name);
    if (next === undefined) throw unknownCommand(name, command);
    command = next;
  }
  return [...names, '--help'];
}

/** Applies the `--quiet` and `--no-color` that stand before a command's name. */
function inheritStreamOptions(command: Command): void {
  for (let above = command.parent; above !== null; above = above.parent) {
    for (const name of ['quiet', 'color']) {
      if (above.getOptionValueSource(name) === 'cli') {
        command.setOptionValueWithSource(name, above.getOptionValue(name), 'cli');
      }
    }
  }
}

function fail(error: unknown, { stderr, env }: CliContext): void {
  const isDebug = env.DPI_DEBUG !== undefined && env.DPI_DEBUG !== '';
  stderr.write(describeError(error, isDebug, messageWidth(stderr, env)));
  process.exitCode = EXIT_FAILED;
}
