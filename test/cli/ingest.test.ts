/** `dpi ingest` as a process: what it answers when, rules that change meanwhile, signals, pipes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { redisBinary, startRedis, type TestRedis } from '../adapters/stores/redis-server.js';
import { OUT, reverse } from '../core/ingest/events.js';
import { CLEAN_ENV, ensureBuilt, runDpi } from '../support/run-cli.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'dpi-ingest-'));
const ajv = new Ajv2020({ strict: false });
const schema = (name: string) => JSON.parse(readFileSync(join(ROOT, `schema/${name}.schema.json`), 'utf8'));
ajv.addSchema(schema('report'));
const isRecord = ajv.compile(schema('ingest-decision'));
const isEvent = ajv.compile(schema('ingest-event'));

const children: ChildProcess[] = [];
beforeAll(ensureBuilt);
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const line = (event: object) => `${JSON.stringify({ tuple: OUT, size: 100, ...event })}\n`;

/** A running `dpi ingest`: write events, wait for records. */
function start(...args: string[]) {
  const env = Object.fromEntries(
    Object.entries({ ...process.env, ...CLEAN_ENV }).filter(([, value]) => value !== undefined),
  );
  const child = spawn(process.execPath, [`${ROOT}/bin/dpi.js`, 'ingest', ...args], { env });
  children.push(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text) => (stdout += text));
  child.stderr.on('data', (text) => (stderr += text));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const records = () =>
    stdout
      .split('\n')
      .filter(Boolean)
      .map((one) => JSON.parse(one));
  const next = async (event: object) => {
    const count = records().length;
    child.stdin.write(line(event));
    await vi.waitFor(() => expect(records().length).toBe(count + 1), { timeout: 30_000, interval: 2 });
    return records()[count];
  };
  return { child, next, ended, records, errors: () => stderr };
}

