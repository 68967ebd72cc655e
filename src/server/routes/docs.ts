import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { readPart } from '../../system/parts.js';

/** Swagger UI, which the build compresses with Brotli (scripts/copy-swagger-ui.ts). */
const PAGE_FILES: Readonly<Record<string, string>> = {
  'index.css': 'text/css; charset=utf-8',
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

const PAGE = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<title>dpi HTTP API</title>
<link rel="stylesheet" href="/docs/static/swagger-ui.css">
<link rel="stylesheet" href="/docs/static/index.css">
<link rel="icon" type="image/png" href="/docs/static/favicon-32x32.png" sizes="32x32">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/static/swagger-ui-bundle.js"></script>
<script src="/docs/static/start.js"></script>
</body>
</html>
`;

const START = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis],
  layout: 'BaseLayout',
  validatorUrl: null,
  docExpansion: 'list',
  tryItOutEnabled: true,
});
`;

// No upgrade-insecure-requests: this server speaks plain HTTP, and from another machine a browser would ask for the
// scripts over https.
const CONTENT_POLICY =
  "default-src 'self'; base-uri 'self'; font-src 'self' data:; frame-ancestors 'self'; img-src 'self' data:; " +
  "object-src 'none'; script-src 'self'; script-src-attr 'none'; style-src 'self'";

const decompress = promisify(brotliDecompress);

/** `/openapi.json` and the pages at `/docs` that show it. They contain nothing private, so they need no token. */
export function docsRoutes(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, isPublic: true };
  });
  const add = (path: string, type: string, send: (request: FastifyRequest, reply: FastifyReply) => unknown): void => {
    app.get(path, { schema: { hide: true } }, async (request, reply) => {
      reply.headers({ 'content-type': type, 'content-security-policy': CONTENT_POLICY });
      return send(request, reply);
    });
  };
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  for (const path of ['/docs', '/docs/']) add(path, 'text/html; charset=utf-8', () => PAGE);
  add('/docs/static/start.js', 'text/javascript; charset=utf-8', () => START);
  for (const [name, type] of Object.entries(PAGE_FILES)) {
    add(`/docs/static/${name}`, type, (request, reply) => pageFile(name, request, reply));
  }
}

async function pageFile(name: string, request: FastifyRequest, reply: FastifyReply): Promise<Buffer> {
  const packed = readPart(`dist/swagger-ui/${name}.br`);
  reply.header('vary', 'accept-encoding');
  if (!/\bbr\b/.test(String(request.headers['accept-encoding']))) return decompress(packed);
  reply.header('content-encoding', 'br');
  return packed;
}
