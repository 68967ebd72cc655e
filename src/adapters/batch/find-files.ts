import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { DpiError } from '../../core/common/error.js';

/** A file that may be a capture. */
export interface FoundFile {
  /** Absolute. */
  readonly path: string;
  /** The folder that its stream's name counts from. */
  readonly root: string;
  /** True for a file that was named, false for one that was found in a folder: that need not be a capture. */
  readonly isNamed: boolean;
}

const STDIN_FD = 0;
const GLOB = /[*?[{]/;

/** What names files: arguments, and the separator of names on standard input, null for none there. */
export interface FileNames {
  readonly inputs: readonly string[];
  readonly fromStdin: '\0' | null;
}

/**
 * The files that the inputs name: files, folders with everything below them, globs, and lists of such (`@files.txt`,
 * one a line). Each file once, ordered by path. Files whose names begin with a dot, and those below `without`, are
 * found by name only. Throws a DpiError for a name that leads nowhere.
 */
export function findFiles({ inputs, fromStdin }: FileNames, without: string): FoundFile[] {
  const found = new Map<string, FoundFile>();
  const names = [...inputs, ...(fromStdin === null ? [] : namesIn(readList(STDIN_FD, 'standard input'), fromStdin))];
  const excluded = resolve(without);
  for (const name of names) {
    for (const file of name.startsWith('@') ? listed(name.slice(1), excluded) : filesOf(name, excluded)) {
      if (!found.has(file.path) || file.isNamed) found.set(file.path, file);
    }
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function listed(list: string, excluded: string): FoundFile[] {
  return namesIn(readList(list, list), '\n').flatMap((name) => filesOf(name, excluded));
}

function namesIn(text: string, separator: '\0' | '\n'): string[] {
  const names = separator === '\0' ? text.split('\0') : text.split(/\r?\n/);
  return names.filter((name) => name !== '');
}

function readList(from: string | number, name: string): string {
  try {
    return readFileSync(from, 'utf8');
  } catch (error) {
    throw new DpiError('input-not-found', `can't read the list ${name}: ${(error as Error).message}`, { cause: error });
  }
}

function filesOf(name: string, excluded: string): FoundFile[] {
  const path = resolve(name);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory())
    return filesBelow(path, excluded).map((file) => ({ path: file, root: path, isNamed: false }));
  if (stat !== undefined) return [{ path, root: dirname(path), isNamed: true }];
  const matches = GLOB.test(name) ? globbed(path, excluded) : [];
  if (matches.length > 0) return matches;
  throw new DpiError('input-not-found', `there is no file, folder or match for ${name}`);
}

/** The files that a glob names, and those below the folders that it names. */
function globbed(glob: string, excluded: string): FoundFile[] {
  const parts = glob.split(sep);
  const root =
    parts
      .slice(
        0,
        parts.findIndex((part) => GLOB.test(part)),
      )
      .join(sep) || sep;
  const pattern = globPattern(glob);
  return filesBelow(root, excluded)
    .filter((path) => pattern.test(path))
    .map((path) => ({ path, root, isNamed: false }));
}

function filesBelow(folder: string, excluded: string): string[] {
  const files: string[] = [];
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    if (next === excluded) continue;
    for (const entry of entriesOf(next)) {
      if (entry.name.startsWith('.')) continue;
      const path = join(next, entry.name);
      const isLink = entry.isSymbolicLink();
      if (entry.isDirectory()) folders.push(path);
      // A link to a folder may lead in a circle.
      else if (entry.isFile() || (isLink && statSync(path, { throwIfNoEntry: false })?.isFile())) files.push(path);
    }
  }
  return files;
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw new DpiError('input-not-readable', `can't read the folder ${folder}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Shells' globs: `*` and `?` within a name, `**` over folders, `[abc]`, `{a,b}`. Matches what lies below, too. */
export function globPattern(glob: string): RegExp {
  let text = '';
  let depth = 0;
  for (let i = 0; i < glob.length; i++) {
    const char = glob[i]!;
    const set = char === '[' ? /^\[[!^]?\]?[^\]/]*\]/.exec(glob.slice(i))?.[0] : undefined;
    if (glob.startsWith('**/', i)) {
      text += '(?:.*/)?';
      i += 2;
    } else if (char === '*') {
      text += glob[i + 1] === '*' ? '.*' : '[^/]*';
      while (glob[i + 1] === '*') i++;
    } else if (char === '?') text += '[^/]';
    else if (set !== undefined) {
      text += `[${set.slice(1, -1).replace(/^!/, '^').replaceAll('\\', '\\\\')}]`;
      i += set.length - 1;
    } else if (char === '{' && glob.indexOf('}', i) > 0) {
      text += '(?:';
      depth++;
    } else if (depth > 0 && char === ',') text += '|';
    else if (depth > 0 && char === '}') {
      text += ')';
      depth--;
    } else text += char.replace(/[.+^$()|\\{}\]]/g, '\\$&');
  }
  return new RegExp(`^${text}(?:/.*)?$`);
}
