import type { FastifyReply, FastifyRequest } from 'fastify';
import { HttpProblem, sendProblem } from './problem.js';

const CHECK_MS = 500;
/** How long the rest of a body is read and dropped after an early answer, so that the client gets to read it. */
const LINGER_MS = 3000;

/**
 * Watches a request's body: a sender that is silent for `idleMs` while somebody reads gets a 408, and its connection is
 * closed. Time in which the server itself holds the body back does not count.
 */
export function watchBody(request: FastifyRequest, reply: FastifyReply, idleMs: number): void {
  const { raw } = request;
  if (!hasBody(request)) return;
  let lastRead = -1;
  let silentMs = 0;
  const timer = setInterval(() => {
    if (raw.complete || raw.destroyed) {
      clearInterval(timer);
      return;
    }
    const { bytesRead } = raw.socket;
    silentMs = bytesRead !== lastRead || !isAwaited(request) ? 0 : silentMs + CHECK_MS;
    lastRead = bytesRead;
    if (silentMs < idleMs) return;
    clearInterval(timer);
    endSlowRequest(request, reply, idleMs);
  }, CHECK_MS);
  timer.unref();
  reply.raw.once('close', () => clearInterval(timer));
  reply.raw.once('finish', () => dropRest(request));
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Somebody reads the body, and all of it that has come was taken. */
function isAwaited({ raw }: FastifyRequest): boolean {
  return raw.readableFlowing === true && raw.readableLength === 0;
}

function endSlowRequest(request: FastifyRequest, reply: FastifyReply, idleMs: number): void {
  const { raw } = request;
  if (reply.sent || reply.raw.headersSent) {
    raw.destroy();
    return;
  }
  const detail = `nothing of the body came for ${idleMs / 1000} s`;
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
