import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadStoredRules } from '../../../src/adapters/stores/open-rule-store.js';
import { RedisRuleStore } from '../../../src/adapters/stores/redis-rule-store.js';
import { parseRedisUrl } from '../../../src/adapters/stores/redis-url.js';
import { RuleMemory } from '../../../src/adapters/stores/rule-memory.js';
import { countRules, rulesOfGroups } from '../../../src/core/policy/rule.js';
import { MANY_RULES, type RuleBook } from '../../../src/rules/rule-book.js';
import { StoreUnavailable } from '../../../src/rules/rule-store.js';
import { bundledScript } from '../../support/bundled-script.js';
import { until } from '../../support/until.js';
import { freePort, redisBinary, startRedis, type TestRedis } from './redis-server.js';
import { ruleStoreSuite, rules } from './rule-store-suite.js';

const hasServer = redisBinary() !== null;
const available = hasServer || process.env.DPI_TEST_REDIS_URL !== undefined;
const run = `dpi-test-${process.pid}-${Date.now()}`;
let server: TestRedis;
let prefixes = 0;
const newPrefix = (): string => `${run}:${++prefixes}:`;

beforeAll(async () => {
  if (available) server = await startRedis();
});
afterAll(async () => {
  if (!available) return;
  const redis = new Redis(server.url);
  const keys = await redis.keys(`${run}:*`);
  if (keys.length > 0) await redis.del(...keys);
  redis.disconnect();
  await server.stop();
});

ruleStoreSuite('Redis', {
  available,
  create: async () => ['redis', server.url, newPrefix()],
  open: ([, location, prefix]) => new RedisRuleStore(location, prefix),
});

describe('parseRedisUrl', () => {
  it.each([
    ['redis://localhost', 'redis://localhost:6379'],
    ['redis://user:p%40ss@redis.example:7000/3', 'redis://redis.example:7000/3'],
    ['rediss://:secret@[::1]/', 'rediss://[::1]:6379'],
    ['unix:///run/redis.sock?db=2', 'unix:///run/redis.sock?db=2'],
  ])('%s is shown as %s', (url, text) => {
    expect(parseRedisUrl(url).text).toBe(text);
  });

  it('reads user, password, database and host', () => {
    const address = parseRedisUrl('rediss://user:p%40ss@[2001:db8::1]:7000/3');
    expect(address).toMatchObject({
      host: '2001:db8::1',
      port: 7000,
      tls: true,
      database: 3,
      username: 'user',
      password: 'p@ss',
    });
  });

  it.each([
    '',
    'localhost:6379',
    'http://:secret@host',
    'redis://:secret@host/x',
    'redis://',
    'unix://',
    'redis://:se%cret@host',
  ])('refuses %s without repeating a password', (url) => {
    expect(() => parseRedisUrl(url)).toThrow('the Redis URL is no good');
    expect(() => parseRedisUrl(url)).not.toThrow('secret');
  });
});

