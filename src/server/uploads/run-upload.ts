import { DpiError } from '../../core/common/error.js';
import { PortInput } from '../compose.js';
import { ResponseSpool } from './response-spool.js';
import type { UploadOutcome, UploadRequest } from './upload-messages.js';

/** A report may be longer than its capture: a JSON record is some twelve times as long as the shortest packet. */
const MAX_GROWTH = 4;

/** Runs in the worker: calls `work` with the upload as input and a spool for the response. Returns the outcome. */
export async function runUpload<T>(
  request: UploadRequest,
  work: (input: PortInput, spool: ResponseSpool) => Promise<T>,
): Promise<UploadOutcome<T>> {
  const input = new PortInput(request.name, request.port);
  const spool = new ResponseSpool(request.spoolFile, request.maxInputLen * MAX_GROWTH);
  try {
    const outcome = await work(input, spool);
    if (input.signal.aborted) return { isDone: false, code: 'body-cut-short', message: 'the upload was cut short' };
    await spool.commit();
    return { isDone: true, outcome, response: spool.response() };
  } catch (error) {
    if (!(error instanceof DpiError)) throw error;
    return { isDone: false, code: error.code, message: error.message };
  } finally {
    spool.discard();
    input.close();
    request.port.close();
  }
}
