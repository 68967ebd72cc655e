import type { FastifyInstance } from 'fastify';
import type { Topic } from '../news.js';
import type { ServerServices } from '../services.js';

const TOPICS: Readonly<Record<string, readonly Topic[]>> = {
  '/events': ['rules', 'ingest'],
  '/rules/events': ['rules'],
};

/**
 * `GET /events`: an event each time that other rules come into force or the state of `/ingest` changes. One stream for
 * both, since a browser opens six connections to a server. OpenAPI can't describe such streams.
 */
export function eventRoutes(app: FastifyInstance, { news }: ServerServices): void {
  // A stream that never ends would hold the shutdown.
  app.addHook('preClose', async () => news.close());
  for (const [path, topics] of Object.entries(TOPICS)) {
    app.get(path, { schema: { hide: true } }, async (_request, reply) =>
      reply.type('text/event-stream').header('cache-control', 'no-store').send(news.listen(topics)),
    );
  }
}
