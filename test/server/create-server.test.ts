import { afterEach, describe, expect, it } from 'vitest';
import { RawConnection } from './raw-request.js';
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
      detail: 'no such path; / is a page for browsers, /docs lists all routes',
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
    const ask = async (origin: string, host = 'localhost:8000') =>
      (await app.inject({ url: '/health', headers: { origin, host } })).statusCode;
    expect(await ask('http://localhost:8000')).toBe(200);
    expect(await ask('http://LocalHost:8000')).toBe(200);
    expect(await ask('http://127.0.0.1', '127.0.0.1:80')).toBe(200);
    expect(await ask('https://evil.example')).toBe(403);
    expect(await ask('null')).toBe(403);
  });

  it('refuses those of other servers on this machine', async () => {
    const { app } = server();
    const ask = async (origin: string) => {
      const headers = { origin, host: '127.0.0.1:8000' };
      return (await app.inject({ method: 'POST', url: '/rules/app/YOUTUBE', headers })).statusCode;
    };
    for (const origin of [
      'http://127.0.0.1:9999',
      'http://x.localhost',
      'http://localhost:8000',
      'https://127.0.0.1:8000',
      'http://127.0.0.1',
    ]) {
      expect([origin, await ask(origin)]).toEqual([origin, 403]);
    }
    // Without a store: past the check.
    expect(await ask('http://127.0.0.1:8000')).toBe(409);
  });
});

describe('requests that Node refuses on its own', () => {
  it.each<[what: string, head: string, status: number, code: string]>([
    ['no Host', 'GET /health HTTP/1.1\r\n', 400, 'missing-host'],
    ['another expectation', 'GET /health HTTP/1.1\r\nHost: localhost\r\nExpect: tea\r\n', 417, 'expectation-failed'],
  ])('get a problem document: %s', async (_what, head, status, code) => {
    const { app, lines } = server();
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    const connection = new RawConnection(url);
    connection.send(`${head}Connection: close\r\n\r\n`);
    const answer = await connection.ended();
    expect(answer).toContain(`HTTP/1.1 ${status} `);
    expect(answer).toContain('application/problem+json');
    expect(answer).toContain(`"code":"${code}"`);
    expect(lines.join()).toContain(` GET /health ${status} `);
  });

  it('takes HTTP/1.0 without a Host', async () => {
    const { app } = server();
    const connection = new RawConnection(await app.listen({ port: 0, host: '127.0.0.1' }));
    connection.send('GET /health HTTP/1.0\r\n\r\n');
    expect(await connection.ended()).toContain('HTTP/1.1 200');
  });

  it('says 404 for a file that a folder does not have, not that GET is not allowed', async () => {
    const { app } = server();
    for (const url of ['/docs/static/..%2f', '/docs/static/nothing.js']) {
      const answer = await app.inject(url);
      expect([url, answer.statusCode, answer.json().code]).toEqual([url, 404, 'not-found']);
    }
    expect((await app.inject({ method: 'PUT', url: '/health' })).statusCode).toBe(405);
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
