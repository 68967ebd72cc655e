import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { ensureBuilt, runDpi } from '../support/run-cli.js';
import { until } from '../support/until.js';
import { RawConnection } from './raw-request.js';
import { type ServeProcess, startServe } from './serve-process.js';

const DEMO = readFileSync('samples/demo.pcap');
const MEBIBYTE = 2 ** 20;

beforeAll(ensureBuilt);

interface Fixtures {
  /** The temporary files of the servers of this test. */
  folder: string;
  /** Starts a server that ends with the test. */
  start: (...args: string[]) => Promise<ServeProcess>;
  /** A server without options, for all tests that leave it as it was. */
  plain: ServeProcess;
}

const it = test.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from the pattern which fixtures are wanted.
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'dpi-hardening-'));
    await use(folder);
    rmSync(folder, { recursive: true, force: true });
  },
  start: async ({ folder }, use) => {
    const servers: ServeProcess[] = [];
    await use(async (...args) => {
      const server = await startServe(['--rules-file', join(folder, 'rules.json'), ...args], { TMPDIR: folder });
      servers.push(server);
      return server;
    });
    await Promise.all(servers.map((server) => server.stop()));
  },
  plain: [
    // biome-ignore lint/correctness/noEmptyPattern: as above.
    async ({}, use) => {
      const server = await startServe(['--no-stored-rules']);
      await use(server);
      await server.stop();
    },
    { scope: 'file' },
  ],
});

/** A gzip of a long capture of packets without bytes, which takes a worker a minute or more. */
function longWork(gibibytes: number): Buffer<ArrayBuffer> {
  const record = Buffer.alloc(16 * 65_536);
  const block = Buffer.concat(Array.from({ length: 16 }, () => record));
  const member = gzipSync(block);
  const members = Array.from({ length: gibibytes * 64 }, () => member);
  return Buffer.concat([gzipSync(DEMO.subarray(0, 24)), ...members]);
}

const LONG_WORK = longWork(8);

/** Sends an upload whole; its answer is not awaited. */
function sendWhole({ url }: ServeProcess, bytes: Buffer): RawConnection {
  const connection = new RawConnection(url);
  connection.send(`${HEAD}Content-Length: ${bytes.length}\r\n\r\n`);
  connection.send(bytes);
  return connection;
}

/** Resolves once `count` uploads are in work or in the queue of the server whose files are in `folder`. */
function untilUploads(folder: string, count: number): Promise<void> {
  const uploads = () =>
    readdirSync(folder, { recursive: true }).filter((name) => /dpi-serve-[^/]+\/[\da-f]{16}$/.test(String(name)));
  return until(() => uploads().length === count, `${count} uploads`);
}

async function isHealthy({ url }: ServeProcess): Promise<boolean> {
  return (await fetch(`${url}/health`)).status === 200;
}

function analyze({ url }: ServeProcess, bytes: Uint8Array<ArrayBuffer> = new Uint8Array(DEMO)): Promise<Response> {
  return fetch(`${url}/analyze`, { method: 'POST', body: bytes });
}

function residentLen({ process: { pid } }: ServeProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) * 1024;
}

/** Ends when the process does; the code, or the signal's name. */
function exit({ process: child }: ServeProcess): Promise<number | string | null> {
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
}

const HEAD = 'POST /analyze HTTP/1.1\r\nHost: localhost\r\n';

describe('many connections', () => {
  it('answers a thousand at once', async ({ plain: one }) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1000 });
    const get = () =>
      new Promise<number>((resolve, reject) => {
        const sent = request(`${one.url}/health`, { agent }, (answer) => {
          answer.resume();
          answer.on('end', () => resolve(answer.statusCode!));
        });
        sent.on('error', reject);
        sent.end();
      });
    const answers = await Promise.all(Array.from({ length: 1000 }, get));
    expect(answers.filter((status) => status === 200)).toHaveLength(1000);
    agent.destroy();
  });

  it('turns uploads away that it has no room for, and says when to come again', async ({ start }) => {
    const one = await start('--workers', '1', '--queue', '2', '--max-upload', '16G');
    const held = Array.from({ length: 3 }, () => sendWhole(one, LONG_WORK));
    await until(async () => (await analyze(one)).status === 503, 'a refusal');
    const refused = await analyze(one);
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(await refused.json()).toMatchObject({ status: 503, code: 'busy' });
    expect(await isHealthy(one)).toBe(true);
    for (const connection of held) connection.socket.destroy();
    await until(async () => (await analyze(one)).status === 200, 'room again');
  });
});

