import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';

/** `/openapi.json` and the pages at `/docs` that show it; both tell nothing of this server, so they need no token. */
export function docsRoutes(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, isPublic: true };
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    uiConfig: { docExpansion: 'list', tryItOutEnabled: true },
  });
}
