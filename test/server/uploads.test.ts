import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ethernet } from '../forge/link.js';
import { FORGE_EPOCH_MICROS } from '../forge/packet.js';
import { pcapFile } from '../forge/pcap.js';
import { cryptoFrame, initialPacket } from '../forge/quic.js';
import { clientHello } from '../forge/tls.js';
import { udpPacket } from '../forge/transport.js';
import { ensureBuilt, runDpi } from '../support/run-cli.js';
import { type ServeProcess, startServe } from './serve-process.js';

const DEMO = readFileSync('samples/demo.pcap');
/** A QUIC connection with more hellos than are read of one. */
const ALL_HELLOS = new Uint8Array(
  pcapFile(
    Array.from({ length: 66 }, (_, n) => {
      const id = Buffer.from([1, 2, 3, 4, 5, 6, 7, n]);
      const data = clientHello({
        serverName: `www${n}.example`,
        seed: n,
        postQuantum: false,
        quicTransportParameters: id,
      });
      const initial = initialPacket(cryptoFrame({ offset: 0, data }), { destinationConnectionId: id });
      const packet = udpPacket({ address: '192.0.2.1', port: 9 }, { address: '203.0.113.1', port: 443 }, initial);
      return { data: ethernet(packet), timeMicros: FORGE_EPOCH_MICROS + n * 1000 };
    }),
  ),
);
const PCAPNG = readFileSync('samples/firefox-quic.pcapng');

let folder: string;
let server: ServeProcess;

beforeAll(async () => {
  await ensureBuilt();
  folder = mkdtempSync(join(tmpdir(), 'dpi-uploads-'));
  const rules = join(folder, 'rules.json');
  await runDpi(['rules', 'add', 'app:TIKTOK', '--rules-file', rules]);
  server = await startServe(['--rules-file', rules, '--workers', '2']);
});

afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function post(
  path: string,
  body: string | Uint8Array<ArrayBuffer> | Buffer<ArrayBuffer> | FormData,
  headers: Record<string, string> = {},
) {
  return fetch(`${server.url}${path}`, { method: 'POST', body, headers });
}

function form(bytes: Buffer, name: string, field = 'file'): FormData {
  const data = new FormData();
  data.append(field, new Blob([new Uint8Array(bytes)]), name);
  return data;
}

/** What the command line prints for the capture, run where its path is its name. */
async function printed(args: string[]): Promise<string> {
  const { stdout } = await runDpi([...args, '--rules-file', join(folder, 'rules.json')]);
  return String(stdout);
}

