import type { Worker } from 'node:worker_threads';
import { startThread } from '../../system/parts.js';

/** The code of batch runs, which lies in a bundle of its own. */
export function loadBatch(): Promise<typeof import('../../usecases/batch/batch.js')> {
  return import('../../usecases/batch/batch.js');
}

/** The code of batch runs over a queue, with the queue's package. */
export function loadQueuedRun(): Promise<typeof import('../../usecases/batch/queued-run.js')> {
  return import('../../usecases/batch/queued-run.js');
}

/** Starts a thread that works units. */
export function startUnitThread(): Worker {
  return startThread('units');
}