describe('dpi ingest', () => {
  it('answers each line, sums up, and keeps to its schema', async () => {
    const events = [
      { domain: 'i.ytimg.com', timestamp: 1_700_000_000.5 },
      { tuple: reverse(OUT), size: 1500, timestamp: '2023-11-14T22:13:21.25Z' },
      { tuple: { src_ip: '2001:db8::1', dst_ip: '2001:db8::2', protocol: 'icmp' } },
    ];
    for (const event of events) expect(isEvent(JSON.parse(line(event)))).toBe(true);
    const input = `${events.map(line).join('')}nonsense\n`;
    const { stdout, stderr, exitCode } = await runDpi(['ingest', '--block-app', 'YOUTUBE'], { input, stdin: 'pipe' });
    const records = String(stdout)
      .trim()
      .split('\n')
      .map((one) => JSON.parse(one));
    for (const record of records) if (!isRecord(record)) expect.fail(JSON.stringify([record, isRecord.errors]));
    expect(records.map((r) => r.decision ?? r.error ?? r.type)).toEqual([
      'drop',
      'drop',
      'forward',
      'not JSON at column 1: unexpected "n"',
      'summary',
    ]);
    expect(Object.keys(records[0])).toEqual(['decision', 'app', 'domain', 'detected_by', 'blocked_by', 'connection']);
    expect(records.at(-1)).toMatchObject({
      lines: 4,
      bad_lines: 1,
      total_packets: 3,
      total_bytes: 1700,
      dropped_packets: 2,
      blocked_connections: 1,
      first_seen: 1_700_000_000.5,
      app_breakdown: { YOUTUBE: 2, UNKNOWN: 1 },
    });
    expect([exitCode, stderr]).toEqual([3, '']);
  });

  it('has nothing to say to nothing', async () => {
    const { stdout, exitCode } = await runDpi(['ingest'], { input: '', stdin: 'pipe' });
    expect(JSON.parse(String(stdout))).toMatchObject({ type: 'summary', lines: 0, total_packets: 0, first_seen: null });
    expect(exitCode).toBe(0);
  });

  it('answers at once what comes slowly', async () => {
    const { next, child, ended, records } = start();
    expect(await next({})).toMatchObject({ decision: 'forward', domain: null });
    expect(await next({ domain: 'discord.com' })).toMatchObject({ app: 'DISCORD', detected_by: 'event' });
    child.stdin.end();
    expect(await ended).toBe(0);
    expect(records().at(-1).total_packets).toBe(2);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('writes the summary on %s', async (signal) => {
    const { next, child, ended, records, errors } = start();
    await next({ domain: 'discord.com' });
    child.kill(signal);
    expect(await ended).toBe(130);
    expect(records().at(-1)).toMatchObject({ type: 'summary', total_packets: 1 });
    expect(errors()).toBe('');
  });

  it('ends quietly when its reader goes away', async () => {
    const events = join(folder, 'events.ndjson');
    writeFileSync(events, line({ domain: 'www.youtube.com' }).repeat(200_000));
    const { stdout, stderr, exitCode } = await execa(
      'bash',
      ['-c', `set -o pipefail; "${process.execPath}" bin/dpi.js ingest < ${events} | head -2`],
      { cwd: ROOT, env: CLEAN_ENV, reject: false },
    );
    expect(String(stdout).split('\n')).toHaveLength(2);
    expect([stderr, exitCode]).toEqual(['', 0]);
  });

  it('says in a sentence what it can not read or does not take', async () => {
    const wrong = await runDpi(['ingest', '--block-app', 'NOSUCHAPP'], { input: '', stdin: 'pipe' });
    expect([wrong.exitCode, String(wrong.stderr)]).toEqual([2, expect.stringContaining('--block-app')]);
    const file = await runDpi(['ingest', '--rules-file', join(folder, 'none.json')], { input: '', stdin: 'pipe' });
    expect([file.exitCode, String(file.stderr)]).toEqual([2, expect.stringContaining('there is no rules file')]);
    const isFolder = await execa('bash', ['-c', `"${process.execPath}" bin/dpi.js ingest < /tmp`], {
      cwd: ROOT,
      env: CLEAN_ENV,
      reject: false,
    });
    expect([isFolder.exitCode, isFolder.stderr]).toEqual([2, "dpi: can't read standard input: it is a directory"]);
  });

  it('heeds a limit, and warns of it unless quiet', async () => {
    const input = Array.from({ length: 50 }, (_, n) => line({ tuple: { ...OUT, src_port: n } })).join('');
    const loud = await runDpi(['ingest', '--max-connections', '8'], { input, stdin: 'pipe' });
    expect(loud.stderr).toContain('warning: limit reached: 42 connections were evicted');
    const quiet = await runDpi(['ingest', '--max-connections', '8', '--quiet'], { input, stdin: 'pipe' });
    expect([quiet.stderr, quiet.exitCode]).toEqual(['', 0]);
  });
});

describe('dpi ingest while rules change', () => {
  let server: TestRedis | null = null;
  beforeAll(async () => {
    if (redisBinary() !== null) server = await startRedis(['--save', '']);
  });
  afterAll(async () => server?.stop());

  /** Blocks, then frees, by `dpi rules` in other processes; connections that were blocked stay so. */
  async function changes(store: readonly string[]): Promise<void> {
    const { next, child, ended, errors } = start(...store);
    const port = (n: number) => ({ tuple: { ...OUT, src_port: n } });
    expect((await next({ ...port(1), domain: 'www.tiktok.com' })).decision).toBe('forward');
    const becomes = async (n: number, decision: string, domain?: string) =>
      vi.waitFor(async () => expect((await next({ ...port(n), domain })).decision).toBe(decision), {
        timeout: 20_000,
        interval: 5,
      });
    expect((await runDpi(['rules', 'add', 'app:TIKTOK', ...store])).exitCode).toBe(0);
    await becomes(1, 'drop');
    expect(await next({ ...port(2), domain: 'tiktok.com' })).toMatchObject({ blocked_by: 'app:TIKTOK', connection: 2 });
    expect((await runDpi(['rules', 'remove', 'app:TIKTOK', ...store])).exitCode).toBe(0);
    for (let n = 3; (await next({ ...port(n), domain: 'tiktok.com' })).decision === 'drop' && n < 2000; n++);
    expect((await next({ ...port(5000), domain: 'tiktok.com' })).decision).toBe('forward');
    expect((await next({ ...port(1) })).decision).toBe('drop');
    child.stdin.end();
    expect(await ended).toBe(0);
    expect(errors()).toBe('');
  }

  it('follows the JSON file', async () => {
    const file = join(folder, 'rules.json');
    await runDpi(['rules', 'add', 'other.example', '--rules-file', file]);
    await changes(['--rules-file', file]);
  });

  it.skipIf(redisBinary() === null)('follows Redis', async () => {
    await changes(['--redis', server!.url]);
  });

  it.skipIf(redisBinary() === null)('follows Redis through a restart, and warns once', async () => {
    const { next, child, ended, errors } = start('--redis', server!.url);
    await next({ domain: 'www.tiktok.com' });
    await server!.stop();
    await vi.waitFor(() => expect(errors()).toContain('stay in force'), { timeout: 10_000 });
    expect((await next({})).decision).toBe('forward');
    server = await startRedis(['--save', ''], server!.port);
    await runDpi(['rules', 'add', 'tiktok.com', '--redis', server.url]);
    await vi.waitFor(async () => expect((await next({})).decision).toBe('drop'), { timeout: 20_000, interval: 5 });
    child.stdin.end();
    expect(await ended).toBe(0);
    expect(errors().trim().split('\n')).toHaveLength(1);
  });
});