describe('POST /analyze', () => {
  it.each(['json', 'ndjson', 'csv'])('answers with the bytes that dpi analyze --%s prints', async (format) => {
    const name = 'samples/demo.pcap';
    const answer = await post(`/analyze?format=${format}&name=${encodeURIComponent(name)}`, DEMO);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe(await printed(['analyze', `--${format}`, name]));
  });

  it('says how much of a capture is read, and takes an id once at a time', async () => {
    const copies = 200;
    const large = Buffer.concat([DEMO, ...Array.from({ length: copies }, () => DEMO.subarray(24))]);
    let sent = false;
    const answer = post('/analyze?upload=one', large).finally(() => {
      sent = true;
    });
    const seen: { read_bytes: number; total_bytes: number }[] = [];
    let refused = 0;
    while (!sent) {
      seen.push((await server.ask('GET', '/uploads/one')).json);
      if (seen.at(-1)!.read_bytes > 0 && refused === 0) refused = (await post('/analyze?upload=one', DEMO)).status;
    }
    expect((await answer).status).toBe(200);
    const reading = seen.filter(({ read_bytes }) => read_bytes > 0);
    expect(refused).toBe(409);
    expect(reading.length).toBeGreaterThan(0);
    for (const { read_bytes, total_bytes } of reading) {
      expect(total_bytes).toBe(large.length);
      expect(read_bytes).toBeLessThanOrEqual(total_bytes);
    }
    expect((await server.ask('GET', '/uploads/one')).json).toEqual({ read_bytes: 0, total_bytes: 0 });
    expect((await post('/analyze?upload=%C3%A9', DEMO)).status).toBe(400);
  });

  it('takes a form, whose file names the capture', async () => {
    const answer = await post('/analyze', form(PCAPNG, 'firefox-quic.pcapng'));
    expect(answer.headers.get('content-type')).toContain('application/json');
    const report = (await answer.json()) as { inputs: { name: string; packets: number }[] };
    expect(report.inputs).toMatchObject([{ name: 'firefox-quic.pcapng', packets: 76 }]);
  });

  it('takes long ones either way, in more pieces than are under way at a time', async () => {
    const packet = DEMO.subarray(24, 24 + 16 + DEMO.readUInt32LE(24 + 8));
    const packets = Math.ceil(12_000_000 / packet.length);
    const long = Buffer.concat([DEMO.subarray(0, 24), ...Array.from({ length: packets }, () => packet)]);
    for (const body of [new Uint8Array(long), form(long, 'long.pcap')]) {
      const report = (await (await post('/analyze', body)).json()) as Record<string, unknown>;
      expect(report).toMatchObject({ total_packets: packets });
    }
    const kept = await post('/filter', form(long, 'long.pcap'));
    expect(Buffer.from(await kept.arrayBuffer()).equals(long)).toBe(true);
  });

  it.each(['0', '10001', '999999999', '1e3'])('refuses top=%s: each row would take memory', async (top) => {
    const answer = await post(`/analyze?format=table&top=${top}`, DEMO);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      detail: expect.stringContaining("'top' must be a whole number from 1 to 10000"),
    });
  });

  it('unpacks by content', async () => {
    const report = (await (await post('/analyze', gzipSync(DEMO))).json()) as Record<string, unknown>;
    expect(report).toMatchObject({ total_packets: 692, inputs: [{ name: 'upload', compression: 'gzip' }] });
  });

  it('applies stored rules and those of the query', async () => {
    const blocked = async (query: string) =>
      ((await (await post(`/analyze${query}`, DEMO)).json()) as { blocked_connections: number }).blocked_connections;
    const stored = await blocked('');
    expect(stored).toBeGreaterThan(0);
    expect(await blocked('?stored_rules=false')).toBe(0);
    expect(await blocked('?block_app=YOUTUBE&block_app=NETFLIX')).toBe(await blocked('?block_app=YOUTUBE,NETFLIX'));
    expect(await blocked('?block_app=YOUTUBE')).toBeGreaterThan(stored);
    expect(await blocked('?allow_app=TIKTOK')).toBe(0);
  });

  it('decides as told about connections that a limit left partly unread', async () => {
    const blocked = async (query: string) =>
      ((await (await post(`/analyze${query}`, ALL_HELLOS)).json()) as Record<string, unknown>).blocked_connections;
    expect(await blocked('?on_limit=allow')).toBe(0);
    expect(await blocked('?on_limit=block')).toBe(1);
    expect((await post('/filter?on_limit=drop', ALL_HELLOS)).status).toBe(400);
  });

  it('reports what is readable of a damaged capture', async () => {
    const answer = await post('/analyze', DEMO.subarray(0, DEMO.length - 7));
    expect(answer.status).toBe(200);
    const report = (await answer.json()) as { total_packets: number; inputs: { damage: string }[] };
    expect(report.total_packets).toBe(691);
    expect(report.inputs[0]!.damage).toContain('packet 692');
  });

  it('prints the table of people on request', async () => {
    const answer = await post('/analyze?format=table&top=2', DEMO);
    expect(answer.headers.get('content-type')).toContain('text/plain');
    expect(await answer.text()).toMatch(/^ upload {3}pcap · /);
  });
});

