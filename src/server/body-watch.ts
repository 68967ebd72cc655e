import type { FastifyReply, FastifyRequest } from 'fastify';
import { HttpProblem, sendProblem } from './problem.js';

const REQUEST_TIMEOUT = 408;
const CHECK_MS = 500;
/**
 * After an early response the rest of the body is read and dropped, so that the client can read the response. This
 * stops after LINGER_MS of silence, and after MAX_LINGER_MS in any case.
 */
const LINGER_MS = 3000;
const MAX_LINGER_MS = 30_000;

/** Minimum bytes per second of a body. A slower one would keep a worker busy for nothing. */
const MIN_RATE = 256;

/**
 * Watches a request's body. A client that sends nothing for `idleMs`, or is slower than MIN_RATE on average after
 * `idleMs` (unless the route is `isOpenEnded`), gets a 408, and its connection is closed. Time during which the server
 * itself has paused the body does not count.
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
      ? `no body bytes arrived for ${idleMs / 1000} s`
      : `the body arrived at less than ${minRate} bytes per second`;
    endSlowRequest(request, reply, detail);
  }, CHECK_MS);
  timer.unref();
  reply.raw.once('close', () => clearInterval(timer));
  reply.raw.once('finish', () => dropRest(request));
}

/** Closes a connection on which neither side gets a byte through for `idleMs`: its client has stopped reading. */
export function watchReader(reply: FastifyReply, idleMs: number): void {
  reply.raw.setTimeout(idleMs, () => reply.raw.destroy());
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
 * Call before a response is sent. If the body is still arriving, Node and fastify would close the connection after the
 * response; the client, still sending, would get a reset and lose the response. So the connection stays open, and
 * `watchBody` drops the rest of the body. Once both have ended the connection serves the next request, unless the
 * client asked for it to be closed.
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

/** For a response sent before the body ended: closing at once would make the client lose the response. */
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
