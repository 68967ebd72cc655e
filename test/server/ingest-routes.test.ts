import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ReportSummary } from '../../src/core/report/model.js';
import { freePort, redisBinary, startRedis } from '../adapters/stores/redis-server.js';
import { ensureBuilt } from '../support/run-cli.js';
import { packetEvent } from './packet-events.js';
import { type ServeProcess, startServe } from './serve-process.js';

const NDJSON = 'application/x-ndjson';
const folder = mkdtempSync(join(tmpdir(), 'dpi-ingest-'));
let names = 0;
let server: ServeProcess;

beforeAll(ensureBuilt);
afterEach(() => server.stop());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function start(...args: string[]): Promise<void> {
  server = await startServe(['--rules-file', join(folder, `${++names}.json`), ...args]);
}

async function send(body: string | Buffer, type = NDJSON): Promise<{ status: number; text: string }> {
  const response = await fetch(`${server.url}/ingest`, { method: 'POST', body, headers: { 'content-type': type } });
  return { status: response.status, text: await response.text() };
}

/** A request whose body is written bit by bit. */
function open(type: string): { sent: ClientRequest; answered: Promise<IncomingMessage> } {
  const { hostname, port } = new URL(server.url);
  const headers = { 'content-type': type };
  const sent = request({ hostname, port, path: '/ingest', method: 'POST', headers });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    sent.on('response', resolve);
    sent.on('error', reject);
  });
  return { sent, answered };
}

async function textOf(message: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of message) text += chunk;
  return text;
}

const lines = (...events: unknown[]): string => events.map((event) => `${JSON.stringify(event)}\n`).join('');

