import type { FilterSummary } from '../../core/report/filter-model.js';
import { filterJson } from '../../render/filter-report.js';
import { filterCapture } from '../../usecases/filter/filter.js';
import { runUpload } from './run-upload.js';
import type { FilterRequest, UploadOutcome, UploadRequest } from './upload-messages.js';

/** In the worker: an upload without what the rules drop, byte for byte what `dpi filter` writes. */
export function filterUpload(task: UploadRequest & FilterRequest): Promise<UploadOutcome<FilterSummary>> {
  return runUpload(task, async (input, spool) => {
    const { summary } = await filterCapture(input, task.summaryOnly ? null : spool, {
      mode: task.mode,
      rules: task.rules,
      keep: task.keep,
      appsFiles: task.appsFiles,
      limits: task.limits,
      dryRun: task.summaryOnly,
      stdout: process.stdout,
      onOutputClosed: () => {},
      signal: input.signal,
      maxInputLen: task.maxInputLen,
      spoolFolder: task.spoolFolder,
    });
    if (task.summaryOnly) spool.writeText(filterJson(summary));
    return summary;
  });
}
