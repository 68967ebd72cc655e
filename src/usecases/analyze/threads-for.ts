import { availableParallelism } from 'node:os';
import { openSource } from '../../adapters/sources/open-source.js';
import { type CaptureInput, isStdinPath } from '../../adapters/sources/raw-input.js';

/** From here on a second thread pays: 1 GiB, which takes some seconds. */
const WORTH_TWO_LEN = 2 ** 30;

/**
 * In how many threads to analyse the inputs, whose length in all is `totalLen`: 1 or 2. `wanted` null leaves it to that
 * length. A second thread is of use for plain files alone: what comes packed has a thread that unpacks it, and what
 * comes through a pipe can be read once only.
 */
export async function threadsFor(
  inputs: readonly CaptureInput[],
  totalLen: number | null,
  wanted: number | null,
): Promise<1 | 2> {
  if (totalLen === null) return 1;
  const isWorthIt = wanted === null ? totalLen >= WORTH_TWO_LEN && availableParallelism() > 1 : wanted > 1;
  return isWorthIt && (await arePlainFiles(inputs)) ? 2 : 1;
}

/** `inputs` are files. Those that can't be read are not plain: whoever reads them says why. */
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