describe.concurrent('slow senders', () => {
  it('get a 408 for half a header, or none', async ({ start }) => {
    const one = await start('--header-timeout', '0.5');
    const half = new RawConnection(one.url);
    half.send('GET /health HTTP/1.1\r\nHost: loc');
    const silent = new RawConnection(one.url);
    expect(await half.ended()).toMatch(/^HTTP\/1\.1 408 .*application\/problem\+json.*"status":408/s);
    expect(await silent.ended()).toMatch(/^(HTTP\/1\.1 408 .*)?$/s);
  });

  it.for<[what: string, type: string]>([
    ['analyze', ''],
    ['analyze as a form', 'Content-Type: multipart/form-data; boundary=x\r\n'],
  ])('get a 408 for half a body and leave their worker to others: %s', async ([_what, type], { start }) => {
    const one = await start('--body-timeout', '1', '--workers', '1');
    const slow = new RawConnection(one.url);
    slow.send(`${HEAD}${type}Content-Length: 5000000\r\n\r\n`);
    if (type !== '') slow.send('--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n');
    slow.send(DEMO);
    const next = analyze(one);
    expect(await slow.ended()).toMatch(/^HTTP\/1\.1 408 .*"code":"body-timeout"/s);
    expect((await next).status).toBe(200);
    await expect.poll(() => one.stderr()).toMatch(/Z 127\.0\.0\.1 POST \/analyze 408 \d+ ms$/m);
  });

  it('get one for a body that drips', async ({ start }) => {
    const one = await start('--body-timeout', '1.5', '--workers', '1');
    const slow = new RawConnection(one.url);
    slow.send(`${HEAD}Content-Length: 5000000\r\n\r\n`);
    slow.send(DEMO.subarray(0, 100));
    const drip = setInterval(() => slow.send('\0'), 200);
    const answer = await slow.ended();
    clearInterval(drip);
    expect(answer).toContain('bytes per second');
  });

  it('hold neither a worker nor a place in the queue, however many they are', async ({ folder, start }) => {
    const one = await start('--workers', '1', '--queue', '1');
    const slow = Array.from({ length: 40 }, () => new RawConnection(one.url));
    for (const connection of slow) {
      connection.send(`${HEAD}Content-Length: ${DEMO.length}\r\n\r\n`);
      connection.send(DEMO.subarray(0, 6000));
    }
    await untilUploads(folder, slow.length);
    expect((await analyze(one)).status).toBe(200);
    for (const connection of slow) connection.send(DEMO.subarray(6000));
    const statuses = await Promise.all(slow.map((connection) => connection.status()));
    expect(new Set(statuses)).toEqual(new Set([200]));
  });
});

describe.concurrent('a stream of events', () => {
  const EVENT = readFileSync('samples/events.ndjson', 'utf8').split('\n')[0]!;
  const LINE = `${(EVENT.length + 1).toString(16)}\r\n${EVENT}\n\r\n`;
  const STREAM = 'Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n';

  it('stays open for longer than --body-timeout while events come, however few', async ({ start }) => {
    const one = await start('--body-timeout', '3');
    const quiet = new RawConnection(one.url);
    quiet.send(`POST /ingest HTTP/1.1\r\nHost: localhost\r\n${STREAM}\r\n`);
    // Some 200 bytes a second for twice the time-out. No event to wait for: it is about time that passes.
    for (let i = 0; i < 8; i++) {
      quiet.send(LINE);
      await new Promise((resolve) => setTimeout(resolve, 700));
    }
    quiet.send('0\r\n\r\n');
    const answer = await quiet.ended();
    expect(answer.match(/"decision"/g)).toHaveLength(8);
    expect(answer.endsWith('0\r\n\r\n')).toBe(true);
  });

  it('ends after --body-timeout of silence', async ({ start }) => {
    const one = await start('--body-timeout', '1');
    const silent = new RawConnection(one.url);
    silent.send(`POST /ingest HTTP/1.1\r\nHost: localhost\r\n${STREAM}\r\n${LINE}`);
    expect(await silent.ended()).toContain('"decision"');
  });
});

