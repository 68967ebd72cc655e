import type { Command, Option } from 'commander';
import { DpiError } from '../../core/common/error.js';
import { userConfigFile } from '../compose.js';
import type { CliContext } from '../context.js';
import { type Config, readConfig } from './config-file.js';
import { appliesToPrograms, isForPrograms, keysOf, parseSetting, settableOptions, variableOf } from './settings.js';

/** A setting with its text, and the words that name its place. */
export interface FoundSetting {
  readonly key: string;
  readonly text: string;
  readonly origin: string;
}

/**
 * Gives the options of `command` that the command line does not set the user's defaults: DPI_* variables, then the
 * configuration file. Output for programs keeps its own. Returns sentences about settings that were ignored: they never
 * end a command, so that its exit code does not depend on them.
 */
export function applyDefaults(command: Command, env: CliContext['env']): string[] {
  const warnings: string[] = [];
  const config = readConfigOr(warnings);
  const forPrograms = isForPrograms(command);
  for (const [name, option] of settableOptions(command)) {
    const attribute = option.attributeName();
    if (command.getOptionValueSource(attribute) === 'cli' || (forPrograms && !appliesToPrograms(name))) continue;
    // "--top 5" on the command line is not to lose to a default of --all.
    if (name === 'all' && command.getOptionValueSource('top') === 'cli') continue;
    const found = findSetting(command, name, env, config);
    if (found === null) continue;
    const value = valueOr(option, found, warnings);
    if (value !== undefined) command.setOptionValueWithSource(attribute, value, 'config');
  }
  return warnings;
}

/** The setting in force for an option: the environment before the file, the key with the command before the general. */
export function findSetting(
  command: Command,
  name: string,
  env: CliContext['env'],
  config: Config,
): FoundSetting | null {
  const keys = keysOf(command, name);
  for (const key of keys) {
    const variable = variableOf(key);
    const text = variable === null ? undefined : env[variable];
    if (text !== undefined && text !== '') return { key, text, origin: variable! };
  }
  for (const key of keys) {
    const value = config.get(key);
    if (value !== undefined) return { key, text: String(value), origin: userConfigFile() };
  }
  return null;
}

function readConfigOr(warnings: string[]): Config {
  try {
    return readConfig();
  } catch (error) {
    if (!(error instanceof DpiError)) throw error;
    warnings.push(`${error.message}; it was ignored`);
    return new Map();
  }
}

function valueOr(option: Option, { key, text, origin }: FoundSetting, warnings: string[]): unknown {
  try {
    return parseSetting(option, text);
  } catch (error) {
    if (!(error instanceof DpiError)) throw error;
    const place = origin.startsWith('DPI_') ? origin : `${key} in ${origin}`;
    warnings.push(`${place} was ignored: ${error.message}`);
    return undefined;
  }
}
