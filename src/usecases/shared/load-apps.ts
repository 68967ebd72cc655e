import type { AppDefinition } from '../../core/classify/app-definition.js';
import { suggestApps } from '../../core/classify/app-lookup.js';
import type { AppTable } from '../../core/classify/app-table.js';
import { createAppTable } from '../../core/classify/built-in-apps.js';
import { parseAppFile } from '../../core/classify/parse-app-file.js';
import { DpiError } from '../../core/common/error.js';

/**
 * The table of the built-in apps and users' files; later files override earlier ones. Rejects with a DpiError for a
 * file that can't be read or is not an app file. `onWarning` gets a sentence for each entry that was ignored.
 */
export async function loadApps(
  files: readonly string[],
  onWarning: (warning: string) => void = () => {},
): Promise<AppTable> {
  const table = createAppTable(await readAppFiles(files, onWarning));
  const orphan = table.unknownParents[0];
  if (orphan !== undefined) throw unknownParent(orphan, table);
  return table;
}

/** The apps of users' files alone. Rejects and warns as `loadApps` does. */
export async function readAppFiles(
  files: readonly string[],
  onWarning: (warning: string) => void = () => {},
): Promise<AppDefinition[]> {
  const own: AppDefinition[] = [];
  for (const file of files) {
    const { apps, warnings } = parseAppFile(await textOf(file), file);
    own.push(...apps);
    warnings.forEach(onWarning);
  }
  return own;
}

function unknownParent({ name, parent }: AppDefinition, table: AppTable): DpiError {
  const near = suggestApps(table, parent).slice(0, 3);
  const hint = near.length === 0 ? "'dpi apps' lists the apps" : `did you mean ${near.join(' or ')}?`;
  return new DpiError('app-file-invalid', `the app ${name} is a part of '${parent}', which is no known app; ${hint}`);
}

async function textOf(file: string): Promise<string> {
  try {
    const { readTextFile } = await import('../../adapters/sources/text-file.js');
    return await readTextFile(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a directory' : message;
    throw new DpiError('app-file-unreadable', `can't read the app file ${file}: ${reason}`, { cause: error });
  }
}
