/** Manual pages in mdoc(7), one for each command. */
import type { Argument, Command, Option } from 'commander';
import { commandPath, guideOf } from '../src/cli/help.js';
import { wrapWords } from '../src/render/text-width.js';

export interface ManPage {
  /** "dpi-rules-add", without the section. */
  readonly name: string;
  readonly text: string;
}

/** Variables that commands read besides those of settings. */
const ENVIRONMENT: readonly [name: string, text: string][] = [
  ['DPI_RULES_FILE', 'the file of the stored rules'],
  ['DPI_REDIS_URL', 'the Redis database of the stored rules'],
  ['DPI_REDIS_PREFIX', 'the prefix of the Redis keys'],
  ['DPI_PAGER', 'the pager; before PAGER'],
  ['DPI_DEBUG', 'set to 1 to print stack traces'],
  ['NO_COLOR', 'print without colours'],
];
const SECTION = 1;
const WIDTH = 78;

/** The pages of `program` and of all its visible commands. */
export function manPages(program: Command): ManPage[] {
  const walk = (command: Command): Command[] => [command, ...visible(command).flatMap(walk)];
  const commands = walk(program).filter((command) => command.name() !== 'help');
  return commands.map((command) => ({ name: pageName(command), text: pageOf(command, commands) }));
}

function visible(command: Command): Command[] {
  return [...command.createHelp().visibleCommands(command)];
}

function pageName(command: Command): string {
  return commandPath(command).replaceAll(' ', '-');
}

function pageOf(command: Command, all: readonly Command[]): string {
  const guide = guideOf(command);
  const name = pageName(command);
  const lines = [
    // No date: the same sources give the same page.
    `.Dd $Mdocdate$`,
    `.Dt ${name.toUpperCase()} ${SECTION}`,
    '.Os',
    '.Sh NAME',
    `.Nm ${name}`,
    `.Nd ${firstLower(text(command.description()))}`,
    '.Sh SYNOPSIS',
    ...synopsis(command),
    '.Sh DESCRIPTION',
    ...(guide?.about === undefined ? prose(`${command.description()}.`) : aboutLines(guide.about)),
    ...argumentLines(command.registeredArguments),
    ...commandLines(command),
    ...optionLines(command),
    ...(command.parent === null ? environmentLines() : []),
    ...(guide?.exitCodes === undefined ? [] : ['.Sh EXIT STATUS', ...prose(sentence(guide.exitCodes))]),
    ...exampleLines(command),
    ...seeAlso(command, all),
  ];
  return `${lines.join('\n')}\n`;
}

function synopsis(command: Command): string[] {
  const operands = command.registeredArguments.map((argument) => {
    const name = `Ar ${argument.name()}${argument.variadic ? ' ...' : ''}`;
    return argument.required ? `.${name}` : `.Op ${name}`;
  });
  const rest = command.commands.length > 0 ? ['.Ar command', '.Op Ar options'] : ['.Op Ar options', ...operands];
  return [`.Nm ${commandPath(command)}`, ...rest];
}

/** Paragraphs; lines that begin with a blank are shown as they are. */
function aboutLines(about: string): string[] {
  return about
    .trim()
    .split('\n\n')
    .flatMap((paragraph, i) => {
      const isLiteral = /^ /m.test(paragraph);
      const start = i === 0 ? [] : ['.Pp'];
      if (!isLiteral) return [...start, ...prose(paragraph)];
      return ['.Bd -literal', ...paragraph.split('\n').map(text), '.Ed'];
    });
}

function argumentLines(operands: readonly Argument[]): string[] {
  if (operands.length === 0) return [];
  return [
    '.Pp',
    'The arguments are as follows:',
    '.Bl -tag -width Ds',
    ...operands.flatMap((argument) => [`.It Ar ${argument.name()}`, ...prose(sentence(argument.description))]),
    '.El',
  ];
}

function commandLines(command: Command): string[] {
  const commands = visible(command).filter((one) => one.name() !== 'help');
  if (commands.length === 0) return [];
  return [
    '.Pp',
    'The commands are as follows:',
    '.Bl -tag -width Ds',
    ...commands.flatMap((one) => [
      `.It Cm ${one.name()}`,
      `${text(one.description())}: see`,
      `.Xr ${pageName(one)} ${SECTION} .`,
    ]),
    '.El',
  ];
}

