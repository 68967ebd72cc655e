import { FORMATS, TABLE_FORMAT } from '../../render/formats.js';
import { analyzeCaptures } from '../../usecases/analyze/analyze.js';
import { type CaptureTotals, captureTotals } from './capture-totals.js';
import { runUpload } from './run-upload.js';
import type { AnalyzeRequest, UploadOutcome, UploadRequest } from './upload-messages.js';

const TABLE_WIDTH = 100;

/** In the worker: the report of an upload, byte for byte what `dpi analyze` prints for a file of that name. */
export function analyzeUpload(task: UploadRequest & AnalyzeRequest): Promise<UploadOutcome<CaptureTotals>> {
  return runUpload(task, async (input, spool) => {
    const spec = FORMATS.find(({ flag }) => flag === task.format) ?? TABLE_FORMAT;
    const createFormat = await spec.load();
    const format = createFormat((text) => spool.writeText(text), { width: TABLE_WIDTH, colour: false, top: task.top });
    const { summary, top } = await analyzeCaptures([input], {
      onConnection: spec.listsConnections ? (connection) => format.connection(connection) : undefined,
      reusesRecord: true,
      top: spec.listsConnections ? 0 : task.top,
      signal: input.signal,
      limits: task.limits,
      appsFiles: task.appsFiles,
      rules: task.rules,
      failOn: task.failOn,
      maxInputLen: task.maxInputLen,
    });
    format.finish({ summary, topConnections: top, elapsedMs: null });
    return captureTotals(summary);
  });
}
