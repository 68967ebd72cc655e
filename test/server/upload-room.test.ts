import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ensureBuilt } from '../support/run-cli.js';
import { until } from '../support/until.js';
import { RawConnection } from './raw-request.js';
import { type ServeProcess, startServe } from './serve-process.js';

const DEMO = readFileSync('samples/demo.pcap');
const PACKET = DEMO.subarray(24, 24 + 16 + DEMO.readUInt32LE(24 + 8));
/** Some 3 MB: its filtered copy does not stay in memory. */
const LONG = Buffer.concat([DEMO.subarray(0, 24), ...Array.from({ length: 30_000 }, () => PACKET)]);
/** More than the buffers of a loopback connection hold. */
const HUGE = Buffer.concat([DEMO.subarray(0, 24), ...Array.from({ length: 200_000 }, () => PACKET)]);
/** 8 GiB of packets without bytes, packed: minutes of work. */
const ENDLESS = endless();

let folder: string;
let servers: ServeProcess[];

beforeAll(ensureBuilt);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dpi-room-'));
  servers = [];
});
afterEach(async () => {
  for (const server of servers) await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

function endless(): Buffer {
  const member = gzipSync(Buffer.alloc(2 ** 24));
  return Buffer.concat([gzipSync(DEMO.subarray(0, 24)), ...Array.from({ length: 512 }, () => member)]);
}

async function start(...args: string[]): Promise<ServeProcess> {
  const server = await startServe(['--no-stored-rules', '--workers', '1', ...args], { TMPDIR: folder });
  servers.push(server);
  return server;
}

async function post({ url }: ServeProcess, path: string, bytes: Buffer = DEMO) {
  const answer = await fetch(`${url}${path}`, { method: 'POST', body: new Uint8Array(bytes) });
  const text = await answer.text();
  return { status: answer.status, text };
}

function send({ url }: ServeProcess, path: string, bytes: Buffer, len = bytes.length): RawConnection {
  const connection = new RawConnection(url);
  connection.send(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${len}\r\n\r\n`);
  connection.send(bytes);
  return connection;
}

const spools = (): string[] => readdirSync(folder).filter((name) => name.startsWith('dpi-serve-'));
const uploads = (): string[] =>
  readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => /dpi-serve-[^/]+\/[\da-f]{16}$/.test(name));

describe('a client that has sent all of its upload and then leaves', () => {
  it.each<[how: string, leave: (connection: RawConnection) => void]>([
    ['with a FIN', (connection) => connection.socket.end()],
    ['with a FIN, deaf', (connection) => connection.socket.destroy()],
    ['with a RST', (connection) => connection.socket.resetAndDestroy()],
  ])('%s, frees its worker', async (_how, leave) => {
    const server = await start('--max-upload', '16G');
    const gone = send(server, '/analyze', ENDLESS);
    await until(() => existsSync(join(folder, uploads()[0] ?? '-', 'upload')), 'the upload');
    await until(async () => (await server.ask('GET', '/health')).status === 200, 'health');
    leave(gone);
    expect((await post(server, '/analyze')).status).toBe(200);
    await until(() => uploads().length === 0, 'an empty folder');
    expect(server.stderr()).toContain('POST /analyze aborted');
    expect(server.stderr()).not.toContain('internal error');
  });
});

describe('an upload that takes too long to read', () => {
  it.each(['/analyze', '/filter?mode=flow'])('%s gets a 504 and frees its worker', async (path) => {
    const server = await start('--max-upload', '16G', '--upload-timeout', '2');
    const { status, text } = await post(server, path, ENDLESS);
    expect([status, JSON.parse(text).code]).toEqual([504, 'upload-timeout']);
    expect((await post(server, '/analyze')).status).toBe(200);
    expect(server.stderr()).not.toContain('internal error');
  });
});

describe('the temporary folder of a server', () => {
  it('is made anew when it was deleted', async () => {
    const server = await start();
    for (const path of ['/analyze', '/filter?mode=flow']) {
      for (const name of spools()) rmSync(join(folder, name), { recursive: true });
      expect((await post(server, path)).status).toBe(200);
    }
    expect(spools()).toHaveLength(1);
  });

  it('is deleted by the next server when its own was killed', async () => {
    for (let i = 0; i < 2; i++) {
      const killed = await start();
      send(killed, '/filter?mode=flow', DEMO, 5_000_000);
      await until(() => uploads().length === 1, 'an upload');
      await killed.stop();
      expect(spools()).toHaveLength(1);
    }
    await start();
    expect(uploads()).toEqual([]);
    expect(spools()).toHaveLength(1);
  });

  it('stays where its server lives, or may live elsewhere', async () => {
    const mark = (name: string, text: string, ageSeconds: number): void => {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'owner'), text);
      const then = Date.now() / 1000 - ageSeconds;
      utimesSync(join(folder, name, 'owner'), then, then);
    };
    const living = await start();
    mark('dpi-serve-elsewhere', '00000000 1\n', 60);
    mark('dpi-serve-silent', '00000000 1\n', 3600);
    mkdirSync(join(folder, 'dpi-serve-unmarked'));
    await start();
    expect(spools()).toEqual(expect.arrayContaining(['dpi-serve-elsewhere', 'dpi-serve-unmarked']));
    expect(spools()).not.toContain('dpi-serve-silent');
    expect(spools()).toHaveLength(4);
    expect((await post(living, '/analyze')).status).toBe(200);
  });
});

describe('the disk space of uploads and responses', () => {
  it('is bounded for uploads: the one too many gets a 507', async () => {
    const server = await start('--max-spool', '1M');
    const { status, text } = await post(server, '/analyze', LONG);
    expect([status, JSON.parse(text).code]).toEqual([507, 'no-room']);
    expect((await post(server, '/analyze')).status).toBe(200);
  });

  it('is bounded for responses that are read slowly, and free again when their readers leave', async () => {
    const server = await start('--max-spool', String(Math.floor(HUGE.length * 2.5)));
    const slow = new RawConnection(server.url);
    slow.socket.pause();
    slow.send(`POST /filter HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${HUGE.length}\r\n\r\n`);
    slow.send(HUGE);
    await until(() => uploads().length === 1, 'the upload');
    await until(() => uploads().length === 0, 'the response');
    const refused = await post(server, '/filter', HUGE);
    expect([refused.status, JSON.parse(refused.text).code]).toEqual([507, 'no-room']);
    slow.socket.destroy();
    await until(async () => (await post(server, '/filter', HUGE)).status === 200, 'room');
  });
});

const canMount = mounts();

function mounts(): boolean {
  const probe = mkdtempSync(join(tmpdir(), 'dpi-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', probe], { stdio: 'ignore' });
    execFileSync('umount', [probe], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(probe, { recursive: true, force: true });
  }
}

describe.skipIf(!canMount)('a full temporary folder', () => {
  beforeEach(() => execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]));
  afterEach(() => execFileSync('umount', [folder]));

  it.each(['/analyze', '/filter', '/filter?mode=flow', '/filter?keep_app=YOUTUBE'])('%s is a 507', async (path) => {
    const server = await start();
    const { status, text } = await post(server, path, LONG);
    expect([status, JSON.parse(text).code]).toEqual([507, 'no-room']);
    expect(text).not.toContain(folder);
    expect(server.stderr()).not.toContain('internal error');
    expect((await post(server, path)).status).toBe(200);
    await server.stop();
  });
});
