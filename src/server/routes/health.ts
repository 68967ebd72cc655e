import type { FastifyInstance } from 'fastify';
import { VERSION } from '../../system/version.js';
import { COUNT, type JsonSchema, success } from '../schemas.js';
import type { ServerServices } from '../services.js';

/** `/health` must respond quickly even if the store does not reply. */
const PATIENCE_MS = 20;

const PROPERTIES: Record<string, JsonSchema> = {
  status: { enum: ['ok', 'store-unreachable'] },
  version: { type: 'string' },
  uptime_seconds: COUNT,
  store: { enum: ['json', 'redis', null], description: 'Kind of rule store; null under `--no-stored-rules`.' },
  store_reachable: {
    type: ['boolean', 'null'],
    description: 'Null without a store, and until the store has replied or failed.',
  },
};

const HEALTH = {
  operationId: 'health',
  tags: ['service'],
  summary: 'Check whether the server is healthy',
  description: 'Needs no token. If the store is unreachable, `GET /rules` gives the reason.',
  security: [],
  response: {
    200: success('The server is healthy.', PROPERTIES, [
      { status: 'ok', version: VERSION, uptime_seconds: 5, store: 'json', store_reachable: true },
    ]),
    503: success('The rule store is unreachable; the last known rules stay in force.', PROPERTIES),
  },
};

/** `GET /health`: for load balancers, so it needs no token and names no other machine. */
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
