import type { FastifyInstance, FastifyRequest } from 'fastify';
import { jsonText, safeText } from '../render/safe-text.js';
import { loopbackAccess, tokenAccess } from './access.js';
import { noteMethods } from './allowed-methods.js';
import { keepForRest, watchBody, watchReader } from './body-watch.js';
import { respondToClientError } from './client-error.js';
import { Connections } from './connections.js';
import { describeRoutes } from './openapi.js';
import { fastify } from './packages.js';
import { HttpProblem, pathOf, problemOf, sendProblem } from './problem.js';
import { logRequest } from './request-log.js';
import { sessionRoutes } from './routes/session.js';
import { ROUTE_GROUPS } from './routes.js';
import { schemaProblem } from './schema-error.js';
import type { ServerServices } from './services.js';
import { continueBody } from './uploads/upload-body.js';

export interface ServerOptions {
  /** The token that clients must send; null if none is required. */
  readonly token: string | null;
  /** Called with a log line per request; null turns the log off. */
  readonly logRequest: ((line: string) => void) | null;
  /** Called with a log line per internal error. */
  readonly logError: (line: string) => void;
  /** Maximum time for a request's header. */
  readonly headerTimeoutMs: number;
  /** Maximum silence within a body that the server waits for, and maximum time without reading a response. */
  readonly bodyTimeoutMs: number;
}

/** Maximum length of a body that a route reads as a whole, in bytes. */
const MAX_BODY_LEN = 1 << 20;
/** A domain name has up to 253 characters, percent-encoded up to three times as many. */
const MAX_PARAM_LEN = 1024;
const KEEP_ALIVE_MS = 30_000;
const CHECK_CONNECTIONS_MS = 1000;

/** The HTTP server, not listening yet. Depends on nothing but its arguments. */
export function createServer(services: ServerServices, options: ServerOptions): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: MAX_BODY_LEN,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // No limit on the whole request; header and body have time-outs of their own.
    requestTimeout: 0,
    http: {
      headersTimeout: options.headerTimeoutMs,
      connectionsCheckingInterval: CHECK_CONNECTIONS_MS,
      // `checkHeaders` responds with a problem document instead.
      requireHostHeader: false,
    },
    return503OnClosing: false,
    // Refuse a misspelt key instead of ignoring it.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true } },
    schemaErrorFormatter: schemaProblem,
    routerOptions: { maxParamLength: MAX_PARAM_LEN },
    clientErrorHandler: respondToClientError,
    frameworkErrors: (error, request, reply) => {
      if (options.logRequest !== null) logRequest(request, reply, options.logRequest);
      sendProblem(request, reply, problemOf(error));
    },
  });
  // The route that reads the body sends 100 Continue (see `continueBody`).
  app.server.on('checkContinue', (request, response) => app.server.emit('request', request, response));
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
  const methodsOf = noteMethods(app);
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error);
    if (problem.status === 500) options.logError(describeDefect(error));
    sendProblem(request, reply, problem);
  });
  app.setNotFoundHandler((request) => {
    throw notFound(request.method, pathOf(request.raw.url), methodsOf);
  });
  const serialize = (body: unknown): string => `${jsonText(body)}\n`;
  app.setSerializerCompiler(() => serialize);
  app.setReplySerializer(serialize);
  addHooks(app, options);
  services.metrics.watch(app);
  app.addHook('onClose', () => services.close());
  describeRoutes(app, options.token !== null);
  app.register(async (scope) => sessionRoutes(scope, options.token, services.ruleService !== null));
  for (const group of ROUTE_GROUPS) app.register(async (scope) => group(scope, services));
  return app;
}

function addHooks(app: FastifyInstance, options: ServerOptions): void {
  const checkAccess = options.token === null ? loopbackAccess() : tokenAccess(options.token);
  const { logRequest: log } = options;
  const connections = new Connections(app.server);
  let isClosing = false;
  app.addHook('preClose', async () => {
    isClosing = true;
    connections.stop();
  });
  app.addHook('onRequest', async (request, reply) => {
    if (log !== null) logRequest(request, reply, log);
    watchBody(request, reply, options.bodyTimeoutMs);
    checkHeaders(request);
    checkAccess(request);
    if (isClosing) throw new HttpProblem(503, 'shutting-down', 'the server is shutting down', { connection: 'close' });
  });
  app.addHook('onSend', async (_request, reply) => {
    watchReader(reply, options.bodyTimeoutMs);
    // A kept-alive connection would delay the shutdown for as long as the client likes.
    if (isClosing) reply.header('connection', 'close');
  });
  app.addHook('onSend', async (request, reply) => keepForRest(request, reply));
  app.addHook('preParsing', async (request, reply) => {
    if (request.routeOptions.config?.isUpload !== true) continueBody(request, reply);
  });
}

/** Throws an HttpProblem for headers that Node's own checks would refuse without a problem document. */
function checkHeaders({ raw, headers }: FastifyRequest): void {
  // RFC 9112 §3.2.
  if (headers.host === undefined && raw.httpVersion === '1.1') {
    throw new HttpProblem(400, 'missing-host', 'the Host header is missing', { connection: 'close' });
  }
  // RFC 9110 §10.1.1.
  if (headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue') {
    throw new HttpProblem(417, 'expectation-failed', 'the only expectation that this server meets is 100-continue');
  }
}

function notFound(method: string, path: string, methodsOf: (path: string) => string[]): HttpProblem {
  const allowed = methodsOf(path);
  // A wildcard route allows the method for names that it does not have.
  if (allowed.length === 0 || allowed.includes(method))
    return new HttpProblem(404, 'not-found', 'no such path; / is a page for browsers, /docs lists all routes');
  const list = allowed.join(', ');
  return new HttpProblem(405, 'method-not-allowed', `${method} is not allowed here; allowed: ${list}`, { allow: list });
}

function describeDefect(error: unknown): string {
  if (!(error instanceof Error)) return `internal error: ${safeText(String(error))}`;
  const where = /\n\s+at (.+)/.exec(error.stack ?? '')?.[1];
  return `internal error: ${safeText(error.message)}${where === undefined ? '' : ` (${safeText(where)})`}`;
}
