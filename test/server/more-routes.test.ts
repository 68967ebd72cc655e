/** Routes that answer what commands print: apps, checks and tests of rules, explanations, selections. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt, runDpi } from '../support/run-cli.js';
import { type ServeProcess, startServe } from './serve-process.js';

const NAME = 'samples/demo.pcap';
const DEMO = readFileSync(NAME);

let folder: string;
let rules: string[];
let server: ServeProcess;

beforeAll(async () => {
  await ensureBuilt();
  folder = mkdtempSync(join(tmpdir(), 'dpi-routes-'));
  rules = ['--rules-file', join(folder, 'rules.json')];
  await runDpi(['rules', 'add', 'app:TIKTOK', 'udp/443', ...rules]);
  await runDpi(['rules', 'add', '--allow', 'www.tiktok.com', ...rules]);
  server = await startServe([...rules, '--workers', '1']);
});

afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const ask = (path: string) => fetch(`${server.url}${path}`);

function post(path: string, query: Record<string, string>) {
  const parameters = new URLSearchParams({ name: NAME, ...query });
  return fetch(`${server.url}${path}?${parameters}`, { method: 'POST', body: DEMO });
}

async function printed(...args: string[]): Promise<string> {
  const { stdout, stderr } = await runDpi(args);
  expect(stderr).toBe('');
  return String(stdout);
}

describe('GET /apps', () => {
  it.each([
    ['/apps', []],
    ['/apps?category=video', ['--category', 'video']],
    ['/apps/youtube', ['youtube']],
    ['/apps/i.ytimg.com', ['i.ytimg.com']],
    ['/apps/149.154.167.51', ['149.154.167.51']],
    ['/apps/2001:67c:4e8::1', ['2001:67c:4e8::1']],
    ['/apps/nobody.example', ['nobody.example']],
  ])('%s is what dpi apps %j prints', async (path, args) => {
    const answer = await ask(path);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual(JSON.parse(await printed('apps', '--json', ...args)));
  });

  it.each([
    ['/apps/youtub', 404, "did you mean 'YOUTUBE'"],
    [`/apps/${'a'.repeat(2000)}`, 414, 'longer than any valid value'],
    ['/apps?category=tv', 400, 'category'],
  ])('%s is refused', async (path, status, detail) => {
    const answer = await ask(path);
    expect(answer.status).toBe(status);
    expect(((await answer.json()) as { detail: string }).detail).toContain(detail);
  });
});

describe('GET /rules/check', () => {
  it('is what dpi rules check prints', async () => {
    const queries = ['www.tiktok.com', 'TIKTOK', 'udp/443', 'proto:ssh', '192.0.2.7'];
    const answer = await ask(`/rules/check?${queries.map((query) => `query=${encodeURIComponent(query)}`).join('&')}`);
    expect(answer.status).toBe(200);
    const checks = (await answer.json()) as { checks: { verdict: string }[] };
    expect(checks).toEqual(JSON.parse(await printed('rules', 'check', '--json', ...rules, ...queries)));
    expect(checks.checks.map(({ verdict }) => verdict)).toEqual(['allow', 'block', 'block', 'none', 'none']);
  });

  it.each(['', '?query=', '?query=10.0.0.0/8', '?query=YOUTUB', '?query=a.example&type=colour'])(
    'refuses "%s"',
    async (query) => {
      expect((await ask(`/rules/check${query}`)).status).toBe(400);
    },
  );
});

describe('GET /rules/preview', () => {
  it.each([
    ['text=youtube.com', { id: 'domain:youtube.com', app: 'YOUTUBE', problem: null, suggestions: ['app:YOUTUBE'] }],
    ['text=YUOTUBE&type=app', { id: null, matches: null, suggestions: ['app:YOUTUBE', 'app:RUTUBE'] }],
    ['text=', { id: null, problem: 'a rule is empty; expected an address, port, domain or app' }],
  ])('says how %s is read', async (query, expected) => {
    const answer = await ask(`/rules/preview?${query}`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject(expected);
  });

  it('has the sentences of dpi rules add', async () => {
    const { stderr } = await runDpi(['rules', 'add', 'youtub', ...rules], { reject: false });
    const { problem } = (await (await ask('/rules/preview?text=youtub')).json()) as { problem: string };
    expect(String(stderr)).toContain(problem);
  });

  it.each(['', '?text=a&type=colour', `?text=${'a'.repeat(1025)}`])('refuses "%s"', async (query) => {
    expect((await ask(`/rules/preview${query}`)).status).toBe(400);
  });
});

describe('POST /rules/test', () => {
  it('is what dpi rules test prints', async () => {
    const answer = await post('/rules/test', {
      block_app: 'DISCORD',
      fail_on: 'escaped:TIKTOK',
      stored_rules: 'false',
    });
    expect(answer.status).toBe(200);
    const args = ['--json', '--no-stored-rules', '--block-app', 'DISCORD', NAME];
    const { findings, ...rest } = (await answer.json()) as Record<string, unknown>;
    const { findings: _, ...expected } = JSON.parse(await printed('rules', 'test', ...args));
    expect(rest).toEqual(expected);
  });

  it.each([
    [{ stored_rules: 'false' }, 'no-rules'],
    [{ fail_on: 'blocked' }, 'bad-condition'],
    [{ fail_one: 'x' }, 'bad-query'],
  ])('refuses %j', async (query, code) => {
    const answer = await post('/rules/test', query as Record<string, string>);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([400, code]);
  });
});

describe('POST /explain', () => {
  it.each([
    ['17', {}, []],
    ['DISCORD', { top: '2' }, ['--top', '2']],
    ['#86', {}, []],
    ['DISCORD', { proto: 'quic' }, ['--proto', 'quic']],
  ])('%s %j is what dpi analyze --explain prints', async (what, query, args) => {
    const answer = await post('/explain', { what, ...query } as Record<string, string>);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe(
      await printed('analyze', '--explain', what, '--json', ...rules, ...(args as string[]), NAME),
    );
  });

  it.each([{}, { what: '' }, { what: '10.0.0.0/99' }])('refuses %j', async (query) => {
    expect((await post('/explain', query as Record<string, string>)).status).toBe(400);
  });
});

describe('selections of POST /analyze', () => {
  it.each([
    [{ app: 'YOUTUBE,DISCORD', proto: 'quic' }, ['--app', 'YOUTUBE,DISCORD', '--proto', 'quic']],
    [{ since: '1s', until: '3s' }, ['--since', '1s', '--until', '3s']],
    [{ where: "bytes > 10k and label == 'YOUTUBE'" }, ['--where', "bytes > 10k and label == 'YOUTUBE'"]],
  ])('%j', async (query, args) => {
    const answer = await post('/analyze', query as unknown as Record<string, string>);
    expect(await answer.text()).toBe(await printed('analyze', '--json', ...rules, ...args, NAME));
  });

  it.each([
    [{ app: 'YOTUBE' }, "app: 'YOTUBE' is not a known app; did you mean YOUTUBE"],
    [{ proto: 'quik' }, 'did you mean quic?'],
    [{ where: 'bytes >> 3' }, 'where, column 8'],
    [{ since: 'soon' }, 'since'],
  ])('%j is refused before the upload is read', async (query, detail) => {
    const answer = await post('/analyze', query as unknown as Record<string, string>);
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { detail: string }).detail).toContain(detail);
  });
});
