import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { MAX_LINE_LEN } from '../../usecases/ingest/ingest-lines.js';
import { DecisionStream } from '../decision-stream.js';
import { HttpProblem } from '../problem.js';
import type { ServerServices } from '../services.js';
import { INGEST } from './ingest-schemas.js';

/** The second is curl's default for any body. */
const JSON_TYPES = ['application/json', 'application/x-www-form-urlencoded'];
const NDJSON_TYPES = ['application/x-ndjson', 'application/ndjson', 'application/jsonl', 'application/x-jsonlines'];

/**
 * `POST /ingest`: one event, or many as NDJSON. All requests share one engine: a connection that was blocked in one
 * request stays blocked in the next.
 */
export function ingestRoutes(app: FastifyInstance, { stats }: ServerServices): void {
  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser(JSON_TYPES, { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, JSON.parse(body as string));
    } catch {
      const hint = 'send several events, one per line, as application/x-ndjson';
      done(new HttpProblem(400, 'malformed-json', `the body is not valid JSON; ${hint}`));
    }
  });
  // The body stays in the stream; `DecisionStream` reads it line by line.
  app.addContentTypeParser(NDJSON_TYPES, (_request, _payload, done) => done(null));
  // The engine validates events, with the messages of `dpi ingest`; the schema only documents them.
  app.setValidatorCompiler(() => () => true);

  const config = { isOpenEnded: true };
  app.post('/ingest', { config, schema: INGEST, bodyLimit: MAX_LINE_LEN }, async (request, reply) => {
    if (NDJSON_TYPES.includes(mediaType(request))) return respondWithLines(request, reply);
    if (request.body === undefined) {
      throw new HttpProblem(400, 'bad-event', 'the body is missing; an event is a JSON object with "tuple" and "size"');
    }
    const decision = stats.engine.ingest(request.body, Date.now() * 1000);
    if ('error' in decision) {
      stats.badEvents++;
      throw new HttpProblem(400, 'bad-event', decision.error);
    }
    return decision;
  });

  async function respondWithLines({ raw }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const decisions = new DecisionStream(stats);
    raw.once('error', () => decisions.destroy());
    raw.once('aborted', () => decisions.destroy());
    reply.raw.once('close', () => decisions.destroy());
    raw.pipe(decisions);
    // The status reports an error in the first line; a record reports later ones.
    await new Promise<void>((resolve, reject) => {
      decisions.once('readable', resolve);
      decisions.once('end', resolve);
      decisions.once('error', reject);
      decisions.once('close', resolve);
    });
    return reply.type('application/x-ndjson; charset=utf-8').send(decisions);
  }
}

function mediaType({ headers }: FastifyRequest): string {
  return (headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
}
