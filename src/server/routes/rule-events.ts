import type { FastifyInstance } from 'fastify';
import type { ServerServices } from '../services.js';

/** `GET /rules/events`: an event each time that other rules come into force. OpenAPI can't describe such streams. */
export function ruleEventRoutes(app: FastifyInstance, { news }: ServerServices): void {
  // A stream that never ends would hold the shutdown.
  app.addHook('preClose', async () => news.close());
  app.get('/rules/events', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/event-stream').header('cache-control', 'no-store').send(news.listen()),
  );
}
