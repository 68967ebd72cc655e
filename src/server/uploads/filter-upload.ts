import type { FilterSummary } from '../../core/report/filter-model.js';
import { filterJson } from '../../render/filter-json.js';
import { filterCapture } from '../../usecases/filter/filter.js';
import { runUpload } from './run-upload.js';
import type { FilterRequest, UploadOutcome, UploadRequest } from './upload-messages.js';

/** Runs in the worker: writes the filtered upload, byte for byte what `dpi filter` writes. */
export function filterUpload(request: UploadRequest & FilterRequest): Promise<UploadOutcome<FilterSummary>> {
  return runUpload(request, async (spool, signal) => {
    const { summary } = await filterCapture(request.file, request.summaryOnly ? null : spool, {
      mode: request.mode,
      rules: request.rules,
      keep: request.keep,
      select: request.select,
      invert: request.invert,
      appsFiles: request.appsFiles,
      ignoreVlan: request.ignoreVlan,
      followCname: request.followCname,
      limits: request.limits,
      dryRun: request.summaryOnly,
      stdout: process.stdout,
      onOutputClosed: () => {},
      inputName: request.name,
      signal,
      maxInputLen: request.maxInputLen,
    });
    if (request.summaryOnly) spool.writeText(filterJson(summary));
    return summary;
  });
}
