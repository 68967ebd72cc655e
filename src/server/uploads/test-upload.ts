import { policyJson } from '../../render/policy-json.js';
import { testPolicy } from '../../usecases/rules-test/test-policy.js';
import { openRawInput } from '../compose.js';
import { runUpload } from './run-upload.js';
import type { TestRequest, UploadOutcome, UploadRequest } from './upload-messages.js';

/** Runs in the worker: writes what `dpi rules test --json` prints for the file. */
export function testUpload(request: UploadRequest & TestRequest): Promise<UploadOutcome<null>> {
  return runUpload(request, async (spool, signal) => {
    const input = await openRawInput(request.file, request.name, signal);
    const { summary } = await testPolicy([input], {
      rules: request.rules,
      failOn: request.failOn,
      appsFiles: request.appsFiles,
      ignoreVlan: request.ignoreVlan,
      followCname: request.followCname,
      limits: request.limits,
      maxInputLen: request.maxInputLen,
      signal,
    });
    spool.writeText(policyJson(summary));
    return null;
  });
}
