import type { FastifyInstance } from 'fastify';
import { CATEGORIES } from '../../core/classify/app-definition.js';
import { countApps, explainHost, findApp, suggestApps } from '../../core/classify/app-lookup.js';
import { SCHEMA_VERSION } from '../../core/report/model.js';
import { appJson, appListJson, hostJson } from '../../render/apps-json.js';
import { HttpProblem } from '../problem.js';
import { type JsonSchema, problems } from '../schemas.js';
import type { ServerServices } from '../services.js';
import { MAX_VALUE_LEN } from './rules-schemas.js';

const TAGS = ['apps'];
const ANSWER: JsonSchema = {
  description: 'As `dpi apps --json` prints it (`schema/apps.schema.json`).',
  type: 'object',
  additionalProperties: true,
};

const LIST = {
  operationId: 'listApps',
  tags: TAGS,
  summary: 'List the known apps',
  querystring: {
    type: 'object',
    additionalProperties: false,
    properties: { category: { type: 'string', enum: [...CATEGORIES], description: 'Only the apps of this category.' } },
  },
  response: { 200: ANSWER, ...problems(400) },
};

const SHOW = {
  operationId: 'getApp',
  tags: TAGS,
  summary: 'Show an app, or the app of a host name or address',
  params: {
    type: 'object',
    required: ['query'],
    properties: {
      query: { type: 'string', description: 'An app, an alias, a host name or an address.', examples: ['i.ytimg.com'] },
    },
  },
  response: { 200: ANSWER, ...problems(404, 414) },
};

/** `/apps`: the app table of this server, that of `--apps` files included. */
export function appRoutes(app: FastifyInstance, { apps }: ServerServices): void {
  app.get<{ Querystring: { category?: string } }>('/apps', { schema: LIST }, async ({ query }) => {
    return { schema_version: SCHEMA_VERSION, ...appListJson(countApps(apps, query.category ?? null)) };
  });
  app.get<{ Params: { query: string } }>('/apps/:query', { schema: SHOW }, async ({ params: { query } }) => {
    if (query.length > MAX_VALUE_LEN) {
      throw new HttpProblem(414, 'url-too-long', 'a part of the path is longer than any valid value');
    }
    const known = findApp(apps, query);
    if (known !== null) return { schema_version: SCHEMA_VERSION, ...appJson(known) };
    const host = /[.:/]/.test(query) ? explainHost(apps, query) : null;
    if (host !== null) return { schema_version: SCHEMA_VERSION, ...hostJson(host) };
    const near = suggestApps(apps, query).map((name) => `'${name}'`);
    const advice = near.length > 0 ? `did you mean ${near.join(' or ')}?` : 'GET /apps lists the known ones';
    throw new HttpProblem(404, 'unknown-app', `'${query}' is neither a known app nor a host name; ${advice}`);
  });
}
