import { statSync } from 'node:fs';
import type { Command, CommanderError } from 'commander';
import { DpiError } from '../core/common/error.js';
import { adviceOnHabit, alternatives } from './habits.js';
import { commandPath } from './help.js';
import { nearCommands, nearOptions, visibleCommands } from './near-misses.js';

/** More options are not listed in an error; `--help` describes them. */
const MOST_LISTED = 20;
const OWN_SUGGESTION = /\n\(Did you mean .+\?\)/s;

/** Makes a command throw what it would print: help as a CommanderError, wrong usage as a DpiError. */
export function reportUsage(command: Command): void {
  command.exitOverride((error) => {
    throw error.exitCode === 0 || error.code === 'commander.help' ? error : usageError(error, command);
  });
}

/** Rewrites commander's complaint about the arguments of `command`: what is wrong, and what is allowed. */
function usageError(error: CommanderError, command: Command): DpiError {
  const complaint = error.message.replace(/^error: /, '').replace(OWN_SUGGESTION, '');
  const wrong = complaint.trim().replace(/\.$/, '');
  const named = /'(.+)'/s.exec(wrong)?.[1] ?? '';
  if (error.code === 'commander.unknownCommand') return unknownCommand(named, command);
  if (error.code === 'commander.missingArgument') {
    const swallowed = swallowedFile(command);
    if (swallowed !== null) return new DpiError('usage', swallowed);
  }
  return new DpiError('usage', `${wrong}; ${whatIsAllowed(error.code, named, command)}`);
}

/** The error for a command that `command` does not have. */
export function unknownCommand(name: string, command: Command): DpiError {
  const near = nearCommands(name, command);
  return new DpiError(
    'usage',
    `unknown command '${name}'; ${near.length > 0 ? didYouMean(near) : otherUse(name, command)}`,
  );
}

function otherUse(name: string, command: Command): string {
  if (command.parent === null && isFile(name)) return didYouMean([`dpi analyze ${name}`]);
  if (command.parent === null && /^[\w-]+(\.[\w-]+)+$/.test(name)) return didYouMean([`dpi apps ${name}`]);
  return commandList(command);
}

function whatIsAllowed(code: string, named: string, command: Command): string {
  const path = commandPath(command);
  if (code === 'commander.unknownOption') return optionAdvice(named, command);
  if (code === 'commander.missingArgument' || code === 'commander.excessArguments') {
    return `usage: ${path} ${command.usage()}`;
  }
  return `see '${path} --help'`;
}

function optionAdvice(flag: string, command: Command): string {
  const path = commandPath(command);
  if (command.parent === null) {
    const owner = command.commands.find((one) =>
      one.options.some(({ long, short }) => flag === long || flag === short),
    );
    if (owner !== undefined) return `it belongs behind the command: ${path} ${owner.name()} ${flag}`;
  }
  const near = flag.startsWith('--') ? nearOptions(flag, command) : [];
  const habit = adviceOnHabit(flag, command);
  if (habit !== null && near.length !== 1) return habit;
  if (near.length > 0) return didYouMean(near);
  if (command.parent === null) return `options stand behind a command, as in '${path} analyze --json capture.pcap'`;
  const flags = command.options.map((option) => option.long ?? option.short ?? option.flags);
  if (flags.length <= MOST_LISTED) return `${path} takes ${[...flags, '--help'].join(', ')}`;
  return `see '${path} --help'`;
}

/** A sentence where an option whose value was forgotten took the file behind it; null otherwise. */
function swallowedFile(command: Command): string | null {
  for (const option of command.options) {
    const placeholder = /<(.+)>/.exec(option.flags)?.[1];
    if (placeholder === undefined || placeholder === 'file') continue;
    if (command.getOptionValueSource(option.attributeName()) !== 'cli') continue;
    const value: unknown = [command.getOptionValue(option.attributeName())].flat().at(-1);
    if (typeof value !== 'string' || !isFile(value)) continue;
    const article = /^[aeiou]/.test(placeholder) ? 'an' : 'a';
    return `${option.long} takes ${article} ${placeholder}, and '${value}' is a file; usage: ${commandPath(command)} ${option.flags} ${command.usage().replace('[options] ', '')}`;
  }
  return null;
}

function didYouMean(names: readonly string[]): string {
  return `did you mean ${alternatives(names.map((name) => `'${name}'`))}?`;
}

function commandList(command: Command): string {
  return `the commands are ${visibleCommands(command).join(', ')}`;
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
