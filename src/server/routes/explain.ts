import type { FastifyInstance } from 'fastify';
import type { ServerServices } from '../services.js';
import { acceptUploads, openUpload } from '../uploads/upload-body.js';
import {
  badQuery,
  READING_PARAMETERS,
  RULE_PARAMETERS,
  SELECTION_PARAMETERS,
  UploadQuery,
} from '../uploads/upload-query.js';
import { EXPLAIN, MAX_EXPLANATIONS, validatorCompiler } from './upload-schemas.js';

const PARAMETERS = ['name', 'what', 'top', ...READING_PARAMETERS, ...RULE_PARAMETERS, ...SELECTION_PARAMETERS];
const DEFAULT_TOP = 10;

/** `POST /explain`: a capture in, the explanations of `dpi analyze --explain --json` out. */
export async function explainRoutes(app: FastifyInstance, services: ServerServices): Promise<void> {
  const { uploads } = services;
  await acceptUploads(app);
  app.post('/explain', { config: { isUpload: true }, schema: EXPLAIN, validatorCompiler }, async (request, reply) => {
    const query = new UploadQuery(request.query, PARAMETERS);
    const what = query.one('what');
    if (what === null || what === '')
      throw badQuery("'what' is missing: an id, #packet, address, host, app or protocol");
    const explainRequest = {
      what,
      limit: query.wholeNumber('top', DEFAULT_TOP, MAX_EXPLANATIONS),
      select: query.selection(services.apps),
      rules: query.rules(services),
      ...query.reading(),
    };
    const { bytes, len } = await uploads.explain(explainRequest, () =>
      openUpload(request, reply, query.name(), uploads.maxUploadLen),
    );
    return reply.type('application/json; charset=utf-8').header('content-length', len).send(bytes);
  });
}
