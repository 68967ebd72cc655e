/** `dpi batch run --redis` and `dpi batch worker`: a real Redis, workers that are killed, a queue that is lost. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BatchReport } from '../../../src/usecases/batch/batch-report.js';
import { redisBinary, startRedis, type TestRedis } from '../../adapters/stores/redis-server.js';
import { writeRing } from '../../support/ring.js';
import { CLEAN_ENV, ensureBuilt, runDpi } from '../../support/run-cli.js';
import { until } from '../../support/until.js';

const UNITS = 16;

let root: string;
const children = new Set<ChildProcess>();
beforeAll(async () => {
  await ensureBuilt();
  root = mkdtempSync(join(tmpdir(), 'dpi-queue-'));
  for (let n = 0; n < UNITS; n++) writeRing(join(root, 'in'), `tap${n}-x`, { files: 20, client: n + 2 });
  await runDpi(['batch', 'run', join(root, 'in'), '-o', join(root, 'alone')]);
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function start(...args: string[]) {
  const env = { ...process.env, ...CLEAN_ENV };
  const child = spawn(process.execPath, ['bin/dpi.js', 'batch', ...args], { env: env as NodeJS.ProcessEnv });
  children.add(child);
  const said = { stderr: '' };
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk));
  child.stdout.resume();
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  return { child, ended, said };
}

const worker = (redis: TestRedis) => start('worker', '--redis', redis.url, '--jobs', '1', '--lock-time', '1s');

function unitsDone(run: string): number {
  try {
    const shards = readdirSync(join(run, 'units'));
    return shards.flatMap((shard) => readdirSync(join(run, 'units', shard)).filter((name) => !name.includes('.')))
      .length;
  } catch {
    return 0;
  }
}

function filesOf(run: string): Record<string, string> {
  const names = readdirSync(join(run, 'dataset'), { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => name.endsWith('.parquet')).sort();
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(run, 'dataset', name)).toString('base64')]));
}

/** Failed jobs of a run whose coordinator is gone, newer than any that comes. */
async function leaveFailedJobs({ url }: TestRedis, count: number): Promise<void> {
  const redis = new Redis(url);
  const pipeline = redis.pipeline();
  for (let n = 0; n < count; n++) {
    const data = JSON.stringify({ run: '/gone', id: `unit${n}` });
    const job = { name: 'unit', data, opts: '{}', timestamp: 1, attemptsMade: 3, failedReason: 'gone' };
    pipeline.hset(`dpi-batch:units:left${n}`, job);
    pipeline.zadd('dpi-batch:units:failed', 1e15 + n, `left${n}`);
  }
  await pipeline.exec();
  redis.disconnect();
}

describe.skipIf(redisBinary() === null)('a queue in Redis', () => {
  it('makes what one machine makes, with workers killed, and Redis restarted and lost', async () => {
    let redis = await startRedis(['--appendonly', 'no']);
    const run = join(root, 'run');
    try {
      const coordinator = start('run', join(root, 'in'), '-o', run, '--redis', redis.url);
      const first = worker(redis);
      await until(() => unitsDone(run) >= 2, 'two units');
      first.child.kill('SIGKILL');
      const second = worker(redis);
      await until(() => unitsDone(run) >= 5, 'five units');
      // What the queue held is gone.
      const { port } = redis;
      await redis.stop();
      redis = await startRedis(['--appendonly', 'no'], port);
      await until(() => unitsDone(run) >= 9, 'nine units');
      second.child.kill('SIGKILL');
      const last = worker(redis);
      expect(await coordinator.ended).toBe(0);
      expect(coordinator.said.stderr).toContain('appendonly is off');
      expect(filesOf(run)).toEqual(filesOf(join(root, 'alone')));
      expect(readFileSync(join(run, 'report.json'), 'utf8')).toBe(
        readFileSync(join(root, 'alone/report.json'), 'utf8'),
      );
      last.child.kill('SIGTERM');
      expect(await last.ended).toBe(0);
      expect(last.said.stderr).toMatch(/\d+ units? analyzed/);
    } finally {
      await redis.stop();
    }
  });

  it('names a unit that no worker can analyze', async () => {
    const redis = await startRedis([
      '--appendonly',
      'yes',
      '--maxmemory',
      '100mb',
      '--maxmemory-policy',
      'allkeys-lru',
    ]);
    const run = join(root, 'failing');
    try {
      writeRing(join(root, 'few'), 'bad', { files: 1, client: 9 });
      await leaveFailedJobs(redis, 1500);
      const coordinator = start('run', join(root, 'few'), '-o', run, '--redis', redis.url);
      await until(() => coordinator.said.stderr.includes('maxmemory-policy is allkeys-lru'), 'the coordinator');
      // The folder of the run is not what workers on other machines see.
      rmSync(join(run, 'plan.json'));
      worker(redis);
      expect(await coordinator.ended).toBe(3);
      const report = JSON.parse(readFileSync(join(run, 'report.json'), 'utf8')) as BatchReport;
      expect(report.units).toMatchObject({ done: 0, failed: 1, missing: 0 });
      expect(report.failures[0]).toMatchObject({ stream: 'bad', error: expect.stringContaining('holds no plan') });
    } finally {
      await redis.stop();
    }
  });

  it('stops cleanly: units in progress go back, and the run can go on', async () => {
    const redis = await startRedis(['--appendonly', 'no']);
    const run = join(root, 'stopped');
    try {
      const coordinator = start('run', join(root, 'in'), '-o', run, '--redis', redis.url);
      const one = worker(redis);
      await until(() => unitsDone(run) >= 1, 'a unit');
      one.child.kill('SIGINT');
      expect(await one.ended).toBe(0);
      coordinator.child.kill('SIGINT');
      expect(await coordinator.ended).toBe(130);
      expect(coordinator.said.stderr).toContain('the same command goes on');
      // No unit is left in the making.
      const shards = readdirSync(join(run, 'units'));
      const rests = shards.flatMap((shard) =>
        readdirSync(join(run, 'units', shard)).filter((name) => name.includes('.')),
      );
      expect(rests).toEqual([]);
      await runDpi(['batch', 'run', '-o', run]);
      expect(filesOf(run)).toEqual(filesOf(join(root, 'alone')));
    } finally {
      await redis.stop();
    }
  });

  it('stops cleanly also while Redis is gone', async () => {
    const redis = await startRedis(['--appendonly', 'no']);
    const run = join(root, 'gone');
    const coordinator = start('run', join(root, 'in'), '-o', run, '--redis', redis.url);
    const one = worker(redis);
    await until(() => unitsDone(run) >= 1, 'a unit');
    await redis.stop();
    for (const { said } of [coordinator, one]) {
      await until(
        () => said.stderr.includes('trying again'),
        () => `a word about Redis: ${said.stderr}`,
      );
    }
    one.child.kill('SIGINT');
    coordinator.child.kill('SIGINT');
    expect(await one.ended).toBe(0);
    expect(await coordinator.ended).toBe(130);
  });

  it('says what is wrong when there is no Redis', async () => {
    const { exitCode, stderr } = await runDpi(['batch', 'worker', '--redis', 'redis://127.0.0.1:1']);
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringContaining('Redis at redis://127.0.0.1:1 refuses connections'),
    ]);
  });
});
