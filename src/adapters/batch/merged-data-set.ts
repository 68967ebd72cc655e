import { copyFileSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { cannotWrite } from '../outputs/write-error.js';
import { TABLE_NAMES } from '../parquet/tables.js';

/**
 * Makes the data set in `folder` hold exactly the files of `parts`, the folders of single units: links to theirs, or
 * copies where the file system has no links. Readers see each file whole, the old or the new one. Returns how many
 * files changed. Throws a DpiError.
 */
export function mergeDataSets(parts: readonly string[], folder: string): number {
  try {
    return merge(parts, folder);
  } catch (error) {
    throw cannotWrite(folder, error as NodeJS.ErrnoException);
  }
}

function merge(parts: readonly string[], folder: string): number {
  const wanted = new Set<string>();
  let changed = 0;
  for (const part of parts) {
    for (const file of filesBelow(part)) {
      wanted.add(file);
      if (put(join(part, file), join(folder, file))) changed++;
    }
  }
  for (const table of TABLE_NAMES) {
    for (const file of filesBelow(join(folder, table))) {
      if (wanted.has(join(table, file))) continue;
      rmSync(join(folder, table, file));
      changed++;
    }
    removeEmptyFolders(join(folder, table), 0);
  }
  return changed;
}

/** Puts the file in its place; false when it is there already. */
function put(from: string, to: string): boolean {
  const source = statSync(from);
  const target = statSync(to, { throwIfNoEntry: false });
  if (target !== undefined) {
    if (target.ino === source.ino && target.dev === source.dev) return false;
    // A copy: of the same result, since both have its length and are as old.
    if (target.nlink === 1 && target.size === source.size && target.mtimeMs >= source.mtimeMs && source.nlink === 1) {
      return false;
    }
  } else mkdirSync(dirname(to), { recursive: true });
  const temporary = join(dirname(to), `.${process.pid}.tmp`);
  rmSync(temporary, { force: true });
  try {
    linkSync(from, temporary);
  } catch {
    copyFileSync(from, temporary);
  }
  renameSync(temporary, to);
  return true;
}

/** Paths from `folder` on; those in the making are left out. Empty where there is no such folder. */
function filesBelow(folder: string): string[] {
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.tmp'))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + sep.length))
    .sort();
}

/** Folders of streams and days that hold nothing any more; the table's own stays. */
function removeEmptyFolders(folder: string, depth: number): void {
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeEmptyFolders(join(folder, entry.name), depth + 1);
  }
  if (depth > 0 && readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
}