describe('POST /ingest', () => {
  it('decides an event, and remembers a blocked connection across requests and after its rule is gone', async () => {
    await start();
    const event = packetEvent({}, 'www.youtube.com');
    const first = await server.ask('POST', '/ingest', event);
    expect([first.status, first.json]).toEqual([
      200,
      {
        decision: 'forward',
        app: 'YOUTUBE',
        domain: 'www.youtube.com',
        detected_by: 'event',
        blocked_by: null,
        connection: 1,
      },
    ]);
    // In force when the answer comes.
    await server.ask('POST', '/rules/app/YOUTUBE');
    const blocked = { decision: 'drop', blocked_by: 'app:YOUTUBE', connection: 1 };
    expect((await server.ask('POST', '/ingest', packetEvent())).json).toMatchObject(blocked);
    await server.ask('DELETE', '/rules/app/YOUTUBE');
    const { text } = await send(lines(packetEvent(), packetEvent({ src_port: 50_001 }, 'www.youtube.com')));
    const [same, other] = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(same).toMatchObject({ decision: 'drop', connection: 1 });
    expect(other).toMatchObject({ decision: 'forward', connection: 2 });
  });

  it('takes curl as it comes, and refuses what is no event in words', async () => {
    await start('--block-app', 'NETFLIX');
    const event = JSON.stringify(packetEvent({}, 'www.netflix.com'));
    const curl = await send(event, 'application/x-www-form-urlencoded');
    expect([curl.status, JSON.parse(curl.text).blocked_by]).toEqual([200, 'app:NETFLIX']);
    const cases: [body: string, type: string, status: number, code: string][] = [
      ['{"size": 1}', 'application/json', 400, 'bad-event'],
      ['[]', 'application/json', 400, 'bad-event'],
      ['null', 'application/json', 400, 'bad-event'],
      ['"x"', 'application/json', 400, 'bad-event'],
      [JSON.stringify(packetEvent({ src_ip: 'x' })), 'application/json', 400, 'bad-event'],
      [JSON.stringify(packetEvent({ src_port: -1 })), 'application/json', 400, 'bad-event'],
      [JSON.stringify(packetEvent({ __proto__: null, protocol: {} })), 'application/json', 400, 'bad-event'],
      ['{', 'application/json', 400, 'malformed-json'],
      ['', 'application/json', 400, 'malformed-json'],
      [event, 'text/plain', 415, 'unsupported-media-type'],
      [event, 'image/png', 415, 'unsupported-media-type'],
    ];
    for (const [body, type, status, code] of cases) {
      const answer = await send(body, type);
      expect([answer.status, JSON.parse(answer.text).code], `${type} ${body}`).toEqual([status, code]);
    }
    const { json } = await server.ask('POST', '/ingest', packetEvent({ src_ip: 'nobody' }));
    expect(json.detail).toBe(`'tuple.src_ip' is "nobody"; expected an IPv4 or IPv6 address`);
  });

  it('answers each line of NDJSON in its place, errors with their line number', async () => {
    await start();
    const good = JSON.stringify(packetEvent());
    const { status, text } = await send(`${good}\r\n\n  \nno json\n{}\n${good}`);
    const answers = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(status).toBe(200);
    expect(answers.map(({ decision, line }) => decision ?? line)).toEqual(['forward', 4, 5, 'forward']);
    expect((await server.ask('GET', '/stats')).json.ingest).toMatchObject({ total_packets: 2, bad_events: 2 });
    expect(await send('')).toEqual({ status: 200, text: '' });
  });

  it('answers the same however the body is cut up', async () => {
    await start();
    const body = Buffer.from(
      lines(...Array.from({ length: 20 }, (_, i) => packetEvent({ src_port: i }, `é${i}.example`))),
    );
    const whole = await send(body);
    const { sent, answered } = open(NDJSON);
    for (const byte of body) sent.write(Buffer.of(byte));
    sent.end();
    expect(await textOf(await answered)).toBe(whole.text);
  });

  it('answers while the body still comes', async () => {
    await start();
    const { sent, answered } = open(NDJSON);
    sent.write(lines(packetEvent()));
    const response = await answered;
    const read = response[Symbol.asyncIterator]();
    expect(JSON.parse(String((await read.next()).value)).decision).toBe('forward');
    sent.write('x\n');
    expect(JSON.parse(String((await read.next()).value)).line).toBe(2);
    sent.end();
    expect((await read.next()).done).toBe(true);
  });

  it('ends its answer before the connection, for a client that wants that closed', async () => {
    await start();
    const body = lines(...Array.from({ length: 2000 }, () => packetEvent({})));
    const { hostname, port } = new URL(server.url);
    const headers = { 'content-type': NDJSON, connection: 'close' };
    const sent = request({ hostname, port, path: '/ingest', method: 'POST', headers, agent: false });
    const answered = new Promise<IncomingMessage>((resolve, reject) =>
      sent.on('response', resolve).on('error', reject),
    );
    sent.write(body.slice(0, 1000));
    const answer = await answered;
    sent.end(body.slice(1000));
    // Rejects where the last chunk is missing.
    expect((await textOf(answer)).split('\n')).toHaveLength(2001);
    expect(answer.complete).toBe(true);
  });

  it('takes no more than a client that does not read makes room for', async () => {
    await start();
    const { sent, answered } = open(NDJSON);
    const chunk = lines(...Array.from({ length: 500 }, () => packetEvent()));
    let taken = 0;
    sent.write(chunk);
    const response = await answered;
    response.pause();
    // Until neither side takes more.
    for (let full = false; !full && taken < 200; taken++) {
      if (!sent.write(chunk)) {
        const drained = new Promise<boolean>((resolve) => sent.once('drain', () => resolve(true)));
        full = !(await Promise.race([drained, new Promise<boolean>((r) => setTimeout(() => r(false), 1500))]));
      }
    }
    expect(taken).toBeLessThan(200);
    expect((await server.ask('GET', '/health')).status).toBe(200);
    sent.destroy();
  });

  it('bounds a line of 100 MB, with a clear answer', async () => {
    await start();
    const piece = Buffer.alloc(1 << 20, 'x');
    for (const type of [NDJSON, 'application/json']) {
      const { sent, answered } = open(type);
      sent.on('error', () => {});
      answered.catch(() => {});
      for (let i = 0; i < 100 && !sent.destroyed; i++) {
        if (!sent.write(piece))
          await Promise.race(['drain', 'close'].map((event) => new Promise((r) => sent.once(event, r))));
      }
      sent.end();
      const response = await answered;
      expect(response.statusCode).toBe(413);
      expect(JSON.parse(await textOf(response)).code).toBe('body-too-large');
    }
    const { status, text } = await send(
      Buffer.concat([
        Buffer.from(lines(packetEvent())),
        piece,
        piece,
        piece,
        Buffer.from('\n'),
        Buffer.from(lines(packetEvent())),
      ]),
    );
    expect(status).toBe(200);
    expect(
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).line ?? 'decided'),
    ).toEqual(['decided', 2, 'decided']);
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${server.process.pid}/status`, 'utf8'))![1]!;
    expect(Number(peak)).toBeLessThan(300_000);
  });

  it('outlives clients that go away', async () => {
    await start();
    for (let i = 0; i < 20; i++) {
      const { sent, answered } = open(NDJSON);
      answered.then(
        (response) => response.on('error', () => {}).resume(),
        () => {},
      );
      sent.on('error', () => {});
      sent.write(`${lines(packetEvent())}{"tuple":`);
      // Some go before their first line is answered, some behind it.
      if (i % 2 === 0) await answered;
      sent.destroy();
    }
    await expect.poll(async () => (await server.ask('GET', '/health')).status).toBe(200);
    expect(server.stderr()).not.toContain('internal error');
  });
});

describe('statistics', () => {
  it('cover events and uploads, and say which is which', async () => {
    await start('--block-app', 'NETFLIX');
    await send(
      lines(
        packetEvent({}, 'www.netflix.com', 100),
        packetEvent({ protocol: 'udp', src_port: 5 }, null, 50),
        packetEvent({ protocol: 'icmp' }, null, 7),
      ),
    );
    const form = new FormData();
    form.set('file', new Blob([readFileSync('samples/demo.pcap')]), 'demo.pcap');
    const analyzed = await fetch(`${server.url}/analyze`, { method: 'POST', body: form });
    const report = (await analyzed.json()) as ReportSummary;
    await fetch(`${server.url}/filter`, {
      method: 'POST',
      body: readFileSync('samples/demo.pcap'),
      headers: { 'content-type': 'application/octet-stream' },
    });
    const { json } = await server.ask('GET', '/stats');
    expect(json.ingest).toMatchObject({
      total_packets: 3,
      total_bytes: 157,
      forwarded_packets: 2,
      dropped_packets: 1,
      tcp_packets: 1,
      udp_packets: 1,
      other_packets: 1,
      total_connections: 3,
    });
    expect(json.analyzed).toMatchObject({
      captures: 1,
      total_packets: report.total_packets,
      dropped_packets: report.dropped_packets,
    });
    expect(json.filtered).toMatchObject({ captures: 1, total_packets: report.total_packets });
    expect(json.total_packets).toBe(report.total_packets + 3);
    expect(json.dropped_packets).toBe(report.dropped_packets + 1);
    expect(json.tcp_packets + json.udp_packets + json.other_packets).toBe(json.total_packets);
    const packets = Object.values(json.app_breakdown as Record<string, number>);
    expect(packets.reduce((sum, n) => sum + n, 0)).toBe(json.total_packets);
    const apps = (await server.ask('GET', '/stats/apps')).json.apps;
    expect(apps.find(({ app }: { app: string }) => app === 'NETFLIX').packets).toBe(report.app_breakdown.NETFLIX! + 1);

    const metrics = (await server.ask('GET', '/metrics')).text;
    expect(metrics).toContain('dpi_packets_total{source="ingest",verdict="drop"} 1\n');
    expect(metrics).toContain(`dpi_packets_total{source="analyze",verdict="drop"} ${report.dropped_packets}\n`);
    expect(metrics).toContain('dpi_http_requests_total{method="POST",route="/analyze",status="200"} 1\n');
    expect(metrics).toContain('dpi_upload_duration_seconds_count{route="/analyze"} 1\n');
    expect(metrics).toContain('dpi_rules_in_force 1\n');
    expect(metrics).toContain('dpi_rule_store_up 1\n');
    expect(metrics).toContain('process_resident_memory_bytes ');
  });

  it('list connections page by page, each once', async () => {
    await start();
    await send(lines(...Array.from({ length: 25 }, (_, i) => packetEvent({ src_port: 1000 + i }))));
    const ids: number[] = [];
    let cursor: number | null = null;
    do {
      const query: string = cursor === null ? '' : `&cursor=${cursor}`;
      const { json } = await server.ask('GET', `/stats/connections?limit=10${query}`);
      expect(json.total).toBe(25);
      ids.push(...json.connections.map(({ id }: { id: number }) => id));
      cursor = json.next_cursor;
    } while (cursor !== null);
    expect(ids).toEqual(Array.from({ length: 25 }, (_, i) => 25 - i));
    for (const query of ['limit=0', 'limit=1001', 'cursor=0', 'cursor=x', 'offset=5']) {
      expect((await server.ask('GET', `/stats/connections?${query}`)).status, query).toBe(400);
    }
  });
});

describe('GET /health', () => {
  it.runIf(redisBinary() !== null)('answers at once, also when Redis is silent', async () => {
    const redis = await startRedis([], await freePort());
    server = await startServe(['--redis', redis.url], { XDG_CACHE_HOME: folder });
    expect((await server.ask('GET', '/health')).json).toMatchObject({
      status: 'ok',
      store: 'redis',
      store_reachable: true,
    });
    await redis.stop();
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(redis.port, '127.0.0.1', resolve));
    // The silent server never answers: each answer here comes without its.
    await expect.poll(async () => (await server.ask('GET', '/health')).status, { timeout: 30_000 }).toBe(503);
    expect((await server.ask('GET', '/health')).json).toMatchObject({ store_reachable: false });
    // The last known rules go on.
    expect((await server.ask('POST', '/ingest', packetEvent())).status).toBe(200);
    silent.close();
  });
});
