import { join } from 'node:path';
import envPaths from 'env-paths';

/** `rules.json` in the user's configuration folder. */
export function defaultRulesFile(): string {
  return join(envPaths('dpi', { suffix: '' }).config, 'rules.json');
}
