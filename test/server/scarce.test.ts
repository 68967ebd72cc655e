/** A server with few file descriptors, or with a log that nothing reads. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CLEAN_ENV, ensureBuilt } from '../support/run-cli.js';
import { until } from '../support/until.js';
import { RawConnection } from './raw-request.js';

const ROOT = resolve(import.meta.dirname, '../..');
const SERVE = `exec ${process.execPath} bin/dpi.js serve --port 0 --no-stored-rules`;

beforeAll(ensureBuilt);

let kill = (): void => {};
afterEach(() => kill());

async function start(script: string) {
  const child = spawn('bash', ['-c', script], {
    cwd: ROOT,
    env: { ...process.env, ...CLEAN_ENV },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  kill = () => void child.kill('SIGKILL');
  const ended = new Promise<number | null>((done) => child.once('exit', done));
  let stderr = '';
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  await until(() => stderr.includes('listening on'), 'the start');
  const url = /listening on (http:\/\/\S+?),/.exec(stderr)![1]!;
  return { child, url, ended, stderr: () => stderr };
}

const isHealthy = (url: string) =>
  fetch(`${url}/health`).then(
    ({ status }) => status === 200,
    () => false,
  );

describe('a server that may open few files', () => {
  it('refuses further connections, says so once, and serves again when there are fewer', async () => {
    const server = await start(`ulimit -n 128; ${SERVE}`);
    const many = Array.from({ length: 200 }, () => new RawConnection(server.url));
    await until(() => /connections? w\w+ refused: \d+ are open.*ulimit -n/.test(server.stderr()), 'a warning');
    for (const connection of many) connection.socket.destroy();
    await until(() => isHealthy(server.url), 'a free connection');
    const answer = await fetch(`${server.url}/analyze`, {
      method: 'POST',
      body: new Uint8Array(readFileSync('samples/demo.pcap')),
    });
    expect(answer.status).toBe(200);
    expect(server.stderr().match(/refused/g)).toHaveLength(1);
  });
});

describe('a log that nothing reads', () => {
  /** Fills the pipe and what may wait before it: lines of some 250 bytes. */
  async function fill(url: string): Promise<void> {
    const path = `${url}/${'x'.repeat(200)}`;
    for (let i = 0; i < 120; i++) {
      await Promise.all(Array.from({ length: 50 }, () => fetch(path).then((answer) => answer.text())));
    }
  }

  it('does not keep the server alive', async () => {
    const server = await start(SERVE);
    server.child.stderr.pause();
    await fill(server.url);
    server.child.kill('SIGTERM');
    expect(await server.ended).toBe(0);
  });

  it('loses lines instead of keeping them all, and says how many', async () => {
    const server = await start(SERVE);
    server.child.stderr.pause();
    await fill(server.url);
    server.child.stderr.resume();
    await until(() => /\d+ log lines were lost/.test(server.stderr()), 'the count');
    server.child.kill('SIGTERM');
    expect(await server.ended).toBe(0);
  });
});