describe('POST /filter', () => {
  it.each(['inline', 'flow'])('answers in mode %s with the bytes that dpi filter writes', async (mode) => {
    const answer = await post(`/filter?mode=${mode}&block_app=YOUTUBE`, form(DEMO, 'demo.pcap'));
    const bytes = Buffer.from(await answer.arrayBuffer());
    const out = join(folder, `${mode}.pcap`);
    const rules = join(folder, 'rules.json');
    const args = ['filter', 'samples/demo.pcap', out, '--mode', mode, '--block-app', 'YOUTUBE', '--json'];
    const { stdout } = await runDpi([...args, '--rules-file', rules]);
    expect(bytes.equals(readFileSync(out))).toBe(true);
    const summary = JSON.parse(String(stdout)) as Record<string, unknown>;
    expect(answer.headers.get('content-type')).toBe('application/vnd.tcpdump.pcap');
    expect(answer.headers.get('dpi-mode')).toBe(mode);
    expect(answer.headers.get('dpi-kept-packets')).toBe(String(summary.kept_packets));
    expect(answer.headers.get('dpi-dropped-packets')).toBe(String(summary.dropped_packets));
    expect(answer.headers.get('dpi-blocked-connections')).toBe(String(summary.blocked_connections));
  });

  it('keeps what keep_… names, and nothing else', async () => {
    const answer = await post('/filter?keep_app=YOUTUBE', DEMO);
    expect(answer.headers.get('dpi-mode')).toBe('keep');
    expect(answer.headers.get('dpi-kept-packets')).toBe('117');
  });

  it.each([
    [
      'keep_where=bytes+%3E+10k+and+label+in+(YOUTUBE,+DISCORD)',
      ['--keep-where', 'bytes > 10k and label in (YOUTUBE, DISCORD)'],
    ],
    ['keep_since=1s&keep_until=2.5s', ['--keep-since', '1s', '--keep-until', '2.5s']],
    ['keep_host=www.youtube.com', ['--keep-host', 'www.youtube.com']],
    [
      'keep_app=YOUTUBE&keep_where=is_lookup&invert=true',
      ['--keep-app', 'YOUTUBE', '--keep-where', 'is_lookup', '--invert'],
    ],
    ['keep_proto=quic,dns&invert=true', ['--keep-proto', 'quic,dns', '--invert']],
  ])('answers %s with the bytes that dpi filter writes', async (query, args) => {
    const answer = await post(`/filter?${query}`, DEMO);
    expect(answer.status).toBe(200);
    const bytes = Buffer.from(await answer.arrayBuffer());
    const out = join(folder, 'chosen.pcap');
    await runDpi(['filter', 'samples/demo.pcap', out, ...args, '--force']);
    expect(bytes.equals(readFileSync(out))).toBe(true);
    expect(bytes.length).toBeLessThan(DEMO.length);
    expect(bytes.length).toBeGreaterThan(24);
  });

  it.each([
    ['keep_where=bytes+%3E%3E+1', 'keep_where, column 8'],
    ['keep_net=fritz', "keep_net: 'fritz' is not a prefix"],
    ['keep_whre=blocked', 'or keep_where?'],
    ['invert=true', "'invert' needs a keep_"],
    ['keep_since=1s&block_app=YOUTUBE', "can't be combined"],
  ])('refuses %s before the upload is read', async (query, detail) => {
    const answer = await post(`/filter?${query}`, DEMO);
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { detail: string }).detail).toContain(detail);
  });

  it('gives a pcapng back as it is where nothing is dropped', async () => {
    const answer = await post('/filter', PCAPNG);
    expect(answer.headers.get('content-type')).toBe('application/x-pcapng');
    expect(Buffer.from(await answer.arrayBuffer()).equals(PCAPNG)).toBe(true);
  });

  it('tells with summary=only what would go', async () => {
    const answer = await post('/filter?summary=only&block_app=YOUTUBE', DEMO);
    expect(await answer.json()).toMatchObject({
      dry_run: true,
      output: null,
      total_packets: 692,
      dropped_packets: 143,
    });
  });

  it('keeps apart uploads that are filtered at the same time', async () => {
    const queries = ['block_app=YOUTUBE', 'block_app=NETFLIX', 'keep_app=DISCORD', 'block_app=GITHUB'];
    const run = (query: string) => post(`/filter?${query.startsWith('keep') ? '' : 'mode=flow&'}${query}`, DEMO);
    const hash = async (answer: Response) => Buffer.from(await answer.arrayBuffer()).toString('latin1').length;
    const alone: number[] = [];
    for (const query of queries) alone.push(await hash(await run(query)));
    const together = await Promise.all([...queries, ...queries].map(async (query) => hash(await run(query))));
    expect(together).toEqual([...alone, ...alone]);
  });
});

