import { statSync } from 'node:fs';
import type { Command, CommanderError } from 'commander';
import { DpiError } from '../core/common/error.js';

/** A longer list is not read; `--help` has them with their meaning. */
const MOST_LISTED = 20;
const NEAR_MISS = /\n\(Did you mean (?:one of )?(.+)\?\)/s;

/**
 * Rewrites commander's complaint about `command`'s arguments as one line that says what is wrong and what is allowed.
 */
export function usageError(error: CommanderError, command: Command): DpiError {
  if (error.code === 'commander.help') return new DpiError('usage', `no such command; ${commandList(command)}`);
  const complaint = error.message.replace(/^error: /, '');
  const nearMiss = NEAR_MISS.exec(complaint);
  const wrong = complaint.replace(NEAR_MISS, '').trim().replace(/\.$/, '');
  const allowed = nearMiss ? `did you mean ${quotedList(nearMiss[1]!)}?` : whatIsAllowed(error.code, wrong, command);
  return new DpiError('usage', `${wrong}; ${allowed}`);
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
  return `'${path} --help' explains`;
}

function commandList(command: Command): string {
  return `the commands are ${command.commands.map((one) => one.name()).join(', ')}`;
}

function commandPath(command: Command): string {
  const names: string[] = [];
  for (let one: Command | null = command; one !== null; one = one.parent) names.unshift(one.name());
  return names.join(' ');
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
