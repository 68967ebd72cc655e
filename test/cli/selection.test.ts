/** Selections and orders on the command line. */
import { beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt, runDpi } from '../support/run-cli.js';

const DEMO = 'samples/demo.pcap';

beforeAll(ensureBuilt, 60_000);

async function run(...args: string[]): Promise<{ stdout: string; stderr: string; exitCode: number | undefined }> {
  const { stdout, stderr, exitCode } = await runDpi(args);
  return { stdout: String(stdout), stderr: String(stderr), exitCode };
}

async function idsOf(...args: string[]): Promise<number[]> {
  const { stdout } = await run('analyze', '--json', DEMO, ...args);
  return JSON.parse(stdout).connections.map(({ id }: { id: number }) => id);
}

describe('dpi analyze', () => {
  it('selects by options what it selects by an expression', async () => {
    const byOptions = await idsOf('--app', 'YOUTUBE', '--since', '500ms', '--until', '600ms');
    expect(byOptions).toEqual([6, 7, 8, 9]);
    const expression = 'app == YOUTUBE and last_seen >= 500ms and first_seen <= 600ms';
    expect(await idsOf('--where', expression)).toEqual(byOptions);
  });

  it('takes lists with commas and options again', async () => {
    const ids = await idsOf('--proto', 'ssh,quic');
    expect(await idsOf('--proto', 'ssh', '--proto', 'quic')).toEqual(ids);
    expect(ids.length).toBe(7);
  });

  it('says in the table how many of the connections are selected', async () => {
    const { stdout } = await run('analyze', DEMO, '--proto', 'quic');
    expect(stdout).toMatch(/^ 6 of 53 connections selected · 178 packets · /m);
    expect((await run('analyze', DEMO)).stdout).toMatch(/^ 21 connections · 32 DNS look-ups · /m);
  });

  it('points at a mistake in an expression', async () => {
    const { stderr, exitCode } = await run('analyze', DEMO, '--where', 'bytes > 1M and byts > 5');
    expect(exitCode).toBe(2);
    expect(stderr.split('\n').slice(-3)).toEqual(['  bytes > 1M and byts > 5', '                 ^^^^', '']);
  });

  it('refuses two expressions, and two times', async () => {
    const { stderr, exitCode } = await run('analyze', DEMO, '--where', 'blocked', '--where', 'ech');
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("join the expressions with 'and' or 'or'")]);
    expect((await run('analyze', DEMO, '--since', '1s', '--since', '2s')).exitCode).toBe(2);
  });

  it('sorts the connections of --json and --csv, with the details of handshakes', async () => {
    const { connections } = JSON.parse((await run('analyze', '--json', DEMO, '--sort', 'packets')).stdout);
    const inEnding = JSON.parse((await run('analyze', '--json', DEMO)).stdout).connections;
    const byPackets = [...inEnding].sort((a, b) => b.packets - a.packets || a.id - b.id);
    expect(connections).toEqual(byPackets);
    const csv = (await run('analyze', '--csv', DEMO, '--sort', 'time')).stdout.trim().split('\n').slice(1);
    expect(csv.map((line) => Number(line.split(',')[0]))).toEqual(inEnding.map((_: unknown, i: number) => i + 1));
  });

  it('does not sort lines that are written as connections end', async () => {
    const { stderr, exitCode } = await run('analyze', '--ndjson', DEMO, '--sort', 'bytes');
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--sort cannot be used with --ndjson')]);
  });
});

it('dpi live prints labels and connections that are selected', async () => {
  const { stdout } = await runDpi(['live', '-i', '-', '--ndjson', '--app', 'NETFLIX'], {
    inputFile: DEMO,
    stdin: undefined,
  });
  const events = String(stdout)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const shown = events.filter(({ type }) => type === 'label' || type === 'connection');
  expect(new Set(shown.map(({ app }) => app))).toEqual(new Set(['NETFLIX']));
  const { selected, apps, total_connections: total } = events.at(-1);
  expect(total).toBe(53);
  expect(selected.connections).toBe(shown.filter(({ type }) => type === 'connection').length);
  expect(apps.map(({ app }: { app: string }) => app)).toEqual(['NETFLIX']);
});

it('dpi live measures round trips where an expression asks for them', async () => {
  const where = ['--where', 'rtt_ms > 0.1'];
  const { stdout } = await runDpi(['live', '-i', '-', '--ndjson', ...where], { inputFile: DEMO, stdin: undefined });
  const { selected } = JSON.parse(String(stdout).trim().split('\n').at(-1)!);
  expect(selected.connections).toBe((await idsOf(...where)).length);
});

it('dpi filter refuses rules beside a selection', async () => {
  const { stderr, exitCode } = await run(
    'filter',
    DEMO,
    '--dry-run',
    '--keep-where',
    'blocked',
    '--block-app',
    'TIKTOK',
  );
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--block-app cannot be used with --keep-…')]);
});
