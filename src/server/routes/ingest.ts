import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { MAX_LINE_LEN } from '../../usecases/ingest/ingest-lines.js';
import { DecisionStream } from '../decision-stream.js';
import { HttpProblem } from '../problem.js';
import type { ServerServices } from '../services.js';
import { INGEST } from './ingest-schemas.js';

/** The second is what curl calls any body unless told otherwise. */
const JSON_TYPES = ['application/json', 'application/x-www-form-urlencoded'];
const NDJSON_TYPES = ['application/x-ndjson', 'application/ndjson', 'application/jsonl', 'application/x-jsonlines'];

/**
 * `POST /ingest`: one event, or many as NDJSON. All requests share one engine: a connection that was blocked in one
 * stays blocked in the next.
 */
export function ingestRoutes(app: FastifyInstance, { traffic }: ServerServices): void {
  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser(JSON_TYPES, { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, JSON.parse(body as string));
    } catch {
      const hint = 'many events, one a line, are application/x-ndjson';
      done(new HttpProblem(400, 'malformed-json', `the body is not valid JSON; ${hint}`));
    }
  });
  // The body stays in the stream; `DecisionStream` reads it line by line.
  app.addContentTypeParser(NDJSON_TYPES, (_request, _payload, done) => done(null));
  // The engine says what is wrong with an event, in the words of `dpi ingest`; the schema is for readers.
  app.setValidatorCompiler(() => () => true);

  app.post('/ingest', { schema: INGEST, bodyLimit: MAX_LINE_LEN }, async (request, reply) => {
    if (NDJSON_TYPES.includes(mediaType(request))) return answerLines(request, reply);
    if (request.body === undefined) {
      throw new HttpProblem(400, 'bad-event', 'there is no body; an event is a JSON object with "tuple" and "size"');
    }
    const decision = traffic.engine.ingest(request.body, Date.now() * 1000);
    if ('error' in decision) {
      traffic.badEvents++;
      throw new HttpProblem(400, 'bad-event', decision.error);
    }
    return decision;
  });

  async function answerLines({ raw }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const decisions = new DecisionStream(traffic);
    raw.once('error', () => decisions.destroy());
    raw.once('aborted', () => decisions.destroy());
    reply.raw.once('close', () => decisions.destroy());
    raw.pipe(decisions);
    // What is wrong with the first line is told by the status; after it, by a record.
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
