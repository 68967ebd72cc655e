import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort, redisBinary, startRedis } from '../adapters/stores/redis-server.js';
import { ensureBuilt } from '../support/run-cli.js';
import { until } from '../support/until.js';
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

/** Resolves once `server` decides as `wanted` on new connections to YouTube; one that is decided stays as it is. */
function untilDecided(server: ServeProcess, wanted: 'drop' | 'forward'): Promise<void> {
  return until(async () => {
    const { json } = await server.ask('POST', '/ingest', packetEvent({ src_port: ++port }, 'www.youtube.com'));
    return json.decision === wanted;
  }, `a decision to ${wanted}`);
}

/** Changes a rule on `a` to and fro; each change is seen by `b` before the next is made. */
async function seesChanges(a: ServeProcess, b: ServeProcess, rounds = 3): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    expect((await a.ask('POST', '/rules/app/YOUTUBE')).status).toBe(201);
    await untilDecided(b, 'drop');
    expect((await a.ask('DELETE', '/rules/app/YOUTUBE')).status).toBe(200);
    await untilDecided(b, 'forward');
  }
}

describe('two servers on one store', () => {
  it('see each other changing a rules file', async () => {
    const [a, b] = await two(['--rules-file', join(folder, 'rules.json')]);
    await seesChanges(a, b);
    await seesChanges(b, a);
  });

  it.runIf(hasRedis)('see each other changing Redis, also after it was restarted', async () => {
    const first = await startRedis([], await freePort());
    const env = { XDG_CACHE_HOME: join(folder, 'cache') };
    const [a, b] = await two(['--redis', first.url], env);
    await seesChanges(a, b);
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
    await seesChanges(a, b);
    await second.stop();
  });
});
