/** `dpi analyze --view` on the command line; test/render/views.test.ts has the rows. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VIEW_NAMES } from '../../src/render/views/views.js';
import { ensureBuilt, runDpi } from '../support/run-cli.js';

const DEMO = 'samples/demo.pcap';
const folder = mkdtempSync(join(tmpdir(), 'dpi-views-'));

beforeAll(ensureBuilt, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

async function analyze(...args: string[]) {
  const { stdout, stderr, exitCode } = await runDpi(['analyze', ...args]);
  return { stdout: String(stdout), stderr: String(stderr), exitCode };
}

async function rowsOf(...args: string[]): Promise<Record<string, unknown>[]> {
  return JSON.parse((await analyze('--json', ...args)).stdout).rows;
}

describe('dpi analyze --view', () => {
  it('prints all rows unless --top is given', async () => {
    const { hosts } = JSON.parse((await analyze('--json', DEMO)).stdout);
    expect(await rowsOf('--view', 'hosts', DEMO)).toEqual(hosts);
    expect(await rowsOf('--view', 'hosts', '--top', '3', DEMO)).toEqual(hosts.slice(0, 3));
    const lines = (await analyze('--view', 'hosts', DEMO)).stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(hosts.length + 1);
  });

  it('goes with a selection', async () => {
    const labels = await rowsOf('--view', 'labels', '--app', 'NETFLIX', '--since', '1s', DEMO);
    expect(labels.map(({ label }) => label)).toEqual(['NETFLIX']);
    const old = await rowsOf('--view', 'connections', '--where', 'tls_version in (1.2, 1.1, 1.0)', DEMO);
    expect(old.map((c) => c.tls_version)).toEqual(['1.2']);
  });

  it('reads standard input, and writes files', async () => {
    const file = join(folder, 'hosts.csv');
    const { exitCode } = await runDpi(['analyze', '--view', 'hosts', '--csv', '-o', file, '-'], {
      inputFile: DEMO,
      stdin: undefined,
    });
    expect(exitCode).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe((await analyze('--view', 'hosts', '--csv', DEMO)).stdout);
  });

  it('sorts connections, and shortens the list, in every form', async () => {
    const all = await rowsOf('--view', 'connections', DEMO);
    const rtts = all.map(({ rtt_ms: rtt }) => Number(rtt ?? -1)).sort((a, b) => b - a);
    const sorted = ['--view', 'connections', '--sort', 'rtt', '--top', '3', DEMO];
    const rows = await rowsOf(...sorted);
    expect(rows.map(({ rtt_ms: rtt }) => rtt)).toEqual(rtts.slice(0, 3));
    const ids = rows.map(({ id }) => String(id));
    const csv = (await analyze('--csv', ...sorted)).stdout.trimEnd().split('\n').slice(1);
    expect(csv.map((line) => line.split(',')[0])).toEqual(ids);
    const table = (await analyze(...sorted)).stdout.split('\n').slice(1, 4);
    expect(table.map((line) => line.trim().split(' ')[0])).toEqual(ids);
  });

  it('shows the same connections as --json and --csv do', async () => {
    const { connections } = JSON.parse((await analyze('--json', DEMO)).stdout);
    expect(await rowsOf('--view', 'connections', DEMO)).toEqual(connections);
    expect((await analyze('--view', 'connections', '--csv', DEMO)).stdout).toBe((await analyze('--csv', DEMO)).stdout);
  });

  it('names the views where there is no such view', async () => {
    const { stderr, exitCode } = await analyze('--view', 'host', DEMO);
    expect(exitCode).toBe(2);
    expect(stderr.replace(/\s+/g, ' ')).toContain(VIEW_NAMES.join(', '));
  });

  it.each([
    [['--ndjson'], "'--ndjson'"],
    [['--explain', 'YOUTUBE'], "'--explain <query>'"],
    [['--sort', 'bytes'], '--sort orders connections'],
  ])('refuses %j', async (args, part) => {
    const { stdout, stderr, exitCode } = await analyze('--view', 'hosts', ...args, DEMO);
    expect([stdout, exitCode]).toEqual(['', 2]);
    expect(stderr).toContain(part);
  });

  it('ends with the exit code of a condition', async () => {
    const { stdout, exitCode } = await analyze('--view', 'labels', '--fail-on', 'app:YOUTUBE', DEMO);
    expect(stdout).toMatch(/^ Labels /);
    expect(exitCode).toBe(1);
  });
});
