import type { FastifyInstance } from 'fastify';
import { problems } from '../schemas.js';
import type { ServerServices } from '../services.js';

const METRICS = {
  operationId: 'metrics',
  tags: ['service'],
  summary: 'Metrics for Prometheus',
  response: {
    200: {
      description: 'Prometheus text format.',
      content: { 'text/plain': { schema: { type: 'string' } } },
    },
    ...problems(),
  },
};

/** `GET /metrics` */
export function metricsRoutes(app: FastifyInstance, { metrics }: ServerServices): void {
  app.get('/metrics', { schema: METRICS }, async (_request, reply) => {
    const { registry } = metrics;
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}
