import { type Command, CommanderError } from 'commander';
import { commandTree, HELP } from './command-tree.js';
import type { CliContext } from './context.js';
import { describeError } from './errors.js';
import { EXIT_DONE, EXIT_FAILED } from './exit-codes.js';
import { type ColourOption, messageWidth } from './terminal.js';
import { unknownCommand } from './usage-error.js';
import { printWarnings } from './warnings.js';

/** Parses `args`, runs the command that they name, and sets `process.exitCode`. Never throws. */
export async function runCommand(args: readonly string[], context: CliContext): Promise<void> {
  process.on('uncaughtException', (error) => fail(error, context));
  try {
    // As most programs have it.
    const given = args.length === 1 && args[0] === '-v' ? ['--version'] : args;
    const program = await programFor(given, context);
    await program.parseAsync(withoutHelpCommand(program, given), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) fail(error, context);
    // Help that was not asked for stands on stderr: no command was given.
    else process.exitCode = error.exitCode === 0 ? EXIT_DONE : EXIT_FAILED;
  }
}

/** The tree in which the command that `args` names has its arguments and options. */
async function programFor(args: readonly string[], context: CliContext): Promise<Command> {
  const program = await commandTree(context, wantsShortHelp(args), (name, above) => {
    const first = operandIndex(above, args);
    const chosen = args[first] === HELP ? args.slice(first + 1).find((arg) => !arg.startsWith('-')) : args[first];
    return name === chosen;
  });
  program.hook('preAction', async (_, command) => {
    inheritOptions(command);
    if (command.getOptionValue('config') === false) return;
    const { applyDefaults } = await import('./config/apply-defaults.js');
    const warnings = applyDefaults(command, context.env);
    const isQuiet = command.getOptionValue('quiet') === true;
    if (!isQuiet) await printWarnings(warnings, context, command.getOptionValue('color') as ColourOption);
  });
  return program;
}

/** Index of the first argument that is neither an option of `program` nor its value; -1 when there is none. */
function operandIndex(program: Command, args: readonly string[]): number {
  const takesValue = (arg: string) =>
    program.options.some((option) => option.required && (option.long === arg || option.short === arg));
  return args.findIndex((arg, i) => !arg.startsWith('-') && !(i > 0 && takesValue(args[i - 1]!)));
}

function wantsShortHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  const options = end === -1 ? args : args.slice(0, end);
  return options.includes('-h') && !options.includes('--help');
}

/** "help rules add" as "rules add --help". Throws DpiError for a command that does not exist. */
function withoutHelpCommand(program: Command, args: readonly string[]): readonly string[] {
  const at = operandIndex(program, args);
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

/** Applies the options that stand before a command's name: `dpi --no-color analyze`. */
function inheritOptions(command: Command): void {
  const own = new Set(command.options.map((option) => option.attributeName()));
  for (let above = command.parent; above !== null; above = above.parent) {
    for (const name of new Set(above.options.map((option) => option.attributeName()))) {
      if (!own.has(name) || above.getOptionValueSource(name) !== 'cli') continue;
      if (command.getOptionValueSource(name) === 'cli') continue;
      command.setOptionValueWithSource(name, above.getOptionValue(name), 'cli');
    }
  }
}

function fail(error: unknown, { stderr, env }: CliContext): void {
  const isDebug = env.DPI_DEBUG !== undefined && env.DPI_DEBUG !== '';
  stderr.write(describeError(error, isDebug, messageWidth(stderr, env)));
  process.exitCode = EXIT_FAILED;
}
