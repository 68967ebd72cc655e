import type { FastifyInstance } from 'fastify';
import type { ServerServices } from './services.js';

/**
 * Adds routes that belong together to `app`, a scope of their own: hooks and content types that a group sets are not
 * seen by the others. Errors may be thrown: an HttpProblem as it is, a DpiError with the status that `problemOf` finds.
 */
export type RouteGroup = (app: FastifyInstance, services: ServerServices) => void | Promise<void>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answered without a token. */
    isPublic?: boolean;
    /** Reads its body itself, and when: a client that waits for leave to send (100-continue) gets it then. */
    isUpload?: boolean;
    /** Its body may come slowly for as long as the client likes: a stream of events. */
    isOpenEnded?: boolean;
  }
}
