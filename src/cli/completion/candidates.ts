/** What may stand at the end of a command line that is being typed. Generic over the tree of commands. */
import type { Argument, Command, Option } from 'commander';
import type { CliContext, LoadTree } from '../context.js';
import type { Candidate } from './candidate.js';
import { readTypedLine, type TypedLine } from './command-line.js';
import { valuesOf } from './values.js';

export interface Completion {
  readonly candidates: readonly Candidate[];
  /** Whether a file name fits too. */
  readonly takesFiles: boolean;
}

const FILE_PLACEHOLDER = /file|capture|folder|path|^in$|^out$/;

/** Completes the last of `words`, those behind "dpi". */
export async function completionOf(
  words: readonly string[],
  context: CliContext,
  loadTree: LoadTree,
): Promise<Completion> {
  const before = words.slice(0, -1);
  const program = await loadTree((name) => before.includes(name));
  const line = readTypedLine(program, words);
  if (line.option !== null) return ofValue(line, line.option, context, loadTree);
  if (!line.onlyOperands && line.current.startsWith('-') && !line.isHelp) return beginning(line, optionsOf(line));
  const commands = line.operands.length === 0 ? beginning(line, commandsOf(line.command)).candidates : [];
  const operands = line.command.registeredArguments;
  const operand = operands[line.operands.length] ?? (operands.at(-1)?.variadic ? operands.at(-1) : undefined);
  if (operand === undefined || line.isHelp) return { candidates: commands, takesFiles: false };
  const values = await ofValue(line, operand, context, loadTree);
  return { ...values, candidates: [...commands, ...values.candidates] };
}

async function ofValue(
  line: TypedLine,
  wanted: Option | Argument,
  context: CliContext,
  loadTree: LoadTree,
): Promise<Completion> {
  const placeholder = placeholderOf(wanted);
  // Of a list with commas, the last one is typed.
  const done = line.current.slice(0, line.current.lastIndexOf(',') + 1);
  const part = line.current.slice(done.length);
  const candidates =
    wanted.argChoices !== undefined
      ? wanted.argChoices.map((value) => ({ value, description: '' }))
      : await valuesOf({ placeholder, description: wanted.description ?? '', part, line, context, loadTree });
  const { candidates: fitting } = beginning({ ...line, current: part }, candidates);
  return {
    candidates: fitting.map(({ value, description }) => ({ value: done + value, description })),
    takesFiles: FILE_PLACEHOLDER.test(placeholder),
  };
}

/** "app" of "--block-app <app>" or of an argument. */
function placeholderOf(wanted: Option | Argument): string {
  if (!('flags' in wanted)) return wanted.name();
  // "-i, --interface <name>" says it better in its name.
  const placeholder = /[<[](.+?)[>\]]/.exec(wanted.flags)?.[1] ?? '';
  return placeholder === 'name' ? wanted.name() : placeholder;
}

/** Candidates that begin with the current word, in any case of letters; they take on the lower case that is typed. */
function beginning({ current }: TypedLine, candidates: readonly Candidate[]): Completion {
  const typed = current.toLowerCase();
  const isLower = current !== current.toUpperCase();
  const fitting = candidates.filter(({ value }) => value.toLowerCase().startsWith(typed));
  return {
    candidates: fitting.map((one) =>
      isLower && !one.value.startsWith(current) ? { ...one, value: one.value.toLowerCase() } : one,
    ),
    takesFiles: false,
  };
}

function optionsOf({ command, given }: TypedLine): Candidate[] {
  const open = command.options.filter((option) => {
    if (option.hidden || option.long === undefined) return false;
    return !given.has(option.attributeName()) || /repeatable/.test(option.description);
  });
  const own = open.map(({ long, description }) => ({ value: long!, description }));
  return [...own, { value: '--help', description: 'show the help' }];
}

function commandsOf(command: Command): Candidate[] {
  const visible = command.createHelp().visibleCommands(command);
  return visible.map((one) => ({ value: one.name(), description: one.description() }));
}
