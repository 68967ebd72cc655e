import { afterEach, describe, expect, it } from 'vitest';
import { TOKEN, testServer } from './services.js';

let close: (() => Promise<unknown>) | null = null;
afterEach(async () => {
  await close?.();
  close = null;
});

function server(...args: Parameters<typeof testServer>) {
  const made = testServer(...args);
  close = () => made.app.close();
  return made;
}

describe('problem documents', () => {
  it('answers an unknown path with one', async () => {
    const { app } = server();
    const answer = await app.inject('/nothing/here?token=secret');
    expect(answer.statusCode).toBe(404);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json()).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'no such path; see /docs for all routes',
      instance: '/nothing/here',
      code: 'not-found',
    });
  });

  it('names the methods that a path has', async () => {
    const answer = await server().app.inject({ method: 'DELETE', url: '/health' });
    expect(answer.statusCode).toBe(405);
    expect(answer.headers.allow).toBe('GET, HEAD');
  });

  it.each(['/%zz', '/%ff', '/health%00', '/..%2fhealth', '//health', '/health/'])(
    'survives the path %s',
    async (url) => {
      const answer = await server().app.inject(url);
      expect([400, 404]).toContain(answer.statusCode);
      expect(answer.headers['content-type']).toContain('application/problem+json');
    },
  );

  it('tells nothing of the inside when something unforeseen fails, but logs it', async () => {
    const { app, lines } = server();
    app.get('/fails', async () => {
      throw new Error('the secret is 42\u001b[31m');
    });
    const answer = await app.inject('/fails');
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('secret');
    expect(lines.join('\n')).toContain('internal error: the secret is 42\\x1b[31m');
  });
});

describe('the token', () => {
  it('opens every route but /health, which is open anyway', async () => {
    const { app } = server({ token: TOKEN });
    app.get('/private', async () => 'ok');
    const ask = async (url: string, authorization?: string) =>
      (await app.inject({ url, headers: authorization === undefined ? {} : { authorization } })).statusCode;
    expect(await ask('/health')).toBe(200);
    expect(await ask('/private')).toBe(401);
    expect(await ask('/unknown')).toBe(401);
    expect(await ask('/private', `Bearer ${TOKEN}`)).toBe(200);
    expect(await ask('/private', `bearer ${TOKEN}`)).toBe(200);
    expect(await ask('/private', TOKEN)).toBe(401);
    expect(await ask('/private', `Bearer ${TOKEN.slice(1)}`)).toBe(401);
    expect(await ask('/private', `Bearer ${TOKEN}x`)).toBe(401);
    expect(await ask('/private', 'Bearer ')).toBe(401);
    expect(await ask(`/private?access_token=${TOKEN}`)).toBe(401);
  });

  it('is asked for as RFC 6750 says', async () => {
    const { app } = server({ token: TOKEN });
    expect((await app.inject('/x')).headers['www-authenticate']).toBe('Bearer realm="dpi"');
    const wrong = await app.inject({ url: '/x', headers: { authorization: 'Bearer wrong' } });
    expect(wrong.headers['www-authenticate']).toBe('Bearer realm="dpi", error="invalid_token"');
  });
});

describe('a server without a token', () => {
  it('answers to names of this machine alone, so that no web page reaches it by a name of its own', async () => {
    const { app } = server();
    const ask = async (host: string) => (await app.inject({ url: '/health', headers: { host } })).statusCode;
    for (const host of [
      'localhost',
      'localhost:8000',
      '127.0.0.1:80',
      '127.9.9.9',
      '[::1]:8000',
      '[::ffff:127.0.0.1]',
    ]) {
      expect([host, await ask(host)]).toEqual([host, 200]);
    }
    for (const host of ['evil.example', 'localhost.evil.example', '192.0.2.1', '[2001:db8::1]:80']) {
      expect([host, await ask(host)]).toEqual([host, 421]);
    }
  });

  it('refuses requests of web pages from elsewhere', async () => {
    const { app } = server();
    const ask = async (origin: string) => (await app.inject({ url: '/health', headers: { origin } })).statusCode;
    expect(await ask('http://localhost:8000')).toBe(200);
    expect(await ask('https://evil.example')).toBe(403);
    expect(await ask('null')).toBe(403);
  });
});

describe('the log', () => {
  it('has a line for each request, without query, headers or terminal codes', async () => {
    const { app, lines } = server({ token: TOKEN });
    await app.inject({ url: '/a%1b%5b31m\u009b?token=secret', headers: { authorization: `Bearer ${TOKEN}` } });
    await app.inject('/%zz?secret');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z 127\.0\.0\.1 GET \/a%1b%5b31m\S* 404 \d+ ms$/);
    expect(lines[1]).toMatch(/ GET \/%zz 400 \d+ ms$/);
    expect(lines.join()).not.toMatch(/secret|0123456789abcdef|[\u0000-\u001f\u007f-\u009f]/);
  });
});
