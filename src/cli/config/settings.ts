/** The options whose defaults a user may set: those that change how text looks, and nothing else. */
import { type Command, InvalidArgumentError, type Option } from 'commander';
import { DpiError } from '../../core/common/error.js';
import { alternatives } from '../habits.js';
import { commandPath, OUTPUT_GROUP } from '../help.js';

/** Options of the output group that choose the data, or where they go. */
const NEVER: readonly string[] = ['json', 'ndjson', 'csv', 'lines', 'output', 'parquet', 'format', 'config', 'help'];
/** Options that make the output one for programs: no default changes what they read. */
const FOR_PROGRAMS: readonly string[] = ['json', 'ndjson', 'csv'];
/** What may be set all the same where programs read the output: neither changes standard output's data. */
const ALWAYS: readonly string[] = ['color', 'quiet', 'pager'];
/** Names a program in the environment. */
const NO_VARIABLE: readonly string[] = ['pager'];
const YES = ['true', 'yes', 'on', '1'];
const NO = ['false', 'no', 'off', '0'];

export type SettingValue = string | number | boolean;

/** The settable options of a command by name: "top", "color". */
export function settableOptions(command: Command): Map<string, Option> {
  const found = new Map<string, Option>();
  for (const option of command.options) {
    const name = settingName(option);
    const isSettable = option.helpGroupHeading === OUTPUT_GROUP && !option.hidden && !NEVER.includes(name);
    if (isSettable && !found.has(name)) found.set(name, option);
  }
  return found;
}

/** Whether the flags of `command`, or the name of its output file, ask for output that no default may change. */
export function isForPrograms(command: Command): boolean {
  const ending = /\.(\w+)$/.exec(String(command.getOptionValue('output') ?? ''))?.[1]?.toLowerCase();
  return FOR_PROGRAMS.some((name) => name === ending || command.getOptionValue(name) === true);
}

export function appliesToPrograms(name: string): boolean {
  return ALWAYS.includes(name);
}

/** "--no-pager" is the setting "pager". */
function settingName(option: Option): string {
  return option.name().replace(/^no-/, '');
}

/** Keys of a command's setting, the special one first: "rules.list.top", then "top". */
export function keysOf(command: Command, name: string): string[] {
  const path = commandPath(command).split(' ').slice(1);
  return path.length === 0 ? [name] : [[...path, name].join('.'), name];
}

/** The commands of a tree that have options, parents before their children. */
export function commandsWithOptions(program: Command): Command[] {
  return program.commands.flatMap((command) => [
    ...(command.options.length > 0 ? [command] : []),
    ...commandsWithOptions(command),
  ]);
}

/** All keys, the general ones first. */
export function allKeys(program: Command): string[] {
  const keys = commandsWithOptions(program).flatMap((command) =>
    [...settableOptions(command).keys()].flatMap((name) => keysOf(command, name)),
  );
  return [...new Set(keys)].sort((a, b) => Number(a.includes('.')) - Number(b.includes('.')) || (a < b ? -1 : 1));
}

/** "rules.list.top" as DPI_RULES_LIST_TOP; null where the environment holds no such setting. */
export function variableOf(key: string): string | null {
  const name = key.split('.').at(-1)!;
  return NO_VARIABLE.includes(name) ? null : `DPI_${key.toUpperCase().replace(/[.-]/g, '_')}`;
}

/** The value that an option gets for a setting's text. Throws DpiError for text that the option does not take. */
export function parseSetting(option: Option, text: string): unknown {
  if (!option.required && !option.optional) {
    const word = text.trim().toLowerCase();
    if (YES.includes(word)) return true;
    if (NO.includes(word)) return false;
    throw new DpiError('usage', `${option.long} is set to true or false, not '${text}'`);
  }
  if (option.parseArg === undefined) return text;
  try {
    return option.parseArg(text, undefined as never);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new DpiError('usage', `${option.long} takes ${alternatives(option.argChoices ?? [])}, not '${text}'`);
  }
}
