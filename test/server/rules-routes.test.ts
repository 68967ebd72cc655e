import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePort, redisBinary, startRedis, type TestRedis } from '../adapters/stores/redis-server.js';
import { ensureBuilt, runDpi } from '../support/run-cli.js';
import { type ServeProcess, startServe } from './serve-process.js';

const hasRedis = redisBinary() !== null;
const folder = mkdtempSync(join(tmpdir(), 'dpi-serve-'));
let redis: TestRedis;
let names = 0;

beforeAll(async () => {
  await ensureBuilt();
  if (hasRedis) redis = await startRedis();
});
afterAll(async () => {
  if (hasRedis) await redis.stop();
  rmSync(folder, { recursive: true, force: true });
});

const STORES: [kind: string, runs: boolean, args: () => string[]][] = [
  ['JSON', true, () => ['--rules-file', join(folder, `${++names}.json`)]],
  ['Redis', hasRedis, () => ['--redis', redis.url, '--redis-prefix', `serve-${process.pid}-${++names}:`]],
];

/** The path as it stands: fetch would resolve its dots and encode what is not allowed. */
async function rawStatus(url: string, method: string, path: string): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path }, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode!, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

for (const [kind, runs, storeArgs] of STORES) {
  describe.runIf(runs)(`rules over HTTP in ${kind}`, () => {
    let args: string[];
    let server: ServeProcess;
    beforeEach(async () => {
      args = storeArgs();
      server = await startServe(args);
    });
    afterEach(() => server.stop());

    it('adds, shows, lists and removes, and `dpi rules` sees it', async () => {
      const added = await server.ask('POST', '/rules/app/youtube');
      expect(added.status).toBe(201);
      expect(added.headers.get('location')).toBe('/rules/app/YOUTUBE');
      expect(added.json).toMatchObject({
        schema_version: 1,
        version: 1,
        outcome: 'added',
        rule: { id: 'app:YOUTUBE', type: 'app', value: 'YOUTUBE', action: 'block', comment: null, expires: null },
        warnings: [],
      });
      const again = await server.ask('POST', '/rules/app/YOUTUBE');
      expect([again.status, again.json.outcome, again.json.rule]).toEqual([200, 'unchanged', added.json.rule]);
      const allowed = await server.ask('POST', '/rules/app/YOUTUBE', {
        action: 'allow',
        comment: 'class',
        expires: '2h',
      });
      expect([allowed.status, allowed.json.outcome, allowed.json.rule.comment]).toEqual([200, 'replaced', 'class']);

      const listed = JSON.parse((await runDpi(['rules', 'list', '--json', ...args])).stdout as string);
      const shown = await server.ask('GET', '/rules');
      expect(shown.json.rules).toEqual(listed.rules);
      expect(shown.json).toMatchObject({ version: 2, total: 1, next_cursor: null, store: listed.store });
      expect((await server.ask('GET', '/rules/app')).json.rules).toEqual(listed.rules);
      expect((await server.ask('GET', '/rules/ip')).json.rules).toEqual([]);
      expect((await server.ask('GET', '/rules/app/YouTube')).json.rule).toEqual(listed.rules[0]);

      const kept = await server.ask('DELETE', '/rules/app/YOUTUBE?action=block');
      expect([kept.status, kept.json.detail]).toEqual([404, 'there is no block rule app:YOUTUBE']);
      const removed = await server.ask('DELETE', '/rules/app/YOUTUBE?action=allow');
      expect([removed.status, removed.json.removed, removed.json.version]).toEqual([200, 'app:YOUTUBE', 3]);
      const missing = await server.ask('DELETE', '/rules/app/YOUTUBE');
      expect(missing.status).toBe(404);
      expect(missing.headers.get('content-type')).toContain('application/problem+json');
      expect(missing.json).toMatchObject({ code: 'no-such-rule', detail: 'there is no rule app:YOUTUBE' });
      expect((await server.ask('GET', '/rules/app/YOUTUBE')).status).toBe(404);
    });

    it('takes rules by category and protocol', async () => {
      for (const path of ['/rules/category/gambling', '/rules/proto/ssh', '/rules/proto/tacacs%2B']) {
        expect((await server.ask('POST', path)).status).toBe(201);
      }
      const { json } = await server.ask('GET', '/rules');
      expect(json.rules.map(({ id }: { id: string }) => id)).toEqual([
        'category:gambling',
        'proto:ssh',
        'proto:tacacs+',
      ]);
      expect((await server.ask('GET', '/rules/proto')).json.rules).toHaveLength(2);
      expect((await server.ask('POST', '/rules/proto/shh')).json.code).toBe('unknown-protocol');
      expect((await server.ask('DELETE', '/rules/proto/ssh')).status).toBe(200);
    });

    it('sees what others changed in the store', async () => {
      await runDpi(['rules', 'add', 'TIKTOK', 'a.example', ...args]);
      expect((await server.ask('GET', '/rules')).json.total).toBe(2);
      await runDpi(['rules', 'clear', '--yes', ...args]);
      expect((await server.ask('GET', '/rules')).json.total).toBe(0);
    });

    it('takes a prefix with its slash plain or encoded', async () => {
      expect((await server.ask('POST', '/rules/ip/10.0.0.0/8')).status).toBe(201);
      expect((await server.ask('POST', '/rules/ip/10.0.0.0%2F8')).status).toBe(200);
      expect((await server.ask('POST', '/rules/port/udp/443')).json.rule.id).toBe('port:udp/443');
      expect((await server.ask('GET', '/rules/ip/10.0.0.0%2f8')).json.rule.id).toBe('ip:10.0.0.0/8');
      expect((await server.ask('DELETE', '/rules/ip/10.0.0.0/8')).json.removed).toBe('ip:10.0.0.0/8');
    });

    it('refuses what is no rule with the words of `dpi rules add`, and warns with them', async () => {
      for (const [type, value] of [
        ['app', 'YOUTUB'],
        ['domain', 'exa mple.com'],
        ['port', '70000'],
        ['ip', '10.0.0.300'],
      ] as const) {
        const said = await runDpi(['rules', 'add', '--type', type, value, ...args]);
        const answer = await server.ask('POST', `/rules/${type}/${encodeURIComponent(value)}`);
        expect(answer.status).toBe(400);
        expect(said.stderr).toContain(answer.json.detail);
      }
      const broad = await server.ask('POST', '/rules/ip/0.0.0.0/0');
      expect(broad.json.warnings).toEqual(['ip:0.0.0.0/0 matches every IPv4 address']);
      const expired = await server.ask('POST', '/rules/app/ZOOM', { expires: '2001-01-01' });
      expect([expired.status, expired.json.code]).toEqual([400, 'past-expiry']);
    });

    it('refuses tricks in paths and bodies, and changes nothing', async () => {
      const paths = [
        '/rules/domain/..',
        '/rules/domain/../../etc/passwd',
        '/rules/domain/%2e%2e',
        '/rules/domain/%2e%2e%2f%2e%2e%2fetc%2fpasswd',
        '/rules/domain/%252e%252e',
        '/rules/domain/a%00.example',
        '/rules/domain/a%0a.example',
        '/rules/domain/a%1b[31m.example',
        '/rules/domain/%ff.example',
        '/rules/domain/%e2%80.example',
        '/rules/domain/%zz',
        '/rules/domain/%',
        '/rules/domain/',
        '/rules/domain//',
        '/rules/app/__proto__',
        '/rules/app/constructor',
        '/rules/ip/10.0.0.0/8/9',
        '/rules/ip/10.0.0.0/99',
        `/rules/domain/${'a'.repeat(254)}`,
        `/rules/domain/${'a.'.repeat(2000)}example`,
        `/rules/ip/${'1'.repeat(3000)}/8`,
        '/rules/__proto__/x',
        '/rules/../rules/domain/a.example',
        '/rules/domain',
      ];
      for (const path of paths) {
        for (const method of ['POST', 'DELETE']) {
          const { status, body } = await rawStatus(server.url, method, path);
          expect([400, 404, 405, 414], `${method} ${path.slice(0, 80)} ${body.slice(0, 200)}`).toContain(status);
          expect(JSON.parse(body).status).toBe(status);
        }
      }
      const bodies: [body: unknown, status: number][] = [
        [{ acton: 'allow' }, 400],
        [{ action: 'deny' }, 400],
        [{ comment: { a: 1 } }, 400],
        [{ expires: 'soon' }, 400],
        [[], 400],
        ['block', 400],
        [{ comment: 'x'.repeat(1001) }, 400],
        [{ comment: 'x'.repeat(2_000_000) }, 413],
      ];
      for (const [body, status] of bodies) {
        expect((await server.ask('POST', '/rules/domain/a.example', body)).status).toBe(status);
      }
      const unknown = await server.ask('POST', '/rules/domain/a.example', { acton: 'allow' });
      expect(unknown.json.detail).toBe("the body has no key 'acton'");
      expect((await server.ask('GET', '/rules')).json).toMatchObject({ version: 0, total: 0 });
    });

    it('lists page by page, each rule once', async () => {
      const values = Array.from({ length: 25 }, (_, i) => `n${i}.example`);
      await runDpi(['rules', 'add', ...values, '10.0.0.0/8', 'TIKTOK', '443', ...args]);
      const all = (await server.ask('GET', '/rules')).json;
      const ids: string[] = [];
      let cursor: string | null = null;
      do {
        const query: string = cursor === null ? '' : `&cursor=${cursor}`;
        const page = (await server.ask('GET', `/rules?limit=7${query}`)).json;
        expect(page.total).toBe(28);
        ids.push(...page.rules.map(({ id }: { id: string }) => id));
        cursor = page.next_cursor;
      } while (cursor !== null);
      expect(ids).toEqual(all.rules.map(({ id }: { id: string }) => id));
      expect(ids).toHaveLength(28);
      for (const query of ['limit=0', 'limit=10001', 'limit=x', 'cursor=%00', 'cursor=abc', 'page=2']) {
        expect((await server.ask('GET', `/rules?${query}`)).status, query).toBe(400);
      }
    });

    it('ends when told to', async () => {
      await server.ask('GET', '/rules');
      const ended = new Promise((resolve) => server.process.once('exit', resolve));
      server.process.kill('SIGTERM');
      expect(await ended).toBe(0);
      expect(server.stderr()).not.toContain('cut off');
    });

    it('loses none of a hundred changes at once', async () => {
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, i) => server.ask('POST', `/rules/domain/n${i}.example`)),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
      expect(new Set(answers.map(({ json }) => json.version)).size).toBe(100);
      expect((await server.ask('GET', '/rules')).json).toMatchObject({ total: 100, version: 100 });
    });
  });
}

