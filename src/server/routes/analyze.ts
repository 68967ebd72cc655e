import type { FastifyInstance } from 'fastify';
import { parseConditions } from '../../usecases/shared/conditions.js';
import type { ServerServices } from '../services.js';
import { acceptUploads, openUpload } from '../uploads/upload-body.js';
import {
  badQuery,
  inQuery,
  READING_PARAMETERS,
  RULE_PARAMETERS,
  SELECTION_PARAMETERS,
  UploadQuery,
} from '../uploads/upload-query.js';
import { ANALYZE, MAX_TOP, validatorCompiler } from './upload-schemas.js';

const FORMATS = ['json', 'ndjson', 'csv', 'html', 'table'] as const;
const TYPES: Readonly<Record<(typeof FORMATS)[number], string>> = {
  json: 'application/json; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
  html: 'text/html; charset=utf-8',
  table: 'text/plain; charset=utf-8',
};
const PARAMETERS = [
  'name',
  'format',
  'redact',
  'upload',
  'top',
  'fail_on',
  'only',
  ...READING_PARAMETERS,
  ...RULE_PARAMETERS,
  ...SELECTION_PARAMETERS,
];
const DEFAULT_TOP = 10;

/** `POST /analyze`: a capture in, the report of `dpi analyze --json` out. */
export async function analyzeRoutes(app: FastifyInstance, services: ServerServices): Promise<void> {
  const { uploads, stats } = services;
  await acceptUploads(app);
  app.post('/analyze', { config: { isUpload: true }, schema: ANALYZE, validatorCompiler }, async (request, reply) => {
    const query = new UploadQuery(request.query, PARAMETERS);
    const format = query.choice('format', FORMATS, 'json');
    const failOn = query.all('fail_on');
    const only = query.all('only');
    inQuery(() => parseConditions({ failOn, only }, services.apps));
    const top = query.wholeNumber('top', DEFAULT_TOP, MAX_TOP);
    const rules = query.rules(services);
    const select = query.selection(services.apps);
    const redact = query.flag('redact', false);
    if (redact && format !== 'html') throw badQuery("'redact' needs format=html");
    const id = query.uploadId();
    const analyzeRequest = { format, redact, failOn, only, top, rules, select, ...query.reading() };
    const { outcome, bytes, len } = await uploads.analyze(
      analyzeRequest,
      () => openUpload(request, reply, query.name(), uploads.maxUploadLen),
      id,
    );
    stats.addAnalyzed(outcome);
    return reply.type(TYPES[format]).header('content-length', len).send(bytes);
  });
}
