import type { MessagePort } from 'node:worker_threads';
import { DpiError } from '../../core/common/error.js';
import type { OnProgress } from '../../usecases/shared/progress.js';
import { ResponseSpool } from './response-spool.js';
import type { UploadOutcome, UploadRequest, WorkerMessage } from './upload-messages.js';

/** A report may be longer than its capture: a JSON record is some twelve times as long as the shortest packet. */
const MAX_GROWTH = 4;

/** How often progress is told. */
const TELL_MS = 250;

/**
 * Runs in the worker: calls `work` with a spool for the response, a signal to stop and a hook for progress. Returns the
 * outcome.
 */
export async function runUpload<T>(
  request: UploadRequest,
  work: (spool: ResponseSpool, signal: AbortSignal, onProgress: OnProgress) => Promise<T>,
): Promise<UploadOutcome<T>> {
  const { port, spoolFile, responseShare, maxInputLen } = request;
  const controller = new AbortController();
  port.on('message', (message: WorkerMessage) => {
    if (message === 'abort') controller.abort();
  });
  port.postMessage('started' satisfies WorkerMessage);
  const spool = new ResponseSpool(spoolFile, maxInputLen * MAX_GROWTH, responseShare);
  try {
    const outcome = await work(spool, controller.signal, progressOver(port));
    if (controller.signal.aborted) return { isDone: false, code: 'body-cut-short', message: 'the upload was aborted' };
    await spool.commit();
    return { isDone: true, outcome, response: spool.response() };
  } catch (error) {
    if (!(error instanceof DpiError)) throw error;
    return { isDone: false, code: error.code, message: error.message };
  } finally {
    spool.discard();
    port.close();
  }
}

function progressOver(port: MessagePort): OnProgress {
  let toldMs = 0;
  return ({ bytesRead, totalLen }) => {
    const nowMs = performance.now();
    if (nowMs - toldMs < TELL_MS) return;
    toldMs = nowMs;
    port.postMessage({ read_bytes: bytesRead, total_bytes: totalLen ?? bytesRead } satisfies WorkerMessage);
  };
}
