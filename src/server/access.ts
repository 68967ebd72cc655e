import type { FastifyRequest } from 'fastify';
import { tokenCheck } from './bearer-token.js';
import { namesLoopback } from './loopback.js';
import { HttpProblem } from './problem.js';
import { Session } from './session.js';

/** Throws an HttpProblem for a request that must not be served. */
export type AccessCheck = (request: FastifyRequest) => void;

/** With a token: every route except the public ones requires it, or the session of a browser that has shown it. */
export function tokenAccess(token: string): AccessCheck {
  const isRight = tokenCheck(token);
  const session = new Session(token);
  return (request) => {
    if (request.routeOptions.config?.isPublic === true || isRight(request.headers.authorization)) return;
    if (request.headers.authorization === undefined && session.isIn(request.headers.cookie)) {
      refuseForeignPage(request);
      return;
    }
    const isMissing = request.headers.authorization === undefined;
    throw new HttpProblem(
      401,
      isMissing ? 'token-missing' : 'token-wrong',
      isMissing ? 'this server requires a token: Authorization: Bearer …' : 'the token is wrong',
      { 'www-authenticate': isMissing ? 'Bearer realm="dpi"' : 'Bearer realm="dpi", error="invalid_token"' },
    );
  };
}

/**
 * Throws an HttpProblem for a request of another site's page. SameSite keeps the cookie from those of other sites, but
 * other ports of a host are the same site.
 */
function refuseForeignPage({ headers }: FastifyRequest): void {
  const { origin, host = '', 'sec-fetch-site': site } = headers;
  const isOwn = origin === undefined || origin.toLowerCase().replace(/^https?:\/\//, '') === host.toLowerCase();
  if (isOwn && (site === undefined || site === 'same-origin' || site === 'none')) return;
  throw new HttpProblem(403, 'foreign-origin', 'this server refuses requests from web pages of other sites and ports');
}

/**
 * Without a token: the server listens on loopback only. Web pages in a browser on this machine must not use it, neither
 * by a cross-site form nor by a host name of their own that resolves to 127.0.0.1 (DNS rebinding).
 */
export function loopbackAccess(): AccessCheck {
  return ({ headers }) => {
    if (headers.host !== undefined && !namesLoopback(headers.host)) {
      throw new HttpProblem(
        421,
        'foreign-host',
        'without --token-file this server accepts only localhost and loopback addresses as its host',
      );
    }
    const { origin, host } = headers;
    if (origin !== undefined && !isSameOrigin(origin, host ?? '')) {
      throw new HttpProblem(
        403,
        'foreign-origin',
        'without --token-file this server refuses requests from web pages of other sites and ports',
      );
    }
  };
}

/** Whether the page that sent the request is one of this server, by host and port (RFC 6454 §5). */
function isSameOrigin(origin: string, host: string): boolean {
  return origin.toLowerCase() === `http://${host.toLowerCase().replace(/:80$/, '')}`;
}