describe('a Redis that cannot be used', () => {
  const servers: Server[] = [];
  const sockets: Socket[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const one of servers.splice(0)) one.close();
  });

  async function answering(answer: (socket: Socket) => void): Promise<string> {
    const port = await freePort();
    const fake = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      answer(socket);
    });
    servers.push(fake);
    await new Promise<void>((resolve) => fake.listen(port, '127.0.0.1', resolve));
    return `redis://127.0.0.1:${port}`;
  }

  async function failure(url: string): Promise<{ message: string; error: unknown }> {
    const store = new RedisRuleStore(url);
    const error = await store.add([rules('app', ['TIKTOK'])]).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    await store.close();
    return { message: (error as Error).message, error };
  }

  it.each([
    [
      'refuses',
      async () => `redis://127.0.0.1:${await freePort()}`,
      /refuses connections \(is it running\?\); nothing was changed$/,
    ],
    ['refuses on localhost', async () => `redis://localhost:${await freePort()}`, /refuses connections/],
    ['has no name', async () => 'redis://no-such-host.invalid', /is unknown: the/],
    ['has no socket', async () => 'unix:///nowhere/redis.sock', /is not there: no such socket/],
    ['is silent', () => answering(() => {}), /did not answer within 1\.2 seconds; nothing was changed$/],
    ['hangs up', () => answering((socket) => socket.destroy()), /closed the connection/],
    ['speaks HTTP', () => answering((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')), /is no Redis/],
    ['speaks SSH', () => answering((socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n')), /is no Redis/],
    [
      'does not speak TLS',
      async () => (await answering((socket) => socket.write('nope\r\n'))).replace('redis:', 'rediss:'),
      /does not speak TLS/,
    ],
  ])('%s', async (_name, url, expected) => {
    const { message, error } = await failure(await url());
    expect(message).toMatch(/^Redis at (redis|rediss|unix):/);
    expect(message).toMatch(expected);
    expect(error).toBeInstanceOf(StoreUnavailable);
  });

  it.runIf(hasServer)('wants another password, or none, or has no such database', async () => {
    const locked = await startRedis(['--requirepass', 'right']);
    try {
      const good = `redis://:right@127.0.0.1:${locked.port}`;
      expect((await failure(locked.url)).message).toContain('wants a password');
      expect((await failure(good.replace('right', 'wrong'))).message).toContain('refused the password');
      expect((await failure(good.replace('right', 'wrong'))).message).not.toContain('wrong');
      expect((await failure(`${good}/99`)).message).toContain('has no database 99');
      const store = new RedisRuleStore(good);
      expect((await store.add([rules('app', ['TIKTOK'])])).version).toBe(1);
      expect(store.describe()).not.toContain('right');
      await store.close();
    } finally {
      await locked.stop();
    }
  });

  it.runIf(hasServer)('stops answering between two changes', async () => {
    const own = await startRedis(['--databases', '2']);
    const store = new RedisRuleStore(own.url);
    await store.add([rules('app', ['TIKTOK'])]);
    own.process!.kill('SIGSTOP');
    await expect(store.add([rules('app', ['NETFLIX'])])).rejects.toThrow(/did not answer within 1(\.\d)? seconds/);
    own.process!.kill('SIGCONT');
    await expect.poll(async () => countRules((await store.load()).groups), { timeout: 5000 }).toBe(1);
    await own.stop();
    await expect(store.load()).rejects.toThrow(/refuses connections|closed the connection/);
    await store.close();
  });
});

describe.runIf(available)('reading many rules', () => {
  it('sees them as they were at one moment, though others change them meanwhile', async () => {
    const prefix = newPrefix();
    const store = new RedisRuleStore(server.url, prefix);
    const other = new RedisRuleStore(server.url, prefix);
    const batch = (n: number) => Array.from({ length: 15_000 }, (_, i) => `n${i}.b${n}.example`);
    await store.add([rules('domain', [...batch(0), ...batch(1)])]);
    let done = false;
    // Each change adds as many as it takes away: any mixture of two moments has another count.
    const changing = (async () => {
      for (let n = 2; !done; n++) {
        await other.add([rules('domain', batch(n))]);
        await other.remove([{ type: 'domain', values: batch(n - 1) }]);
      }
    })();
    try {
      for (let round = 0; round < 4; round++) {
        const { groups } = await store.load();
        const values = groups.flatMap((group) => [...group.values]);
        expect(new Set(values).size).toBe(values.length);
        expect(values.length % 15_000).toBe(0);
      }
    } finally {
      done = true;
      await changing;
    }
    expect(countRules((await store.load()).groups)).toBe(30_000);
    await Promise.all([store.close(), other.close()]);
  }, 60_000);
});

describe.runIf(hasServer)('a change that is interrupted', () => {
  it('is not half applied when the importer is killed', async () => {
    const prefix = newPrefix();
    const script = await bundledScript(new URL('./rule-importer.ts', import.meta.url));
    const store = new RedisRuleStore(server.url, prefix);
    for (let round = 0; round < 5; round++) {
      const child = spawn(process.execPath, [script, server.url, prefix, '300000'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await new Promise((resolve) => child.stdout.once('data', resolve));
      await new Promise((resolve) => setTimeout(resolve, 40 + 60 * round));
      child.kill('SIGKILL');
      await ended;
      expect([0, 300_000]).toContain(countRules((await store.load()).groups));
      await store.clear();
    }
    await store.close();
    rmSync(dirname(script), { recursive: true });
  });

  it('is not half applied when Redis is killed', async () => {
    const own = await startRedis(['--databases', '3']);
    const store = new RedisRuleStore(own.url);
    const values = Array.from({ length: 200_000 }, (_, i) => `n${i}.example`);
    const change = store.add([rules('domain', values)], {
      onProgress: (done) => done > 100_000 && own.process!.kill('SIGKILL'),
    });
    await expect(change).rejects.toThrow(
      /Redis at .* (closed the connection|refuses connections).*; nothing was changed$/,
    );
    await store.close();
    await own.stop();
  });
});

describe.runIf(hasServer)('watching a Redis', () => {
  it('notices other rules under the same version after a restart', async () => {
    const first = await startRedis([], await freePort());
    const store = new RedisRuleStore(first.url);
    await store.add([rules('app', ['TIKTOK'])]);
    const seen: string[] = [];
    const errors: string[] = [];
    const stop = await store.watch(
      ({ version, groups }) => seen.push(`${version} ${groups.flatMap(({ values }) => [...values]).join()}`),
      (error) => errors.push(error.message),
    );
    await first.stop();
    const second = await startRedis([], first.port);
    await store.add([rules('app', ['ZOOM'])]);
    await expect.poll(() => seen.at(-1), { timeout: 10_000 }).toBe('1 ZOOM');
    expect(errors).not.toEqual([]);
    await store.add([rules('app', ['SPOTIFY'])]);
    await expect.poll(() => seen.at(-1)?.startsWith('2 '), { timeout: 10_000 }).toBe(true);
    await stop();
    await store.close();
    await second.stop();
  });
});

describe.runIf(available)('many rules', () => {
  it('are followed change by change, and read anew where a step is missing', async () => {
    const values = Array.from({ length: MANY_RULES + 10 }, (_, i) => `h${i}.example`);
    const prefix = newPrefix();
    const writer = new RedisRuleStore(server.url, prefix);
    await writer.add([rules('domain', values)]);
    const reader = new RedisRuleStore(server.url, prefix, new RuleMemory());
    const read = async () => (await reader.load()) as RuleBook;
    const first = await read();
    await writer.add([rules('domain', ['a.test'])]);
    await writer.remove([{ type: 'domain', values: ['a.test', 'h1.example'] }]);
    const second = await read();
    expect([second.version, second.length, second.since(first)?.length]).toEqual([3, MANY_RULES + 9, 2]);
    expect(await read()).toBe(second);
    // A change that is too large for the list of changes.
    await writer.add([
      rules(
        'domain',
        Array.from({ length: 2000 }, (_, i) => `=h${i}.example`),
      ),
    ]);
    await writer.add([rules('domain', ['b.test'])]);
    const third = await read();
    expect([third.version, third.length, third.since(second)]).toEqual([5, MANY_RULES + 2010, null]);
    await Promise.all([writer.close(), reader.close()]);
  });
});

describe.runIf(available)('damaged content', () => {
  it.each([
    ['a.example', '{"action":', 'its content is no JSON'],
    ['a.example', 'null', 'its action is neither'],
    ['a.example', '{"action":"drop"}', 'its action is neither'],
    ['a.example', '{"action":"block","expires":"soon"}', 'is not ISO 8601'],
    ['A.example', '{"action":"block"}', 'the field is not a domain'],
  ])('%s %s is reported with its key', async (field, content, part) => {
    const prefix = newPrefix();
    const redis = new Redis(server.url);
    await redis.hset(`${prefix}rules:domain`, field, content);
    const store = new RedisRuleStore(server.url, prefix);
    await expect(store.load()).rejects.toThrow(part);
    await expect(store.load()).rejects.toThrow(`${prefix}rules:domain`);
    redis.disconnect();
    await store.close();
  });

  it('of a newer version or another type is left alone', async () => {
    const prefix = newPrefix();
    const redis = new Redis(server.url);
    await redis.set(`${prefix}schema_version`, '2');
    const store = new RedisRuleStore(server.url, prefix);
    await expect(store.load()).rejects.toThrow('written by a newer dpi');
    await expect(store.add([rules('app', ['TIKTOK'])])).rejects.toThrow('written by a newer dpi');
    await redis.del(`${prefix}schema_version`);
    await redis.set(`${prefix}rules:app`, 'x');
    await expect(store.add([rules('app', ['TIKTOK'])])).rejects.toThrow('something else than rules');
    expect(await redis.get(`${prefix}version`)).toBeNull();
    redis.disconnect();
    await store.close();
  });
});

describe.runIf(hasServer)('loadStoredRules', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dpi-copies-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const NOW = 1_800_000_000_000;

  it('falls back to the last copy of that very Redis, and says how old it is', async () => {
    const own = await startRedis(['--databases', '4']);
    const url = own.url.replace('//', '//:hush@');
    const open = (prefix?: string): RedisRuleStore => new RedisRuleStore(own.url, prefix);
    await expect(loadStoredRules(open(), { nowMs: NOW, copyFolder: join(folder, 'x') })).resolves.toMatchObject({
      copySavedMs: null,
      warnings: [],
    });
    const store = open();
    await store.add([rules('app', ['TIKTOK'])]);
    await store.close();
    const loaded = await loadStoredRules(open(), { nowMs: NOW, copyFolder: folder });
    expect(countRules(loaded.rules.groups)).toBe(1);
    await own.stop();

    const later = await loadStoredRules(open(), { nowMs: NOW + 3 * 3_600_000, copyFolder: folder });
    expect([...rulesOfGroups(later.rules.groups)]).toEqual([...rulesOfGroups(loaded.rules.groups)]);
    expect(later.copySavedMs).toBe(NOW);
    expect(later.warnings).toEqual([
      `Redis at ${own.url} refuses connections (is it running?); going by the copy of its rules that was read 3 hours ago`,
    ]);
    await expect(loadStoredRules(open(), { nowMs: NOW, copyFolder: folder, strict: true })).rejects.toThrow(
      '--strict-rules',
    );
    await expect(loadStoredRules(open('other:'), { nowMs: NOW, copyFolder: folder })).rejects.toThrow(
      'no copy of its rules was kept',
    );
    await expect(
      loadStoredRules(new RedisRuleStore(url), { nowMs: NOW, copyFolder: join(folder, 'empty') }),
    ).rejects.toThrow('no copy');
  });

  it('goes on when no copy can be kept', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const loaded = await loadStoredRules(new RedisRuleStore(server.url, newPrefix()), { nowMs: NOW, copyFolder: file });
    expect(loaded.warnings[0]).toContain('no copy of the rules could be kept');
    expect(statSync(file).size).toBe(0);
  });
});

describe.runIf(hasServer)('watching', () => {
  it('subscribes again when Redis refused to for a while', async () => {
    const own = await startRedis([], await freePort());
    const store = new RedisRuleStore(own.url);
    let version = 0;
    const failures: string[] = [];
    const stop = await store.watch(
      (rules) => {
        version = rules.version;
      },
      (error) => failures.push(error.message),
    );
    const client = new Redis(own.url);
    const subscriptions = async () => ((await client.pubsub('CHANNELS')) as string[]).length;
    await until(async () => (await subscriptions()) === 1, 'the subscription');
    for (let round = 0; round < 2; round++) {
      failures.length = 0;
      await client.config('SET', 'requirepass', 'secret');
      await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await until(() => failures.some((message) => message.includes('NOAUTH')), 'a refusal');
      expect(await subscriptions()).toBe(0);
      await client.config('SET', 'requirepass', '');
      await until(async () => (await subscriptions()) === 1, 'another subscription');
    }
    const { version: added } = await new RedisRuleStore(own.url).add([rules('app', ['TIKTOK'])]);
    await until(() => version === added, 'the change');
    await stop();
    client.disconnect();
    await own.stop();
  });
});