describe.concurrent('slow readers', () => {
  it('are cut off, and leave nothing open', async ({ start }) => {
    const one = await start('--body-timeout', '1');
    const packet = DEMO.subarray(24, 24 + 16 + DEMO.readUInt32LE(24 + 8));
    const long = Buffer.concat([DEMO.subarray(0, 24), ...Array.from({ length: 200_000 }, () => packet)]);
    const reader = new RawConnection(one.url);
    reader.socket.pause();
    reader.send(`POST /filter HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${long.length}\r\n\r\n`);
    reader.send(long);
    await until(() => one.stderr().includes('POST /filter aborted'), 'the end of the answer');
    const fds = `/proc/${one.process.pid}/fd`;
    const answers = () => readdirSync(fds).filter((fd) => linkOf(`${fds}/${fd}`).includes('dpi-serve-'));
    await until(() => answers().length === 0, 'closed files');
  });
});

describe.concurrent('an upload that breaks off', () => {
  it('frees its worker at once and leaves nothing behind', async ({ folder, start }) => {
    const one = await start('--workers', '1', '--queue', '1', '--body-timeout', '60');
    for (const query of ['', '?mode=flow']) {
      const path = query === '' ? '/analyze' : `/filter${query}`;
      for (let i = 0; i < 5; i++) {
        const broken = new RawConnection(one.url);
        broken.send(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000\r\n\r\n`);
        broken.send(DEMO);
        await untilUploads(folder, 1);
        broken.socket.destroy();
        await until(async () => (await analyze(one)).status === 200, 'a free worker');
      }
    }
    const left = readdirSync(folder, { recursive: true }).filter((name) => String(name).includes('dpi-serve-'));
    expect(left.map((name) => String(name).replace(/dpi-serve-[^/]+/, 'ours')).sort()).toEqual(['ours', 'ours/owner']);
    expect(one.stderr()).toContain('aborted');
    expect(one.stderr()).not.toContain('internal error');
  });

  it('does not keep those behind it waiting when it breaks off in the queue', async ({ folder, start }) => {
    const one = await start('--workers', '1', '--queue', '2', '--max-upload', '16G');
    const held = sendWhole(one, LONG_WORK);
    await untilUploads(folder, 1);
    const queued = sendWhole(one, LONG_WORK);
    await untilUploads(folder, 2);
    queued.socket.destroy();
    await untilUploads(folder, 1);
    const next = analyze(one);
    await untilUploads(folder, 2);
    held.socket.destroy();
    expect((await next).status).toBe(200);
  });
});

describe('too much', () => {
  it('of an upload is a 413, whether it is announced or comes in chunks', async ({ start }) => {
    const one = await start('--max-upload', '1M');
    const announced = new RawConnection(one.url);
    announced.send(`${HEAD}Content-Length: ${2 * MEBIBYTE}\r\nExpect: 100-continue\r\n\r\n`);
    expect(await announced.status()).toBe(413);
    const chunked = new RawConnection(one.url);
    chunked.send(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
    chunked.send(`${DEMO.length.toString(16)}\r\n`);
    chunked.send(DEMO);
    for (let i = 0; i < 20; i++) chunked.send(`\r\n10000\r\n${'\0'.repeat(0x10000)}`);
    expect(await chunked.status()).toBe(413);
    expect((await analyze(one)).status).toBe(200);
  });

  it('once unpacked is a 413 too', async ({ start }) => {
    const one = await start('--max-upload', '1M');
    const { gzipSync } = await import('node:zlib');
    // A packet repeated: a capture of 30 MB that packs to some 50 kB.
    const packet = DEMO.subarray(24, 24 + 16 + DEMO.readUInt32LE(24 + 8));
    const bomb = gzipSync(Buffer.concat([DEMO.subarray(0, 24), ...Array.from({ length: 300_000 }, () => packet)]));
    expect(bomb.length).toBeLessThan(MEBIBYTE);
    const answer = await analyze(one, new Uint8Array(bomb));
    expect(await answer.json()).toMatchObject({ status: 413, code: 'input-too-long' });
  });

  it('of a JSON body is a 413 without growth', async ({ start }) => {
    const one = await start();
    await isHealthy(one);
    const before = residentLen(one);
    const piece = 'a'.repeat(MEBIBYTE);
    for (const path of ['/rules/app/YOUTUBE', '/analyze', '/nothing']) {
      const long = new RawConnection(one.url);
      const type = 'Content-Type: application/json\r\n';
      long.send(
        `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${type}Content-Length: ${100 * MEBIBYTE + 10}\r\n\r\n{"a":"`,
      );
      for (let i = 0; i < 100 && long.socket.writable; i++) {
        long.send(piece);
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect([400, 404, 413, 415]).toContain(await long.status());
      long.socket.destroy();
    }
    expect(residentLen(one) - before).toBeLessThan(64 * MEBIBYTE);
    expect(await isHealthy(one)).toBe(true);
  });

  it('leaves the connection to the requests behind it', async ({ start }) => {
    const one = await start('--max-upload', '1M');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const sockets = new Set<unknown>();
    const ask = (method: string, path: string, body: string | null) =>
      new Promise<number>((resolve, reject) => {
        const headers = { 'content-type': 'application/json' };
        const asked = request(`${one.url}${path}`, { method, agent, headers }, (answer) => {
          answer.resume().once('end', () => resolve(answer.statusCode!));
        });
        asked.once('socket', (socket) => sockets.add(socket)).once('error', reject);
        asked.end(body ?? undefined);
      });
    const long = JSON.stringify({ comment: 'x'.repeat(2 * MEBIBYTE) });
    for (let i = 0; i < 5; i++) {
      expect(await ask('POST', '/rules/domain/a.example', long)).toBe(413);
      expect(await ask('POST', '/rules/domain/a.example', '{"acton":1}')).toBe(400);
      expect(await ask('POST', '/nothing', long)).toBe(413);
      expect(await ask('GET', '/rules', null)).toBe(200);
    }
    agent.destroy();
    expect(sockets.size).toBe(1);
  });

  it('of a header is a 431', async ({ plain: one }) => {
    const long = new RawConnection(one.url);
    long.send(`GET /health HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`);
    expect(await long.status()).toBe(431);
  });
});

describe('what is no request', () => {
  const REQUESTS: readonly [what: string, bytes: string][] = [
    ['garbage', 'GARBAGE\r\n\r\n'],
    ['bytes', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['two lengths', `${HEAD}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`],
    ['a length and chunks', `${HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['a bad chunk', `${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n`],
    ['a negative length', `${HEAD}Content-Length: -1\r\n\r\n`],
    ['no host', 'GET /health HTTP/1.1\r\n\r\n'],
    ['a NUL in the path', 'GET /health\0 HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ];

  it('is a 400', async ({ plain: one }) => {
    for (const [what, bytes] of REQUESTS) {
      const connection = new RawConnection(one.url);
      connection.send(Buffer.from(bytes, 'latin1'));
      expect([what, await connection.status()]).toEqual([what, 400]);
      connection.socket.destroy();
    }
    expect(await isHealthy(one)).toBe(true);
  });

  it('is a 4xx where the path plays tricks', async ({ plain: one }) => {
    const up = [
      '/../../etc/passwd',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/..%2f..%2fetc%2fpasswd',
      '/docs/static/..%2f..%2fx',
    ];
    for (const path of [...up, '/health%00', '/analyze/..%5c', '/%c0%ae']) {
      const connection = new RawConnection(one.url);
      connection.send(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      const answer = await connection.ended();
      expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
      expect([path, answer.includes('application/problem+json')]).toEqual([path, true]);
    }
  });
});

describe.concurrent('told to stop', () => {
  it('by SIGTERM, it finishes the upload under way, refuses others and ends with 0', async ({ folder, start }) => {
    const one = await start('--workers', '1');
    const ended = exit(one);
    const slow = new RawConnection(one.url);
    slow.send(`${HEAD}Content-Length: ${DEMO.length}\r\n\r\n`);
    slow.send(DEMO.subarray(0, 1000));
    await untilUploads(folder, 1);
    one.process.kill('SIGTERM');
    const refuses = () =>
      fetch(`${one.url}/health`).then(
        ({ status }) => status === 503,
        () => true,
      );
    await until(refuses, 'the refusal of others');
    slow.send(DEMO.subarray(1000));
    expect(await slow.status()).toBe(200);
    expect(await ended).toBe(0);
    expect(readdirSync(folder).filter((name) => name.startsWith('dpi-serve-'))).toEqual([]);
  });

  it('it waits no longer for a client than for the rest of a body that has had its answer', async ({ start }) => {
    const one = await start('--shutdown-timeout', '20');
    const ended = exit(one);
    const long = new RawConnection(one.url);
    const type = 'Content-Type: application/json\r\n';
    long.send(`POST /rules/app/YOUTUBE HTTP/1.1\r\nHost: localhost\r\n${type}Content-Length: ${2 * MEBIBYTE}\r\n\r\n`);
    expect(await long.status()).toBe(413);
    one.process.kill('SIGTERM');
    await until(() => one.stderr().includes('stopping'), 'the stop');
    long.send('x'.repeat(2 * MEBIBYTE));
    expect(await ended).toBe(0);
    expect(one.stderr()).not.toContain('aborted requests');
  });

  it('a request that comes behind an answer is refused, and holds nothing up', async ({ start }) => {
    const one = await start('--shutdown-timeout', '20');
    const ended = exit(one);
    const busy = new RawConnection(one.url);
    const event = readFileSync('samples/events.ndjson', 'utf8').split('\n')[0]!;
    const type = 'Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n';
    const chunk = `${(event.length + 1).toString(16)}\r\n${event}\n\r\n`;
    busy.send(`POST /ingest HTTP/1.1\r\nHost: localhost\r\n${type}\r\n${chunk}`);
    expect(await busy.status()).toBe(200);
    one.process.kill('SIGTERM');
    await until(() => one.stderr().includes('stopping'), 'the stop');
    busy.send(`0\r\n\r\n${HEAD}Content-Length: ${8 * MEBIBYTE}\r\n\r\n${'x'.repeat(4 * MEBIBYTE)}`);
    expect(await busy.ended()).toContain('HTTP/1.1 503');
    expect(await ended).toBe(0);
    expect(one.stderr()).not.toContain('aborted requests');
  });

  it.for<[what: string, sent: string]>([
    ['that has sent nothing', ''],
    ['that has sent half of a header', 'GET /health HTTP/1.1\r\nHost: loc'],
    ['that has had its answer', 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ])('it waits for no connection %s', async ([_, sent], { start }) => {
    const one = await start('--shutdown-timeout', '20');
    const ended = exit(one);
    const idle = new RawConnection(one.url);
    idle.send(sent);
    expect(await isHealthy(one)).toBe(true);
    one.process.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(one.stderr()).not.toContain('aborted requests');
  });

  it('it closes a connection behind an answer that began before, though the client would keep it', async ({
    start,
  }) => {
    const one = await start('--shutdown-timeout', '20');
    const ended = exit(one);
    const slow = new RawConnection(one.url);
    const long = Buffer.concat([DEMO, ...Array<Buffer>(80).fill(DEMO.subarray(24))]);
    slow.send(`POST /filter HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${long.length}\r\n\r\n`);
    slow.send(long);
    expect(await slow.status()).toBe(200);
    slow.socket.pause();
    one.process.kill('SIGTERM');
    await until(() => one.stderr().includes('stopping'), 'the stop');
    slow.socket.resume();
    expect((await slow.ended()).length).toBeGreaterThan(long.length);
    expect(await ended).toBe(0);
    expect(one.stderr()).not.toContain('aborted requests');
  });

  it('by SIGINT, it ends with 130; by a second signal, at once', async ({ folder, start }) => {
    const one = await start();
    const ended = exit(one);
    one.process.kill('SIGINT');
    expect(await ended, one.stderr()).toBe(130);
    const two = await start();
    const endedTwo = exit(two);
    const slow = new RawConnection(two.url);
    slow.send(`${HEAD}Content-Length: ${DEMO.length}\r\n\r\n`);
    await untilUploads(folder, 1);
    two.process.kill('SIGTERM');
    await until(() => two.stderr().includes('stopping'), 'the stop');
    two.process.kill('SIGTERM');
    expect(await endedTwo).toBe(143);
  });

  it('by SIGHUP, as when its terminal closes, it finishes the requests under way and leaves nothing', async ({
    folder,
    start,
  }) => {
    const one = await start();
    const ended = exit(one);
    const slow = new RawConnection(one.url);
    slow.send(`${HEAD}Content-Length: ${DEMO.length}\r\n\r\n`);
    await untilUploads(folder, 1);
    one.process.kill('SIGHUP');
    await until(() => one.stderr().includes('stopping'), 'the stop');
    slow.send(DEMO);
    expect(await slow.status()).toBe(200);
    expect(await ended).toBe(0);
    expect(readdirSync(folder).filter((name) => name.startsWith('dpi-serve-'))).toEqual([]);
  });

  it('it cuts off what takes longer than --shutdown-timeout', async ({ folder, start }) => {
    const one = await start('--shutdown-timeout', '0.5');
    const ended = exit(one);
    const slow = new RawConnection(one.url);
    slow.send(`${HEAD}Content-Length: ${DEMO.length}\r\n\r\n`);
    await untilUploads(folder, 1);
    one.process.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(one.stderr()).toContain('aborted requests');
  });
});

describe.concurrent('dpi serve', () => {
  it.each([
    [['--host', '0.0.0.0'], 'a token is required'],
    [['--host', '::'], 'a token is required'],
    [['--host', 'no.such.host.invalid'], 'is not an address'],
    [['--port', '70000'], '--port takes a port'],
    [['--max-upload', 'much'], '--max-upload takes a size'],
    [['--body-timeout', '0'], '--body-timeout takes a duration'],
    [['--token-file', '/nonexistent'], 'there is no such file'],
  ])('says what is wrong with %j and ends with 2', async (args, words) => {
    const { exitCode, stderr } = await runDpi(['serve', '--port', '0', ...args], { timeout: 20_000 });
    expect(exitCode).toBe(2);
    expect(String(stderr).trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain(words);
  });

  it('listens for other machines with a token, which never shows in its output', async ({ folder, start }) => {
    const file = join(folder, 'token');
    const token = execFileSync(process.execPath, ['-p', 'crypto.randomBytes(24).toString("hex")'], {
      encoding: 'utf8',
    }).trim();
    writeFileSync(file, `${token}\n`, { mode: 0o600 });
    const one = await start('--host', '0.0.0.0', '--token-file', file);
    const url = one.url.replace('0.0.0.0', '127.0.0.1');
    const ask = (authorization: string) =>
      fetch(`${url}/analyze`, { method: 'POST', body: new Uint8Array(DEMO), headers: { authorization } });
    expect((await ask('Bearer wrong')).status).toBe(401);
    expect((await ask(`Bearer ${token}`)).status).toBe(200);
    expect(one.stderr()).not.toContain(token);
  });
});

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
