import { createAppTable } from '../../src/core/classify/built-in-apps.js';
import { DEFAULT_LIMITS } from '../../src/core/engine/options.js';
import { createServer, type ServerOptions } from '../../src/server/create-server.js';
import { ServerMetrics } from '../../src/server/metrics.js';
import { News } from '../../src/server/news.js';
import { ServerStats } from '../../src/server/server-stats.js';
import type { ServerServices } from '../../src/server/services.js';

export const TOKEN = '0123456789abcdef0123456789abcdef';

/** Services without a store. */
function testServices(own: Partial<ServerServices> = {}): ServerServices {
  const apps = createAppTable([]);
  const stats = new ServerStats(apps, DEFAULT_LIMITS);
  return {
    apps,
    appsFiles: [],
    rules: { ofCall: [], stored: null, strict: false, env: {} },
    stats,
    metrics: new ServerMetrics(stats, null, () => 0),
    ruleService: null,
    news: new News(() => '{}'),
    probe: null,
    close: async () => {},
    uploads: undefined as never,
    startedMs: Date.now(),
    ...own,
  };
}

/** A server that does not listen, and the lines that it logs. */
export function testServer(options: Partial<ServerOptions> = {}, services: Partial<ServerServices> = {}) {
  const lines: string[] = [];
  const app = createServer(testServices(services), {
    token: null,
    logRequest: (line) => lines.push(line),
    logError: (line) => lines.push(line),
    headerTimeoutMs: 10_000,
    bodyTimeoutMs: 30_000,
    ...options,
  });
  return { app, lines };
}