describe('an upload that is none', () => {
  it.each([
    ['text', 'hello\n', 422, 'input-not-a-capture', 'looks like a text file'],
    ['nothing', '', 422, 'input-empty', 'is empty'],
  ])('is told what it is: %s', async (_what, body, status, code, words) => {
    const answer = await post('/analyze', body);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    const problem = (await answer.json()) as { detail: string };
    expect(problem).toMatchObject({ status, code });
    expect(problem.detail).toContain(words);
  });

  it.each(['/analyze', '/filter'])('is refused as JSON by %s', async (path) => {
    for (const type of ['application/json', 'application/problem+json; charset=utf-8']) {
      expect((await post(path, '{}', { 'content-type': type })).status).toBe(415);
    }
  });

  it.each([
    ['?blok_app=YOUTUBE', 'bad-query', 'did you mean block_ip or block_app or allow_app?'],
    ['?format=xml', 'bad-query', 'json, ndjson, csv, html, table'],
    ['?top=0', 'bad-query', 'whole number'],
    ['?top=1&top=2', 'bad-query', '2 times'],
    ['?block_app=YOUTUB', 'unknown-app', 'YOUTUBE'],
    ['?block_ip=300.1.1.1', 'bad-address', 'block_ip'],
    ['?fail_on=nonsense', 'bad-condition', 'nonsense'],
  ])('is not taken with the query %s', async (query, code, words) => {
    const answer = await post(`/analyze${query}`, DEMO);
    const problem = (await answer.json()) as { detail: string };
    expect(problem).toMatchObject({ status: 400, code });
    expect(problem.detail).toContain(words);
  });

  it('is not taken with rules beside keep_…', async () => {
    const answer = await post('/filter?keep_app=YOUTUBE&block_app=NETFLIX', DEMO);
    expect(await answer.json()).toMatchObject({ status: 400, code: 'bad-query' });
  });
});

describe('a form', () => {
  const TYPE = { 'content-type': 'multipart/form-data; boundary=x' };
  const part = (disposition: string, body: string | Buffer) =>
    Buffer.concat([
      Buffer.from(`--x\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n`),
      Buffer.from(body),
      Buffer.from('\r\n'),
    ]);
  const file = part('name="file"; filename="demo.pcap"', DEMO);
  const end = Buffer.from('--x--\r\n');

  it.each<[what: string, body: Buffer, headers: Record<string, string>]>([
    ['without a boundary', Buffer.concat([file, end]), { 'content-type': 'multipart/form-data' }],
    ['with another boundary', Buffer.concat([file, end]), { 'content-type': 'multipart/form-data; boundary=y' }],
    ['that is empty', Buffer.alloc(0), TYPE],
    ['without parts', end, TYPE],
    ['without a file', Buffer.concat([part('name="a"', 'b'), end]), TYPE],
    ['whose file has another name', Buffer.concat([part('name="capture"; filename="a"', DEMO), end]), TYPE],
    ['whose file is a field', Buffer.concat([part('name="file"', 'text'), end]), TYPE],
    ['with a field before the file', Buffer.concat([part('name="top"', '1'), file, end]), TYPE],
    ['with a field behind the file', Buffer.concat([file, part('name="top"', '1'), end]), TYPE],
    ['with two files', Buffer.concat([file, file, end]), TYPE],
    ['with ten files', Buffer.concat([...Array.from({ length: 10 }, () => file), end]), TYPE],
    ['cut in a header', file.subarray(0, 30), TYPE],
    ['cut in the file', file.subarray(0, 100_000), TYPE],
    ['cut before its end', file, TYPE],
    ['of a prototype', Buffer.concat([part('name="__proto__"; filename="a"', DEMO), end]), TYPE],
    ['with a huge header', Buffer.concat([part(`name="${'a'.repeat(200_000)}"; filename="a"`, DEMO), end]), TYPE],
  ])('%s is told what is wrong', async (_what, body, headers) => {
    const answer = await post('/analyze', new Uint8Array(body), headers);
    expect(await answer.json()).toMatchObject({ status: 400, instance: '/analyze' });
  });

  it('is taken again after all of them', async () => {
    const answer = await post('/analyze', new Uint8Array(Buffer.concat([file, end])), TYPE);
    expect(answer.status).toBe(200);
    expect(server.stderr()).not.toContain('internal error');
  });
});
