import type { FastifyInstance } from 'fastify';

/** Records the routes of `app` as they are added. The returned function lists the methods of a path. */
export function noteMethods(app: FastifyInstance): (path: string) => string[] {
  const routes: { parts: string[]; methods: string[] }[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    routes.push({ parts: url.split('/'), methods: typeof method === 'string' ? [method] : [...method] });
  });
  return (path) => {
    const parts = path.split('/');
    const found = routes.filter((route) => matches(route.parts, parts)).flatMap(({ methods }) => methods);
    return [...new Set(found)].sort();
  };
}

function matches(pattern: readonly string[], parts: readonly string[]): boolean {
  for (let i = 0; i < pattern.length; i++) {
    const wanted = pattern[i]!;
    if (wanted === '*') return parts.length > i;
    const part = parts[i];
    if (part === undefined || !(wanted.startsWith(':') ? part !== '' : wanted === part)) return false;
  }
  return parts.length === pattern.length;
}
