import { mkdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isStdinPath } from '../../adapters/sources/raw-input.js';
import { DpiError } from '../../core/common/error.js';
import { fileError } from '../../core/common/file-error.js';

/** lz4 is read, not written: the copy of such a file is not compressed. */
const UNWRITTEN = /(?<=.)\.lz4$/i;

/**
 * The files in `folder` for several inputs, each with the name of its input. Makes the folder. Throws DpiError for
 * inputs of the same name, for standard input, and for a folder that can't be made.
 */
export function folderOutputs(inputs: readonly string[], folder: string): string[] {
  const outputs = outputsIn(inputs, folder);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === false) {
    throw new DpiError('usage', `several captures go into a folder, and ${folder} is none`);
  }
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw fileError('unwritable-output', `make the folder ${folder}`, error);
  }
  return outputs;
}

/** The same without a look at the disk. */
export function outputsIn(inputs: readonly string[], folder: string): string[] {
  const named = new Map<string, string>();
  for (const input of inputs) {
    if (isStdinPath(input)) throw new DpiError('usage', 'standard input has no name for its copy; filter it alone');
    const path = join(folder, basename(input).replace(UNWRITTEN, ''));
    const other = named.get(path);
    if (other !== undefined) throw new DpiError('usage', `${other} and ${input} would both be written to ${path}`);
    named.set(path, input);
  }
  return [...named.keys()];
}
