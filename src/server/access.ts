import type { FastifyRequest } from 'fastify';
import { tokenCheck } from './bearer-token.js';
import { namesLoopback } from './loopback.js';
import { HttpProblem } from './problem.js';

/** Throws an HttpProblem for a request that must not be served. */
export type AccessCheck = (request: FastifyRequest) => void;

/** With a token: every route but the public ones asks for it. */
export function tokenAccess(token: string): AccessCheck {
  const isRight = tokenCheck(token);
  return (request) => {
    if (request.routeOptions.config?.isPublic === true || isRight(request.headers.authorization)) return;
    const isMissing = request.headers.authorization === undefined;
    throw new HttpProblem(
      401,
      isMissing ? 'token-missing' : 'token-wrong',
      isMissing ? 'this server asks for its token: Authorization: Bearer …' : 'the token is not the one of this server',
      { 'www-authenticate': isMissing ? 'Bearer realm="dpi"' : 'Bearer realm="dpi", error="invalid_token"' },
    );
  };
}

/**
 * Without a token: the server listens on the loopback alone, and a web page that a browser on this machine shows must
 * not use it, be it by a form that posts across sites or by a name of its own that it points to 127.0.0.1 (DNS
 * rebinding).
 */
export function loopbackAccess(): AccessCheck {
  return ({ headers }) => {
    if (headers.host !== undefined && !namesLoopback(headers.host)) {
      throw new HttpProblem(
        421,
        'foreign-host',
        'without --token-file this server answers to localhost and loopback addresses only',
      );
    }
    const { origin } = headers;
    if (origin !== undefined && !namesLoopback(origin.replace(/^https?:\/\//, ''))) {
      throw new HttpProblem(403, 'foreign-origin', 'without --token-file this server takes no requests of web pages');
    }
  };
}
