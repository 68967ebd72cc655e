import { statSync } from 'node:fs';
import type { Command, CommanderError } from 'commander';
import { DpiError } from '../core/common/error.js';
import { commandPath } from './help.js';

/** More options are not listed in an error; `--help` describes them. */
const MOST_LISTED = 20;
const NEAR_MISS = /\n\(Did you mean (?:one of )?(.+)\?\)/s;

/** Makes a command throw what it would print: help as a CommanderError, wrong usage as a DpiError. */
export function reportUsage(command: Command): void {
  command.exitOverride((error) => {
    throw error.exitCode === 0 || error.code === 'commander.help' ? error : usageError(error, command);
  });
}

/** Rewrites commander's complaint about the arguments of `command`: what is wrong, and what is allowed. */
function usageError(error: CommanderError, command: Command): DpiError {
  const complaint = error.message.replace(/^error: /, '');
  const nearMiss = NEAR_MISS.exec(complaint);
  const wrong = complaint.replace(NEAR_MISS, '').trim().replace(/\.$/, '');
  const allowed = nearMiss ? `did you mean ${quotedList(nearMiss[1]!)}?` : whatIsAllowed(error.code, wrong, command);
  return new DpiError('usage', `${wrong}; ${allowed}`);
}

/** The error for a command that `command` does not have. */
export function unknownCommand(name: string, command: Command): DpiError {
  return new DpiError('usage', `unknown command '${name}'; ${commandList(command)}`);
}

function whatIsAllowed(code: string, wrong: string, command: Command): string {
  const path = commandPath(command);
  if (code === 'commander.unknownCommand') {
    const operand = /'(.+)'/s.exec(wrong)?.[1] ?? '';
    if (isFile(operand)) return `did you mean 'dpi analyze ${operand}'?`;
    return commandList(command);
  }
  if (code === 'commander.unknownOption') {
    const flags = command.options.map((option) => option.long ?? option.short ?? option.flags);
    if (flags.length <= MOST_LISTED) return `${path} takes ${[...flags, '--help'].join(', ')}`;
  }
  if (code === 'commander.missingArgument' || code === 'commander.excessArguments') {
    return `usage: ${path} ${command.usage()}`;
  }
  return `see '${path} --help'`;
}

function commandList(command: Command): string {
  return `the commands are ${command.commands.map((one) => one.name()).join(', ')}`;
}

function quotedList(names: string): string {
  return names
    .split(', ')
    .map((name) => `'${name}'`)
    .join(' or ');
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
