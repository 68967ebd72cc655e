import type { FastifyReply, FastifyRequest } from 'fastify';
import { safeText } from '../render/safe-text.js';
import { pathOf } from './problem.js';

/** Longer paths are cut, so that clients can't fill the log. */
const MAX_PATH_LEN = 200;

/**
 * Logs one line when the exchange is over: time, client address, method and path (never the query, never a header),
 * status, or "aborted" if the client disconnected, and the duration in milliseconds.
 */
export function logRequest(request: FastifyRequest, reply: FastifyReply, log: (line: string) => void): void {
  const started = performance.now();
  // A closed socket no longer has an address.
  const { ip } = request;
  let isFinished = false;
  reply.raw.once('finish', () => {
    isFinished = true;
  });
  reply.raw.once('close', () => {
    const path = safeText(pathOf(request.raw.url));
    const shown = path.length > MAX_PATH_LEN ? `${path.slice(0, MAX_PATH_LEN)}…` : path;
    const status = isFinished ? String(reply.raw.statusCode) : 'aborted';
    const elapsedMs = Math.round(performance.now() - started);
    log(`${new Date().toISOString()} ${ip} ${request.method} ${shown} ${status} ${elapsedMs} ms`);
  });
}
