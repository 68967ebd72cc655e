import type { FastifyInstance } from 'fastify';
import { groupPackets } from '../../core/report/report-builder.js';
import type { ServerServices } from '../services.js';
import { STATS, STATS_APPS, STATS_CONNECTIONS, STATS_SCHEMA_VERSION } from './stats-schemas.js';

/** `/stats`: totals since the server started. */
export function statsRoutes(app: FastifyInstance, { stats, startedMs }: ServerServices): void {
  const head = { schema_version: STATS_SCHEMA_VERSION, since: new Date(startedMs).toISOString() };

  app.get('/stats', { schema: STATS }, async () => ({
    ...head,
    ...stats.sums,
    app_breakdown: Object.fromEntries(stats.apps.map(({ app, packets }) => [app, packets])),
    app_group_breakdown: groupPackets(stats.apps),
    ingest: {
      ...stats.ingested,
      open_connections: stats.openConnections,
      open_streams: stats.openStreams,
      bad_events: stats.badEvents,
    },
    analyzed: stats.analyzed,
    filtered: stats.filtered,
  }));

  app.get('/stats/apps', { schema: STATS_APPS }, async () => ({ ...head, apps: stats.apps }));

  app.get<{ Querystring: { limit: number; cursor?: number } }>(
    '/stats/connections',
    { schema: STATS_CONNECTIONS },
    async ({ query }) => {
      const { connections, next } = stats.engine.connections(query.limit, query.cursor);
      return { ...head, total: stats.engine.listedConnections, connections, next_cursor: next };
    },
  );
}
