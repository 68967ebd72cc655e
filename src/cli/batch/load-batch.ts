import { fileURLToPath } from 'node:url';

/** The code of batch runs, which lies in a bundle of its own. */
export function loadBatch(): Promise<typeof import('../../usecases/batch/batch.js')> {
  return import('../../usecases/batch/batch.js');
}

/** The code of batch runs over a queue, with the queue's package. */
export function loadQueuedRun(): Promise<typeof import('../../usecases/batch/queued-run.js')> {
  return import('../../usecases/batch/queued-run.js');
}

/** The program of the threads that work units, beside the bundle of the command line. */
export function workerFile(): string {
  return fileURLToPath(new URL('./batch-worker.cjs', import.meta.url));
}
