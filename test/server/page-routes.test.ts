/** The page at `/` and the session of browsers, as the server sends them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt, runDpi } from '../support/run-cli.js';
import { type ServeProcess, startServe } from './serve-process.js';

const TOKEN = 'a-token-of-the-tests-0123456789';
const DEMO = resolve(import.meta.dirname, '../../samples/demo.pcap');
const folder = mkdtempSync(join(tmpdir(), 'dpi-page-routes-'));
let open: ServeProcess;
let closed: ServeProcess;

beforeAll(async () => {
  await ensureBuilt();
  writeFileSync(join(folder, 'token'), TOKEN, { mode: 0o600 });
  open = await startServe(['--no-stored-rules']);
  closed = await startServe(['--no-stored-rules', '--token-file', join(folder, 'token')]);
});
afterAll(async () => {
  await Promise.all([open?.stop(), closed?.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

describe('GET /', () => {
  it('is a page with a strict policy, without a token', async () => {
    for (const { url } of [open, closed]) {
      const response = await fetch(`${url}/`);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
      const policy = response.headers.get('content-security-policy')!;
      expect(policy).toMatch(/^default-src 'none'; script-src 'sha256-\S+'; style-src 'sha256-\S+'; /);
      expect(policy).toContain("connect-src 'self'; frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|upgrade/);
      const html = await response.text();
      expect(html).not.toContain('http-equiv');
      expect(html.match(/<script/g)).toHaveLength(1);
    }
  });

  it('is named where people look', () => {
    expect(open.stderr()).toContain(`page for browsers at ${open.url}/,`);
  });
});

describe('POST /analyze?format=html', () => {
  const analyze = (query: string) =>
    fetch(`${open.url}/analyze?${query}`, { method: 'POST', body: readFileSync(DEMO) });

  it('returns what dpi analyze --html writes', async () => {
    const response = await analyze(`format=html&name=${encodeURIComponent(DEMO)}`);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const { stdout } = await runDpi(['analyze', '--html', '--no-stored-rules', DEMO]);
    expect(await response.text()).toBe(stdout);
  });

  it('replaces addresses on request, and says where that does not work', async () => {
    const redacted = await (await analyze('format=html&redact=true')).text();
    const plain = await (await analyze('format=html')).text();
    expect(redacted).not.toBe(plain);
    expect((await analyze('format=json&redact=true')).status).toBe(400);
  });
});

describe('the session', () => {
  const signIn = (token: string, headers: Record<string, string> = {}) =>
    fetch(`${closed.url}/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ token }),
    });
  const stats = (headers: Record<string, string>) => fetch(`${closed.url}/stats`, { headers });

  it('begins with the token, and ends', async () => {
    const right = await signIn(TOKEN);
    expect(right.status).toBe(204);
    const [cookie, ...attributes] = right.headers.get('set-cookie')!.split('; ');
    expect(attributes).toEqual(['Path=/', 'HttpOnly', 'SameSite=Strict']);
    expect((await stats({ cookie: cookie! })).status).toBe(200);
    expect((await stats({ cookie: `other=1; ${cookie}` })).status).toBe(200);
    const session = await fetch(`${closed.url}/session`, { headers: { cookie: cookie! } });
    expect(await session.json()).toEqual({ needs_token: true, is_open: true, has_rules: false });
    const ended = await fetch(`${closed.url}/session`, { method: 'DELETE' });
    expect(ended.headers.get('set-cookie')).toMatch(/^dpi-session=; Max-Age=0/);
  });

  it('takes no wrong token and no wrong cookie', async () => {
    const wrong = await signIn('another-token-that-is-wrong');
    expect(wrong.status).toBe(401);
    expect(wrong.headers.get('set-cookie')).toBeNull();
    for (const cookie of ['dpi-session=', 'dpi-session=0', 'dpi-session', `dpi-session=${TOKEN}`, '=', ';;']) {
      expect((await stats({ cookie })).status).toBe(401);
    }
  });

  it('is refused to pages of other sites and ports', async () => {
    const cookie = (await signIn(TOKEN)).headers.get('set-cookie')!.split(';')[0]!;
    const statuses = await Promise.all(
      [
        { origin: 'http://evil.example' },
        { origin: 'http://127.0.0.1:1' },
        { origin: 'null' },
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
        { origin: closed.url },
        { origin: closed.url, 'sec-fetch-site': 'same-origin' },
      ].map(async (headers) => (await stats({ cookie, ...(headers as Record<string, string>) })).status),
    );
    expect(statuses).toEqual([403, 403, 403, 403, 403, 200, 200]);
  });

  it('is none where no token is needed', async () => {
    expect(await (await fetch(`${open.url}/session`)).json()).toEqual({
      needs_token: false,
      is_open: true,
      has_rules: false,
    });
  });

  it('needs JSON, which other sites cannot send', async () => {
    const response = await fetch(`${closed.url}/session`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: JSON.stringify({ token: TOKEN }),
    });
    expect(response.status).toBe(400);
    expect(response.headers.get('set-cookie')).toBeNull();
  });
});
