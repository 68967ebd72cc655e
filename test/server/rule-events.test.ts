/** `GET /rules/events`: what pages are told when rules change. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RuleNews } from '../../src/server/rule-news.js';
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

it('does not hold the shutdown', async () => {
  const own = await startServe(FILE);
  const response = await fetch(`${own.url}/rules/events`);
  const ended = new Promise<number | null>((resolve) => own.process.once('exit', resolve));
  own.process.kill('SIGTERM');
  expect(await response.text()).toContain('event: rules');
  expect(await ended).toBe(0);
});

it('has room for so many listeners, and forgets those that went', async () => {
  const news = new RuleNews();
  const streams = Array.from({ length: 200 }, () => news.listen());
  expect(() => news.listen()).toThrow('200 pages listen already');
  const gone = new Promise((resolve) => streams[0]!.once('close', resolve));
  streams[0]!.destroy();
  await gone;
  expect(() => news.listen()).not.toThrow();
  news.close();
});
