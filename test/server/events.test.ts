/** `GET /events` and `GET /rules/events`: what pages are told when rules change and events arrive. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { News } from '../../src/server/news.js';
import type { IngestState } from '../../src/server/server-stats.js';
import { ensureBuilt, runDpi } from '../support/run-cli.js';
import { type ServeProcess, startServe } from './serve-process.js';

const folder = mkdtempSync(join(tmpdir(), 'dpi-rule-events-'));
const FILE = ['--rules-file', join(folder, 'rules.json')];
let server: ServeProcess;

beforeAll(async () => {
  await ensureBuilt();
  server = await startServe(FILE);
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('tells of the rules at once, and of each change, whoever makes it', async () => {
  const response = await fetch(`${server.url}/rules/events`);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const next = async () => (await reader.read()).value;
  expect(await next()).toBe('event: rules\ndata:\n\n');
  await server.ask('POST', '/rules/app/YOUTUBE');
  expect(await next()).toContain('event: rules');
  await runDpi(['rules', 'add', 'example.org', ...FILE]);
  expect(await next()).toContain('event: rules');
  await reader.cancel();
});

it('tells what /ingest does, at once and as it changes', async () => {
  const response = await fetch(`${server.url}/events`);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const states: IngestState[] = [];
  const until = async (isThere: (state: IngestState) => boolean) => {
    for (let text = ''; !states.some(isThere); ) {
      text += (await reader.read()).value ?? '';
      const whole = text.lastIndexOf('\n\n') + 1;
      for (const [, json] of text.slice(0, whole).matchAll(/event: ingest\ndata: (.*)\n/g))
        states.push(JSON.parse(json!));
      text = text.slice(whole);
    }
  };
  await until(() => true);
  expect(states[0]).toMatchObject({ total_packets: 0, open_streams: 0, bad_events: 0, apps: [] });
  const tuple = { src_ip: '192.0.2.1', dst_ip: '192.0.2.2', src_port: 1, dst_port: 443, protocol: 'tcp' };
  let send: (line: string) => void = () => {};
  let end: () => void = () => {};
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      send = (line) => controller.enqueue(new TextEncoder().encode(`${line}\n`));
      end = () => controller.close();
    },
  });
  const headers = { 'content-type': 'application/x-ndjson' };
  const sent = fetch(`${server.url}/ingest`, { method: 'POST', headers, body, duplex: 'half' } as RequestInit);
  send(JSON.stringify({ tuple, size: 60, domain: 'github.com' }));
  await until(({ open_streams }) => open_streams === 1);
  send('{}');
  await until(({ bad_events }) => bad_events === 1);
  end();
  await (await sent).text();
  await until(({ total_packets, open_streams }) => total_packets === 1 && open_streams === 0);
  expect(states.at(-1)).toMatchObject({
    total_packets: 1,
    total_connections: 1,
    open_connections: 1,
    apps: [{ app: 'GITHUB', connections: 1, packets: 1, bytes: 60 }],
  });
  expect((await server.ask('GET', '/stats')).json.ingest).toMatchObject({ open_streams: 0, total_packets: 1 });
  await reader.cancel();
});

it('does not hold the shutdown', async () => {
  const own = await startServe(FILE);
  const response = await fetch(`${own.url}/rules/events`);
  const ended = new Promise<number | null>((resolve) => own.process.once('exit', resolve));
  own.process.kill('SIGTERM');
  expect(await response.text()).toContain('event: rules');
  expect(await ended).toBe(0);
});

it('has room for so many listeners, and forgets those that went', async () => {
  const news = new News(() => '{}');
  const streams = Array.from({ length: 200 }, () => news.listen(['rules', 'ingest']));
  expect(() => news.listen(['rules', 'ingest'])).toThrow('200 pages listen already');
  const gone = new Promise((resolve) => streams[0]!.once('close', resolve));
  streams[0]!.destroy();
  await gone;
  expect(() => news.listen(['rules', 'ingest'])).not.toThrow();
  news.close();
});
