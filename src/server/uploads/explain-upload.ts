import { explainJson } from '../../render/explain-json.js';
import { explainConnections } from '../../usecases/explain/explain.js';
import { openRawInput } from '../compose.js';
import { runUpload } from './run-upload.js';
import type { ExplainRequest, UploadOutcome, UploadRequest } from './upload-messages.js';

/** Runs in the worker: writes what `dpi analyze --explain --json` prints for the file. */
export function explainUpload(request: UploadRequest & ExplainRequest): Promise<UploadOutcome<null>> {
  return runUpload(request, async (spool, signal) => {
    const format = explainJson((text) => spool.writeText(text));
    const result = await explainConnections([request.file], {
      what: request.what,
      limit: request.limit,
      select: request.select,
      onExplanation: (explanation) => format.explanation(explanation),
      openInput: (file) => openRawInput(file, request.name, signal),
      rules: request.rules,
      appsFiles: request.appsFiles,
      ignoreVlan: request.ignoreVlan,
      followCname: request.followCname,
      limits: request.limits,
      maxInputLen: request.maxInputLen,
      signal,
    });
    format.finish(result);
    return null;
  });
}
