import type { FastifyReply, FastifyRequest } from 'fastify';
import { HttpProblem, sendProblem } from './problem.js';

const CHECK_MS = 500;
/** How long the rest of a body is read and dropped after an early answer, so that the client gets to read it. */
const LINGER_MS = 3000;

/** Bytes a second that a body of unknown purpose brings at least: below, it holds a worker for nothing. */
const MIN_RATE = 256;

/**
 * Watches a request's body: a sender that is silent for `idleMs` while somebody reads, or brings less than MIN_RATE from
 * then on (unless the route is `isOpenEnded`), gets a 408, and its connection is closed. Time in which the server itself
 * holds the body back does not count.
 */
export function watchBody(request: FastifyRequest, reply: FastifyReply, idleMs: number): void {
  const { raw } = request;
  if (!hasBody(request)) return;
  const minRate = request.routeOptions.config?.isOpenEnded === true ? 0 : MIN_RATE;
  const firstRead = raw.socket.bytesRead;
  let lastRead = -1;
  let silentMs = 0;
  let awaitedMs = 0;
  const timer = setInterval(() => {
    if (raw.complete || raw.destroyed) {
      clearInterval(timer);
      return;
    }
    const { bytesRead } = raw.socket;
    const isAwaited = raw.readableFlowing === true && raw.readableLength === 0;
    if (isAwaited) awaitedMs += CHECK_MS;
    silentMs = isAwaited && bytesRead === lastRead ? silentMs + CHECK_MS : 0;
    lastRead = bytesRead;
    const isSilent = silentMs >= idleMs;
    const isSlow = awaitedMs >= idleMs && bytesRead - firstRead < (minRate * awaitedMs) / 1000;
    if (!isSilent && !isSlow) return;
    clearInterval(timer);
    const detail = isSilent
      ? `nothing of the body came for ${idleMs / 1000} s`
      : `the body came at less than ${minRate} bytes a second`;
    endSlowRequest(request, reply, detail);
  }, CHECK_MS);
  timer.unref();
  reply.raw.once('close', () => clearInterval(timer));
  reply.raw.once('finish', () => dropRest(request));
}

/** Ends a connection whose client takes nothing of its answer for `idleMs`. */
export function watchReader(request: FastifyRequest, reply: FastifyReply, idleMs: number): void {
  if (request.routeOptions.config?.isOpenEnded !== true) reply.raw.setTimeout(idleMs, () => reply.raw.destroy());
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function endSlowRequest(request: FastifyRequest, reply: FastifyReply, detail: string): void {
  const { raw } = request;
  if (reply.sent || reply.raw.headersSent) {
    raw.destroy();
    return;
  }
  reply.raw.once('finish', () => raw.destroy());
  sendProblem(request, reply, new HttpProblem(408, 'body-timeout', detail, { connection: 'close' }));
}

/** After an answer that came before the body's end: closing at once would take the answer from the client. */
function dropRest({ raw }: FastifyRequest): void {
  if (raw.complete || raw.destroyed) return;
  raw.unpipe();
  raw.resume();
  const { socket } = raw;
  const timer = setTimeout(() => {
    if (!raw.complete) socket.destroy();
  }, LINGER_MS);
  timer.unref();
  raw.once('close', () => clearTimeout(timer));
}
