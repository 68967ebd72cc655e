import type { FastifyInstance } from 'fastify';
import type { ServerServices } from './services.js';

/**
 * Adds related routes to `app`, a scope of their own: hooks and content types of one group do not affect others. Routes
 * may throw: an HttpProblem is sent as it is, a DpiError with the status that `problemOf` finds.
 */
export type RouteGroup = (app: FastifyInstance, services: ServerServices) => void | Promise<void>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Needs no token. */
    isPublic?: boolean;
    /** Reads its body itself and sends 100 Continue when it begins to. */
    isUpload?: boolean;
    /** The body is a stream of events and may be arbitrarily slow. */
    isOpenEnded?: boolean;
  }
}
