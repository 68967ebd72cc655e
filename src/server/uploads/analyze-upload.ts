import { FORMATS, TABLE_FORMAT } from '../../render/formats.js';
import { PLAIN } from '../../render/paint.js';
import { analyzeCaptures } from '../../usecases/analyze/analyze.js';
import { openRawInput } from '../compose.js';
import { type CaptureTotals, captureTotals } from './capture-totals.js';
import { runUpload } from './run-upload.js';
import type { AnalyzeRequest, UploadOutcome, UploadRequest } from './upload-messages.js';

const TABLE_WIDTH = 100;

/** Runs in the worker: writes the report of an upload, byte for byte what `dpi analyze` prints for the file. */
export function analyzeUpload(request: UploadRequest & AnalyzeRequest): Promise<UploadOutcome<CaptureTotals>> {
  return runUpload(request, async (spool, signal, onProgress) => {
    const spec = FORMATS.find(({ flag }) => flag === request.format) ?? TABLE_FORMAT;
    const createFormat = await spec.load();
    const format = createFormat((text) => spool.writeText(text), {
      width: TABLE_WIDTH,
      paint: PLAIN,
      top: request.top,
      redact: request.redact,
    });
    const input = await openRawInput(request.file, request.name, signal);
    const { summary, top, domainCount, hostCount } = await analyzeCaptures([input], {
      onConnection: spec.listsConnections ? (connection) => format.connection(connection) : undefined,
      reusesRecord: true,
      top: spec.listsConnections ? 0 : request.top,
      signal,
      onProgress,
      limits: request.limits,
      appsFiles: request.appsFiles,
      ignoreVlan: request.ignoreVlan,
      followCname: request.followCname,
      rules: request.rules,
      failOn: request.failOn,
      only: request.only,
      select: request.select,
      maxInputLen: request.maxInputLen,
    });
    format.finish({ summary, topConnections: top, domainCount, hostCount });
    return captureTotals(summary);
  });
}
