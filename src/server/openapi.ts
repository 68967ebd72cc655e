import type { FastifyInstance } from 'fastify';
import { VERSION } from '../system/version.js';
import { swagger } from './packages.js';
import { DECISION_SCHEMA, EVENT_SCHEMA } from './routes/ingest-schemas.js';
import { PROBLEM_SCHEMA, RULE_SCHEMA } from './schemas.js';

const DESCRIPTION = `Names the app and site of every connection and drops the connections that rules block.

Upload captures, send packet events, manage rules, read statistics. Errors are problem documents (RFC 9457). If the
server was started with \`--token-file\`, requests carry \`Authorization: Bearer <token>\`.`;

const TAGS = [
  { name: 'captures', description: 'Upload whole captures.' },
  { name: 'ingest', description: 'Send packets as events and get a decision for each.' },
  { name: 'rules', description: 'Manage block and allow rules.' },
  { name: 'apps', description: 'The apps that this server knows.' },
  { name: 'statistics', description: 'Packets, apps and connections since the server started.' },
  { name: 'service', description: 'Health and metrics.' },
];

/** Describes the routes that are added to `app` from now on as OpenAPI 3.1; with a token, which of them require it. */
export function describeRoutes(app: FastifyInstance, requiresToken: boolean): void {
  for (const schema of [PROBLEM_SCHEMA, RULE_SCHEMA, EVENT_SCHEMA, DECISION_SCHEMA]) app.addSchema(schema);
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'dpi', version: VERSION, description: DESCRIPTION },
      tags: TAGS,
      components: requiresToken ? { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } } : {},
      security: requiresToken ? [{ token: [] }] : [],
    },
    // The default names are def-0, def-1 and so on.
    transformObject: (document) => ('openapiObject' in document ? withOptionalBodies(document.openapiObject) : {}),
    refResolver: { buildLocalReference: (json, _base, _fragment, i) => String(json.$id ?? `def-${i}`) },
  });
}

interface Operation {
  readonly requestBody?: { required: boolean; readonly content: Record<string, { schema?: { type?: unknown } }> };
}

/** fastify marks every body as required; a body that may be null is optional. */
function withOptionalBodies<D extends object>(document: D): D {
  const { paths = {} } = document as { paths?: Record<string, Record<string, Operation>> };
  for (const { requestBody } of Object.values(paths).flatMap((path) => Object.values(path))) {
    if (requestBody === undefined) continue;
    const types = Object.values(requestBody.content).map(({ schema }) => schema?.type);
    if (types.some((type) => Array.isArray(type) && type.includes('null'))) requestBody.required = false;
  }
  return document;
}