/** The options by the groups of the help, each under a heading of its own. */
function optionLines(command: Command): string[] {
  const groups = new Map<string, Option[]>();
  for (const option of command.options) {
    if (option.hidden) continue;
    const heading = (option.helpGroupHeading ?? 'Options:').replace(/ \(.*| *:$/g, '').replace(/:$/, '');
    groups.set(heading, [...(groups.get(heading) ?? []), option]);
  }
  if (groups.size === 0) return [];
  return [
    '.Sh OPTIONS',
    ...[...groups].flatMap(([heading, options]) => [
      ...(groups.size === 1 ? [] : [`.Ss ${text(heading)}`]),
      '.Bl -tag -width Ds',
      ...options.flatMap((option) => [itemOf(option), ...prose(sentence(descriptionOf(option)))]),
      '.El',
    ]),
  ];
}

function itemOf(option: Option): string {
  const value = /[<[](.+?)[>\]]/.exec(option.flags)?.[1];
  const names = [option.short, option.long].filter((name) => name !== undefined);
  const flags = names.map((name) => `Fl ${name!.slice(1).replaceAll('-', '\\-')}`).join(' , ');
  return `.It ${flags}${value === undefined ? '' : ` Ar ${value}`}`;
}

function descriptionOf(option: Option): string {
  const choices = option.argChoices === undefined ? '' : ` (${option.argChoices.join(', ')})`;
  const standard = option.defaultValue;
  const isShown = typeof standard === 'string' || typeof standard === 'number';
  return `${option.description}${choices}${isShown ? ` (default: ${standard})` : ''}`;
}

function environmentLines(): string[] {
  const items = ENVIRONMENT.flatMap(([name, purpose]) => [`.It Ev ${name}`, ...prose(sentence(purpose))]);
  return [
    '.Sh ENVIRONMENT',
    'Variables such as',
    '.Ev DPI_TOP',
    'set defaults of options, see',
    `.Xr dpi-config ${SECTION} .`,
    '.Bl -tag -width Ds',
    ...items,
    '.El',
  ];
}

function exampleLines(command: Command): string[] {
  const examples = guideOf(command)?.examples ?? [];
  if (examples.length === 0) return [];
  return [
    '.Sh EXAMPLES',
    ...examples.flatMap(([line, purpose], i) => [
      ...(purpose === undefined
        ? i === 0
          ? []
          : ['.Pp']
        : [...(i === 0 ? [] : ['.Pp']), `${text(sentence(purpose, ':'))}`]),
      ...line.split('\n').map((one) => `.Dl ${macroText(one)}`),
    ]),
  ];
}

/** The commands above, beside and below. */
function seeAlso(command: Command, all: readonly Command[]): string[] {
  const related = all.filter(
    (one) => one !== command && (one.parent === command || one.parent === command.parent || one === command.parent),
  );
  if (related.length === 0) return [];
  const names = related.map(pageName).sort();
  return ['.Sh SEE ALSO', ...names.map((name, i) => `.Xr ${name} ${SECTION}${i === names.length - 1 ? '' : ' ,'}`)];
}

/** Running text: a line for each sentence, of at most 78 columns. */
function prose(words: string): string[] {
  return words
    .split(/(?<=[.?!])\s+/)
    .flatMap((one) => wrapWords(one.split(/\s+/), ' ', WIDTH, 0))
    .map(text);
}

/** A line of text: backslashes, and a dot or quote at its start, mean nothing. */
function text(line: string): string {
  const escaped = line.replaceAll('\\', '\\e');
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}

/** Words behind a macro: each would be taken for a macro of its own. */
function macroText(line: string): string {
  return text(line)
    .trim()
    .split(' ')
    .map((word) => `"${word.replaceAll('"', '\\(dq')}"`)
    .join(' ');
}

function sentence(words: string, end = '.'): string {
  const first = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.?!:]$/.test(first) ? first : first + end;
}

function firstLower(words: string): string {
  return words.charAt(0).toLowerCase() + words.slice(1);
}
