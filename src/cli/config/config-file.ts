import { DpiError } from '../../core/common/error.js';
import { findJsonError } from '../../core/common/json-position.js';
import { readUserConfig, userConfigFile } from '../compose.js';
import type { SettingValue } from './settings.js';

/** Settings by key, in the order of the file. */
export type Config = Map<string, SettingValue>;

/** Reads the user's settings; empty without a file. Throws DpiError for a file that holds anything else. */
export function readConfig(): Config {
  const text = readUserConfig();
  if (text === null || text.trim() === '') return new Map();
  const path = userConfigFile();
  const fail = (problem: string): never => {
    throw new DpiError('bad-config', `the configuration ${path} ${problem}`);
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const { line, column, problem } = findJsonError(text)!;
    return fail(`is not JSON: line ${line}, column ${column}: ${problem}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail('is not a JSON object');
  for (const [key, setting] of Object.entries(value)) {
    if (!['string', 'number', 'boolean'].includes(typeof setting)) {
      fail(`sets ${key} to something else than text, a number, true or false`);
    }
  }
  return new Map(Object.entries(value as Record<string, SettingValue>));
}
