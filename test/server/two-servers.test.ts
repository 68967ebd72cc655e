import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort, redisBinary, startRedis } from '../adapters/stores/redis-server.js';
import { ensureBuilt } from '../support/run-cli.js';
import { packetEvent } from './packet-events.js';
import { type ServeProcess, startServe } from './serve-process.js';

const hasRedis = redisBinary() !== null;
const folder = mkdtempSync(join(tmpdir(), 'dpi-two-'));
const servers: ServeProcess[] = [];

beforeAll(ensureBuilt);
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function two(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<[ServeProcess, ServeProcess]> {
  servers.push(...(await Promise.all([startServe(args, env), startServe(args, env)])));
  return servers as unknown as [ServeProcess, ServeProcess];
}

let port = 1024;

/**
 * Milliseconds until `server` decides as `wanted` on new connections to YouTube; one that is decided stays as it is.
 */
async function untilDecided(server: ServeProcess, wanted: 'drop' | 'forward'): Promise<number> {
  const from = performance.now();
  for (;;) {
    const { json } = await server.ask('POST', '/ingest', packetEvent({ src_port: ++port }, 'www.youtube.com'));
    const ms = performance.now() - from;
    if (json.decision === wanted) return ms;
    if (ms > 10_000) throw new Error(`still decides ${json.decision} after ${Math.round(ms)} ms`);
  }
}

/** Changes a rule on `a` and waits for `b`, some times; the times that it took. */
async function delays(a: ServeProcess, b: ServeProcess, rounds: number): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    expect((await a.ask('POST', '/rules/app/YOUTUBE')).status).toBe(201);
    times.push(await untilDecided(b, 'drop'));
    expect((await a.ask('DELETE', '/rules/app/YOUTUBE')).status).toBe(200);
    times.push(await untilDecided(b, 'forward'));
  }
  return times;
}

/** Generous, since machines are busy; what was measured is printed. */
function judge(what: string, times: number[]): void {
  const sorted = [...times].sort((x, y) => x - y);
  const median = sorted[sorted.length >> 1]!;
  console.log(`${what}: median ${median.toFixed(1)} ms, most ${sorted.at(-1)!.toFixed(1)} ms after the answer`);
  expect(median).toBeLessThan(1000);
}

describe('two servers on one store', () => {
  it('see each other changing a rules file', async () => {
    const [a, b] = await two(['--rules-file', join(folder, 'rules.json')]);
    judge('rules file', await delays(a, b, 5));
    judge('rules file, the other way', await delays(b, a, 5));
  });

  it.runIf(hasRedis)('see each other changing Redis, also after it was restarted', async () => {
    const first = await startRedis([], await freePort());
    const env = { XDG_CACHE_HOME: join(folder, 'cache') };
    const [a, b] = await two(['--redis', first.url], env);
    judge('Redis', await delays(a, b, 5));
    await a.ask('POST', '/rules/app/TIKTOK');
    await first.stop();
    await expect.poll(async () => (await b.ask('GET', '/health')).status, { timeout: 10_000 }).toBe(503);

    // It lost its rules and counts from 0 again.
    const second = await startRedis([], first.port);
    await expect.poll(async () => (await b.ask('GET', '/health')).status, { timeout: 10_000 }).toBe(200);
    expect((await b.ask('GET', '/rules')).json).toMatchObject({ total: 0, version: 0 });
    expect((await a.ask('POST', '/rules/app/YOUTUBE')).status).toBe(201);
    await untilDecided(b, 'drop');
    expect((await a.ask('DELETE', '/rules/app/YOUTUBE')).status).toBe(200);
    await untilDecided(b, 'forward');
    judge('Redis, after a restart', await delays(a, b, 5));
    await second.stop();
  });
});
