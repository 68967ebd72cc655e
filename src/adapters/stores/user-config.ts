import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import envPaths from 'env-paths';
import { fileError, isMissing } from '../../core/common/file-error.js';

/** `config.json` in the user's configuration folder: `~/.config/dpi` (XDG) where the platform has no other. */
export function userConfigFile(): string {
  return join(envPaths('dpi', { suffix: '' }).config, 'config.json');
}

/** The text of the user's configuration; null where there is none. Throws DpiError for a file that can't be read. */
export function readUserConfig(path = userConfigFile()): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw fileError('unreadable-config', `read the configuration ${path}`, error);
  }
}
