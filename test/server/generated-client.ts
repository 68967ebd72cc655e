/**
 * The smoke test of a client that is generated from the OpenAPI document: copied beside the generated `api.ts`,
 * type-checked there and run with the server's URL and a capture. Prints what it saw as JSON.
 */
import { readFileSync } from 'node:fs';
import createClient from 'openapi-fetch';
import type { paths } from './api.js';

const [, , baseUrl = '', capture = ''] = process.argv;
const client = createClient<paths>({ baseUrl });
const path = { type: 'app', value: 'YOUTUBE' } as const;

const added = await client.POST('/rules/{type}/{value}', {
  params: { path },
  body: { action: 'block', comment: 'exam' },
});
const prefix = await client.POST('/rules/{type}/{value}', {
  params: { path: { type: 'ip', value: '198.51.100.0/24' } },
});
const unknown = await client.POST('/rules/{type}/{value}', { params: { path: { type: 'app', value: 'YOUTUB' } } });
const rules = await client.GET('/rules', { params: { query: { limit: 1 } } });
const more = await client.GET('/rules', { params: { query: { cursor: rules.data?.next_cursor ?? '' } } });
const decision = await client.POST('/ingest', {
  body: {
    tuple: { src_ip: '192.0.2.10', dst_ip: '203.0.113.10', src_port: 50_000, dst_port: 443, protocol: 'tcp' },
    size: 571,
    domain: 'www.youtube.com',
  },
});
const analyzed = await client.POST('/analyze', {
  params: { query: { block_app: ['NETFLIX', 'DISCORD'] } },
  body: { file: '' },
  bodySerializer: () => {
    const form = new FormData();
    form.set('file', new Blob([readFileSync(capture)]), 'demo.pcap');
    return form;
  },
});
const stats = await client.GET('/stats');
const apps = await client.GET('/stats/apps');
const connections = await client.GET('/stats/connections', { params: { query: { limit: 10 } } });
const removed = await client.DELETE('/rules/{type}/{value}', { params: { path, query: { action: 'block' } } });
const health = await client.GET('/health');
const metrics = await client.GET('/metrics', { parseAs: 'text' });

console.log(
  JSON.stringify({
    added: [added.response.status, added.data?.rule.id, added.data?.rule.comment],
    prefix: prefix.data?.rule.value,
    unknown: [unknown.response.status, unknown.error?.code, unknown.error?.detail],
    rules: [rules.data?.total, rules.data?.rules.length, more.data?.rules.length, more.data?.next_cursor],
    decision: typeof decision.data === 'object' && [decision.data.decision, decision.data.blocked_by],
    analyzed: [analyzed.response.status, Object.keys(analyzed.data ?? {}).slice(0, 2)],
    stats: [stats.data?.ingest.dropped_packets, stats.data?.analyzed.captures],
    apps: apps.data?.apps.some(({ app }) => app === 'YOUTUBE'),
    connections: connections.data?.connections.map(({ app, live }) => [app, live]),
    removed: removed.data?.removed,
    health: [health.data?.status, health.data?.store],
    metrics: typeof metrics.data,
  }),
);
