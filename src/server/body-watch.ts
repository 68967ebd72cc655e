import type { FastifyReply, FastifyRequest } from 'fastify';
import { HttpProblem, sendProblem } from './problem.js';

const REQUEST_TIMEOUT = 408;
const CHECK_MS = 500;
/**
 * How long the rest of a body is read and dropped after an early answer, so that the client gets to read it: until it
 * has been silent for so long, and no longer than that in all.
 */
const LINGER_MS = 3000;
const MAX_LINGER_MS = 30_000;

/** Bytes a second that a body of unknown purpose brings at least: below, it holds a worker for nothing. */
const MIN_RATE = 256;

/**
 * Watches a request's body: a sender that is silent for `idleMs` while somebody reads, or brings less than MIN_RATE
 * from then on (unless the route is `isOpenEnded`), gets a 408, and its connection is closed. Time in which the server
 * itself holds the body back does not count.
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
  sendProblem(request, reply, new HttpProblem(REQUEST_TIMEOUT, 'body-timeout', detail, { connection: 'close' }));
}

/**
 * Call before an answer is sent. Where the body is still coming, the connection is not closed behind the answer, as
 * Node and fastify would: the client, busy sending, would be reset and lose it. `watchBody` drops the rest. Once both
 * have ended the connection serves the next request, which a client may well have sent, unless the client wanted it
 * closed.
 */
export function keepForRest(request: FastifyRequest, reply: FastifyReply): void {
  const { raw } = request;
  if (!hasBody(request) || raw.complete || raw.destroyed || reply.statusCode === REQUEST_TIMEOUT) return;
  const isLast = !reply.raw.shouldKeepAlive;
  reply.removeHeader('connection');
  reply.raw.shouldKeepAlive = true;
  if (!isLast) return;
  const ended = (): void => {
    if (raw.readableEnded && reply.raw.writableFinished) raw.socket.destroySoon();
  };
  raw.once('end', ended);
  reply.raw.once('finish', ended);
}

/** After an answer that came before the body's end: closing at once would take the answer from the client. */
function dropRest({ raw }: FastifyRequest): void {
  if (raw.complete || raw.destroyed) return;
  raw.unpipe();
  raw.resume();
  const { socket } = raw;
  const close = () => {
    if (!raw.complete) socket.destroy();
  };
  const silence = setTimeout(close, LINGER_MS).unref();
  const limit = setTimeout(close, MAX_LINGER_MS).unref();
  raw.on('data', () => silence.refresh());
  raw.once('close', () => {
    clearTimeout(silence);
    clearTimeout(limit);
  });
}
