import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';

/** Paths of files that only one of the folders has, or that differ; `except` are paths that do not count. */
export function compareFolders(a: string, b: string, except: readonly string[]): string[] {
  const inA = filesBelow(a);
  const inB = filesBelow(b);
  const all = [...new Set([...inA, ...inB])].filter((file) => !except.includes(file)).sort();
  return all.filter(
    (file) => !inA.has(file) || !inB.has(file) || !readFileSync(join(a, file)).equals(readFileSync(join(b, file))),
  );
}

function filesBelow(folder: string): Set<string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Set(files.map((file) => file.slice(folder.length + sep.length)));
}
