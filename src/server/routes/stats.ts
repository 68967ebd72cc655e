import type { FastifyInstance } from 'fastify';
import type { ServerServices } from '../services.js';
import { STATS, STATS_APPS, STATS_CONNECTIONS, STATS_SCHEMA_VERSION } from './stats-schemas.js';

/** `/stats`: what the server has seen since it started. */
export function statsRoutes(app: FastifyInstance, { traffic, startedMs }: ServerServices): void {
  const head = { schema_version: STATS_SCHEMA_VERSION, since: new Date(startedMs).toISOString() };

  app.get('/stats', { schema: STATS }, async () => ({
    ...head,
    ...traffic.sums,
    app_breakdown: Object.fromEntries(traffic.apps.map(({ app, packets }) => [app, packets])),
    ingest: {
      ...traffic.ingested,
      open_connections: traffic.engine.pipeline.flows.size,
      bad_events: traffic.badEvents,
    },
    analyzed: traffic.analyzed,
    filtered: traffic.filtered,
  }));

  app.get('/stats/apps', { schema: STATS_APPS }, async () => ({ ...head, apps: traffic.apps }));

  app.get<{ Querystring: { limit: number; cursor?: number } }>(
    '/stats/connections',
    { schema: STATS_CONNECTIONS },
    async ({ query }) => {
      const { connections, next } = traffic.engine.connections(query.limit, query.cursor);
      return { ...head, total: traffic.engine.listedConnections, connections, next_cursor: next };
    },
  );
}
