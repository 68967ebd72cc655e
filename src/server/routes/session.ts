import type { FastifyInstance } from 'fastify';
import { tokenCheck } from '../bearer-token.js';
import { HttpProblem } from '../problem.js';
import { Session } from '../session.js';

const BODY = {
  type: 'object',
  required: ['token'],
  additionalProperties: false,
  properties: { token: { type: 'string', maxLength: 4096 } },
};

/**
 * `/session`, which the page uses: whether a token is needed, a cookie for the one that shows it, and whether there is
 * a rule store. Other sites can't send its JSON body without asking first (CORS), which this server never allows.
 */
export function sessionRoutes(app: FastifyInstance, token: string | null, hasRules: boolean): void {
  const config = { isPublic: true };
  const session = token === null ? null : new Session(token);
  const isRight = token === null ? () => true : tokenCheck(token);
  app.get('/session', { config, schema: { hide: true } }, async ({ headers }) => ({
    needs_token: session !== null,
    is_open: session === null || session.isIn(headers.cookie),
    has_rules: hasRules,
  }));
  app.post<{ Body: { token: string } }>(
    '/session',
    { config, schema: { hide: true, body: BODY } },
    async ({ body }, reply) => {
      if (!isRight(`Bearer ${body.token}`)) throw new HttpProblem(401, 'token-wrong', 'the token is wrong');
      if (session !== null) void reply.header('set-cookie', session.begin);
      return reply.code(204).send();
    },
  );
  app.delete('/session', { config, schema: { hide: true } }, async (_request, reply) => {
    if (session !== null) void reply.header('set-cookie', session.end);
    return reply.code(204).send();
  });
}
