import { availableParallelism } from 'node:os';
import { openSource } from '../../adapters/sources/open-source.js';
import { type CaptureInput, isStdinPath } from '../../adapters/sources/raw-input.js';

/** From here on a second thread pays: 1 GiB, which takes some seconds. */
const WORTH_TWO_LEN = 2 ** 30;

/**
 * How many threads, 1 or 2, to use for inputs of `totalLen` bytes. `wanted` null decides by that length. Only a plain
 * file uses a second thread: compressed input has a thread that unpacks it, a pipe can be read only once, and the
 * packets of several inputs may have to be merged.
 */
export async function threadsFor(
  inputs: readonly CaptureInput[],
  totalLen: number | null,
  wanted: number | null,
): Promise<1 | 2> {
  if (totalLen === null || inputs.length > 1) return 1;
  const isWorthIt = wanted === null ? totalLen >= WORTH_TWO_LEN && availableParallelism() > 1 : wanted > 1;
  return isWorthIt && (await arePlainFiles(inputs)) ? 2 : 1;
}

/** A file that can't be read does not count as plain: reading it gives the error. */
async function arePlainFiles(inputs: readonly CaptureInput[]): Promise<boolean> {
  for (const input of inputs) {
    if (typeof input !== 'string' || isStdinPath(input)) return false;
    try {
      const source = await openSource(input);
      source.close();
      if (source.compression !== null) return false;
    } catch {
      return false;
    }
  }
  return true;
}
