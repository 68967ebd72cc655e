import type { FastifyInstance } from 'fastify';
import { pageTemplate } from '../../render/html/page-template.js';

const POLICY = /<meta http-equiv="Content-Security-Policy" content="([^"]*)">\n/;

/** `GET /`: the page that uploads captures and shows their reports. It holds nothing private, so it needs no token. */
export function pageRoutes(app: FastifyInstance): void {
  let page: { readonly html: string; readonly policy: string } | null = null;
  app.get('/', { config: { isPublic: true }, schema: { hide: true } }, async (_request, reply) => {
    page ??= servedPage();
    return reply
      .type('text/html; charset=utf-8')
      .headers({
        'content-security-policy': page.policy,
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-cache',
      })
      .send(page.html);
  });
}

/** The page with its policy in a header: unlike the file, it may ask this server, and no other site may frame it. */
function servedPage(): { html: string; policy: string } {
  const { head, tail } = pageTemplate();
  const [, policy = "default-src 'none'"] = POLICY.exec(head) ?? [];
  return {
    html: head.replace(POLICY, '') + tail,
    policy: `${policy}; connect-src 'self'; frame-ancestors 'none'`,
  };
}
