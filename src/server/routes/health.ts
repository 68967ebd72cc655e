import type { FastifyInstance } from 'fastify';
import { VERSION } from '../../version.js';
import type { ServerServices } from '../services.js';

/** `GET /health`: for load balancers, so without a token. */
export function healthRoutes(app: FastifyInstance, { startedMs }: ServerServices): void {
  app.get('/health', { config: { isPublic: true } }, async () => ({
    status: 'ok',
    version: VERSION,
    uptime_seconds: Math.floor((Date.now() - startedMs) / 1000),
  }));
}
