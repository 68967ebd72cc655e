import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';

/** `/openapi.json` and the pages at `/docs` that show it. They contain nothing private, so they need no token. */
export function docsRoutes(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, isPublic: true };
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    // This server speaks plain HTTP. From another machine a browser would ask for the scripts over https, and fail.
    transformStaticCSP: (policy) => policy.replace(/ upgrade-insecure-requests;/, ''),
    uiConfig: { docExpansion: 'list', tryItOutEnabled: true },
  });
}
