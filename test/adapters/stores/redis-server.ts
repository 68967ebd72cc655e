import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';

/** A Redis for tests: the one DPI_TEST_REDIS_URL names, or a server of our own on a free loopback port. */
export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** Null for a server that is not ours: it must not be stopped. */
  readonly process: ChildProcess | null;
  stop(): Promise<void>;
}

const BINARIES = ['redis-server', 'valkey-server'];

/** The server program, null when there is none; a test run under CI must have one. */
export function redisBinary(): string | null {
  const found = BINARIES.find((name) => spawnSync(name, ['--version']).status === 0) ?? null;
  if (found === null && process.env.DPI_TEST_REDIS_URL === undefined) {
    if (process.env.CI)
      throw new Error(`none of ${BINARIES.join(', ')} is installed, and DPI_TEST_REDIS_URL is not set`);
    console.warn('SKIPPED: the Redis tests need redis-server or valkey-server, or DPI_TEST_REDIS_URL');
  }
  return found;
}

/** `onPort` starts a server of our own on that port, as after a restart: what the last one held is gone. */
export async function startRedis(args: readonly string[] = [], onPort?: number): Promise<TestRedis> {
  const given = process.env.DPI_TEST_REDIS_URL;
  if (given !== undefined && args.length === 0 && onPort === undefined) {
    return { url: given, port: Number(new URL(given).port || 6379), process: null, stop: async () => {} };
  }
  const folder = mkdtempSync(join(tmpdir(), 'dpi-redis-'));
  const port = onPort ?? (await freePort());
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no'];
  const child = spawn(redisBinary()!, [...options, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk));
  const died = new Promise<never>((_, reject) => {
    child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}: ${said}`)));
  });
  await Promise.race([answers(port, args.includes('--requirepass')), died]);
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  return { url: `redis://127.0.0.1:${port}`, port, process: child, stop };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(port: number, withPassword: boolean): Promise<void> {
  const redis = new Redis({
    port,
    host: '127.0.0.1',
    protocol: 2,
    retryStrategy: () => 20,
    maxRetriesPerRequest: null,
    enableReadyCheck: !withPassword,
  });
  redis.on('error', () => {});
  await redis.ping().catch(() => {});
  redis.disconnect();
}
