import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';

/** The program's name in place of the framework's logo. */
const LOGO =
  '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="30"><text x="4" y="22" font-family="monospace" font-size="22" fill="#fff">dpi</text></svg>';

/** `/openapi.json` and the pages at `/docs` that show it. They contain nothing private, so they need no token. */
export function docsRoutes(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, isPublic: true };
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    theme: { title: 'dpi HTTP API' },
    logo: { type: 'image/svg+xml', content: Buffer.from(LOGO), href: '/docs', target: '_self' },
    // This server speaks plain HTTP. From another machine a browser would ask for the scripts over https, and fail.
    transformStaticCSP: (policy) => policy.replace(/ upgrade-insecure-requests;/, ''),
    uiConfig: { docExpansion: 'list', tryItOutEnabled: true },
  });
}
