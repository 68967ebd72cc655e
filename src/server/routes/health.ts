import type { FastifyInstance } from 'fastify';
import { VERSION } from '../../system/version.js';
import { answer, COUNT, type JsonSchema } from '../schemas.js';
import type { ServerServices } from '../services.js';

/** An answer comes at once, even where the store does not answer at all. */
const PATIENCE_MS = 20;

const PROPERTIES: Record<string, JsonSchema> = {
  status: { enum: ['ok', 'store-unreachable'] },
  version: { type: 'string' },
  uptime_seconds: COUNT,
  store: { enum: ['json', 'redis', null], description: 'Where the rules are; null under `--no-stored-rules`.' },
  store_reachable: {
    type: ['boolean', 'null'],
    description: 'Null without a store, and as long as one has neither answered nor failed.',
  },
};

const HEALTH = {
  operationId: 'health',
  tags: ['service'],
  summary: 'Tell whether the server can do its work',
  description: 'Needs no token. `GET /rules` gives the reason where the store can not be reached.',
  security: [],
  response: {
    200: answer('All is well.', PROPERTIES, [
      { status: 'ok', version: VERSION, uptime_seconds: 5, store: 'json', store_reachable: true },
    ]),
    503: answer('The rule store can not be reached: the last known rules stay in force.', PROPERTIES),
  },
};

/** `GET /health`: for load balancers, so without a token and without names of other machines. */
export function healthRoutes(app: FastifyInstance, { startedMs, probe }: ServerServices): void {
  app.get('/health', { config: { isPublic: true }, schema: HEALTH }, async (_request, reply) => {
    const isUp = probe === null ? null : await probe.check(PATIENCE_MS);
    if (isUp === false) void reply.code(503);
    return {
      status: isUp === false ? 'store-unreachable' : 'ok',
      version: VERSION,
      uptime_seconds: Math.floor((Date.now() - startedMs) / 1000),
      store: probe?.kind ?? null,
      store_reachable: isUp,
    };
  });
}
