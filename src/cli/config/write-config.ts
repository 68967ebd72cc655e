import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileError } from '../../core/common/file-error.js';
import { userConfigFile } from '../compose.js';
import { PendingFile } from '../compose-files.js';
import type { Config } from './config-file.js';

/** Replaces the user's settings, and creates the folder of the file. Throws DpiError. */
export function writeConfig(config: Config): void {
  const path = userConfigFile();
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw fileError('unwritable-config', `write the configuration ${path}`, error);
  }
  const file = new PendingFile(path);
  try {
    file.write(Buffer.from(`${JSON.stringify(Object.fromEntries(config), null, 2)}\n`, 'utf8'));
    file.commit();
  } catch (error) {
    file.discard();
    throw error;
  }
}
