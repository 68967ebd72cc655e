import { readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/**
 * The text of a file (UTF-8). Regular files are read at once: the promise of fs leaves the bytes of a long one to the garbage
 * collector beside their text. Whatever may keep its reader waiting is waited for elsewhere. Rejects with what the file
 * system throws.
 */
export async function readText(path: string): Promise<string> {
  return statSync(path).isFile() ? readFileSync(path, 'utf8') : readFile(path, 'utf8');
}
