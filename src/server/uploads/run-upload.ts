import { DpiError } from '../../core/common/error.js';
import { PortInput } from '../compose.js';
import { ResponseSpool } from './response-spool.js';
import type { UploadOutcome, UploadRequest } from './upload-messages.js';

/** A report may be longer than its capture: a row of JSON has some twelve times the bytes of the shortest packet. */
const ANSWER_GROWTH = 4;

/** In the worker: gives `work` the upload as an input and a place for the answer, and tells what came of it. */
export async function runUpload<T>(
  task: UploadRequest,
  work: (input: PortInput, spool: ResponseSpool) => Promise<T>,
): Promise<UploadOutcome<T>> {
  const input = new PortInput(task.name, task.port);
  const spool = new ResponseSpool(task.spoolFile, task.maxInputLen * ANSWER_GROWTH);
  try {
    const about = await work(input, spool);
    if (input.signal.aborted) return { isDone: false, code: 'body-cut-short', message: 'the upload was cut short' };
    await spool.commit();
    return { isDone: true, about, answer: spool.answer() };
  } catch (error) {
    if (!(error instanceof DpiError)) throw error;
    return { isDone: false, code: error.code, message: error.message };
  } finally {
    spool.discard();
    input.close();
    task.port.close();
  }
}