describe('a store that fails', () => {
  let server: ServeProcess | null = null;
  afterEach(async () => server?.stop());

  it.runIf(hasRedis)('answers each of many changes at once when one deadline has passed', async () => {
    const own = await startRedis([], await freePort());
    server = await startServe(['--redis', own.url]);
    expect((await server.ask('POST', '/rules/app/TIKTOK')).status).toBe(201);
    await own.stop();
    const refused = await server.ask('POST', '/rules/app/ZOOM');
    expect(refused.status).toBe(503);
    expect(refused.json).toMatchObject({ code: 'redis-unavailable', title: 'Service Unavailable' });
    expect(refused.json.detail).toMatch(
      /Redis at .* (refuses connections|closed the connection).*; nothing was changed$/,
    );
    expect((await server.ask('GET', '/rules')).status).toBe(503);

    // In its place a server that accepts and says nothing.
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(own.port, '127.0.0.1', resolve));
    const late = await Promise.all(
      Array.from({ length: 20 }, (_, i) => server!.ask('POST', `/rules/domain/n${i}.example`)),
    );
    // Within the deadline of one attempt, which all of them share.
    for (const { status, json } of late)
      expect([status, json.detail]).toEqual([503, expect.stringMatching(/did not answer within 1(\.\d)? seconds/)]);
    expect(sockets.length).toBeLessThan(late.length);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));

    const back = await startRedis([], own.port);
    expect((await server.ask('POST', '/rules/app/ZOOM')).status).toBe(201);
    await back.stop();
  });

  it.runIf(hasRedis)('stores a change that it can not put in force, and says so', async () => {
    const prefix = `serve-${process.pid}-${++names}:`;
    server = await startServe(['--redis', redis.url, '--redis-prefix', prefix]);
    const client = new Redis(redis.url);
    await client.hset(`${prefix}rules:domain`, 'a.example', '{"action":');
    for (const [method, path] of [
      ['POST', '/rules/app/TIKTOK'],
      ['POST', '/rules/port/443'],
      ['DELETE', '/rules/app/TIKTOK'],
    ] as const) {
      const { status, json } = await server.ask(method, path);
      expect([status, json.code]).toEqual([503, 'stored-not-in-force']);
      expect(json.detail).toMatch(
        /^the change is stored as version \d+, but not in force here: .*a\.example.* is damaged/,
      );
    }
    await client.hdel(`${prefix}rules:domain`, 'a.example');
    expect((await server.ask('POST', '/rules/app/YOUTUBE')).status).toBe(201);
    expect((await server.ask('GET', '/rules')).json.rules.map(({ id }: { id: string }) => id).sort()).toEqual([
      'app:YOUTUBE',
      'port:443',
    ]);
    client.disconnect();
  });

  it('leaves a damaged file as it is', async () => {
    const path = join(folder, 'damaged.json');
    server = await startServe(['--rules-file', path]);
    writeFileSync(path, '{"rules": [');
    const answer = await server.ask('POST', '/rules/app/ZOOM');
    expect([answer.status, answer.json.code]).toEqual([503, 'bad-rules-document']);
    expect(answer.json.detail).toContain(path);
    expect(readFileSync(path, 'utf8')).toBe('{"rules": [');
  });

  it('is not there at all under --no-stored-rules', async () => {
    server = await startServe(['--no-stored-rules']);
    const answer = await server.ask('POST', '/rules/app/ZOOM');
    expect([answer.status, answer.json.code]).toEqual([409, 'no-stored-rules']);
    expect(existsSync(join(folder, 'rules.json'))).toBe(false);
  });
});
