import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { getAsset, isSea } from 'node:sea';
import { type ResourceLimits, Worker } from 'node:worker_threads';

/** The program that all threads run: loads the command line's bundle and does the tasks that it names. */
const THREAD = 'bin/thread.js';

/**
 * The bytes of a file of the package, by its path there (`dist/page.html`). They come from the file, or from the
 * executable where the program is a single binary (scripts/build-binary.mjs). Throws where there is no such part.
 */
export function readPart(path: string): Buffer {
  return isSea() ? Buffer.from(getAsset(path)) : readFileSync(partFile(path));
}

/** Starts a thread that does the tasks of `kind`, as src/cli/threads.ts lists them. */
export function startThread(kind: string, resourceLimits?: ResourceLimits): Worker {
  const options = { workerData: kind, resourceLimits };
  if (isSea()) return new Worker(readPart(THREAD).toString(), { ...options, eval: true });
  return new Worker(partFile(THREAD), options);
}

/** The package imports itself by name, so this works in `src/` and in bundles. */
function partFile(path: string): string {
  return join(dirname(createRequire(import.meta.url).resolve('dpi/package.json')), path);
}
