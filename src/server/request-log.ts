import type { FastifyReply, FastifyRequest } from 'fastify';
import { safeText } from '../render/safe-text.js';
import { pathOf } from './problem.js';

/** Longer paths are cut: nobody reads them, and a log must not grow by what strangers send. */
const MAX_PATH_LEN = 200;

/**
 * Writes one line when the exchange is over: time, client, method and path (never the query, never a header), status,
 * or "aborted" where the client went away, and the duration in milliseconds.
 */
export function logRequest(request: FastifyRequest, reply: FastifyReply, log: (line: string) => void): void {
  const started = performance.now();
  // A socket that is closed does not know it any more.
  const { ip } = request;
  let isAnswered = false;
  reply.raw.once('finish', () => {
    isAnswered = true;
  });
  reply.raw.once('close', () => {
    const path = safeText(pathOf(request.raw.url));
    const shown = path.length > MAX_PATH_LEN ? `${path.slice(0, MAX_PATH_LEN)}…` : path;
    const status = isAnswered ? String(reply.raw.statusCode) : 'aborted';
    const elapsedMs = Math.round(performance.now() - started);
    log(`${new Date().toISOString()} ${ip} ${request.method} ${shown} ${status} ${elapsedMs} ms`);
  });
}
