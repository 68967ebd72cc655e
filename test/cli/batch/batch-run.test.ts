/** `dpi batch` as a process: streams, units, merging, repeating, failing. */
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { analyzeCaptures } from '../../../src/usecases/analyze/analyze.js';
import type { BatchReport } from '../../../src/usecases/batch/batch-report.js';
import type { Plan } from '../../../src/usecases/batch/plan-types.js';
import { duck } from '../../support/duck.js';
import { writeRing } from '../../support/ring.js';
import { ensureBuilt, runDpi } from '../../support/run-cli.js';
import { until } from '../../support/until.js';

let root: string;
let folder: string;
beforeAll(async () => {
  await ensureBuilt();
  root = mkdtempSync(join(tmpdir(), 'dpi-batch-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

let tests = 0;
beforeEach(() => {
  folder = join(root, String(++tests));
});

const at = (...names: string[]) => join(folder, ...names);

async function batch(...args: string[]) {
  const { exitCode, stdout, stderr } = await runDpi(['batch', ...args]);
  return { exitCode, stdout: String(stdout), stderr: String(stderr) };
}

const reportIn = (run: string) => JSON.parse(readFileSync(join(run, 'report.json'), 'utf8')) as BatchReport;
const planIn = (run: string) => JSON.parse(readFileSync(join(run, 'plan.json'), 'utf8')) as Plan;
const connections = `read_parquet('dataset/connections/**/*.parquet', hive_partitioning = true)`;

/** All files of the data set with their content. */
function dataSetOf(run: string): Record<string, string> {
  const files = readdirSync(join(run, 'dataset'), { recursive: true, encoding: 'utf8' });
  const parquet = files.filter((name) => name.endsWith('.parquet')).sort();
  return Object.fromEntries(parquet.map((name) => [name, readFileSync(join(run, 'dataset', name)).toString('base64')]));
}

/** Names of the folders of units, those in the making included. */
function folders(run: string): string[] {
  if (!existsSync(join(run, 'units'))) return [];
  return readdirSync(join(run, 'units')).flatMap((shard) => readdirSync(join(run, 'units', shard)));
}

describe('a ring of 50 files', () => {
  it('is one stream: a connection over all of them is one row, and names last from the first to the last', async () => {
    const paths = writeRing(at('in'), 'eth0', { files: 50 });
    const { exitCode, stderr, stdout } = await batch('run', at('in'), '-o', at('run'));
    expect(stderr).toContain('1 stream in 50 files\n  eth0: 50 files');
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('Units        1 done')]);

    const rows = await duck(
      at('run'),
      `select domain, count(*) n, sum(packets)::bigint packets, min(input) as first_input, bool_or(day is null) dayless
       from ${connections} where not is_lookup group by domain order by domain`,
    );
    expect(rows).toEqual([
      { domain: 'cdn.example.net', n: '50', packets: '400', first_input: 0, dayless: false },
      { domain: 'www.youtube.com', n: '1', packets: expect.any(String), first_input: 0, dayless: false },
    ]);
    const { summary } = await analyzeCaptures(paths, {});
    const [sums] = await duck(at('run'), `select sum(packets)::bigint p, sum(bytes)::bigint b from ${connections}`);
    expect(sums).toEqual({ p: String(summary.total_packets), b: String(summary.total_bytes) });
    const { units, streams, failures, damaged_inputs, apps, labels, ...report } = reportIn(at('run'));
    expect(report).toMatchObject({
      total_packets: summary.total_packets,
      total_connections: summary.total_connections,
    });
    expect(apps).toEqual(summary.apps);
    expect(labels).toEqual(summary.labels);
    expect([units, failures, damaged_inputs]).toEqual([
      { total: 1, done: 1, damaged: 0, failed: 0, missing: 0 },
      [],
      [],
    ]);
    expect(streams[0]).toMatchObject({ name: 'eth0', files: 50, status: 'done' });
  });
});

describe('a second run', () => {
  it('does nothing and says so; with one file changed only its stream is analyzed again', async () => {
    writeRing(at('in'), 'a', { files: 3 });
    const [, second] = writeRing(at('in'), 'b', { files: 3, client: 6 });
    await batch('run', at('in'), '-o', at('run'));
    const before = dataSetOf(at('run'));
    const report = readFileSync(at('run', 'report.json'));
    const again = await batch('run', at('in'), '-o', at('run'));
    expect(again.stderr).toContain('nothing to analyze: all 2 units have results');
    expect([again.exitCode, dataSetOf(at('run'))]).toEqual([0, before]);
    expect(readFileSync(at('run', 'report.json'))).toEqual(report);

    cpSync(join(folder, 'in/a_00002.pcap'), second!);
    const changed = await batch('run', at('in'), '-o', at('run'));
    expect(changed.stderr).toContain('1 unit to analyze, 1 done before');
    const after = dataSetOf(at('run'));
    const differing = Object.keys(after).filter((name) => after[name] !== before[name]);
    expect(differing.length).toBeGreaterThan(0);
    expect(differing.filter((name) => name.includes('stream=a'))).toEqual([]);
    // The result of the old plan is gone.
    const shards = readdirSync(at('run', 'units'));
    expect(shards.flatMap((shard) => readdirSync(at('run', 'units', shard)))).toHaveLength(2);
  });

  it('goes on with the stored plan where no input is named, and forgets streams that are gone', async () => {
    writeRing(at('in'), 'a', { files: 2 });
    const [, only] = writeRing(at('in2'), 'b', { files: 2, client: 6 });
    await batch('run', at('in'), only!, '-o', at('run'));
    expect((await batch('run', '-o', at('run'))).stderr).toContain('nothing to analyze');
    expect((await batch('run', '-o', at('none'))).stderr).toContain('name captures, folders or a list of them');
    await batch('run', at('in'), '-o', at('run'));
    expect(readdirSync(at('run', 'dataset', 'connections'))).toEqual(['stream=a']);
  });
});

describe('inputs', () => {
  it('come from a list and from standard input as well', async () => {
    const a = writeRing(at('in'), 'a', { files: 2 });
    const b = writeRing(at('in'), 'b', { files: 2, client: 6 });
    writeFileSync(at('files.txt'), `${a.join('\n')}\n`);
    const args = ['batch', 'plan', `@${at('files.txt')}`, '-0', '-o', at('run'), '--streams', 'each'];
    const { stdout } = await runDpi(args, { input: b.join('\0'), stdin: 'pipe' });
    expect(stdout).toBe('4\n');
    expect(planIn(at('run')).streams.map(({ name }) => name)).toEqual(['a_00001', 'a_00002', 'b_00001', 'b_00002']);
  });
});

describe('what goes wrong', () => {
  it('is a result: a damaged capture, and one that is none', async () => {
    writeRing(at('in'), 'a', { files: 2 });
    const [cut] = writeRing(at('in'), 'cut', { files: 1, client: 6 });
    writeFileSync(cut!, readFileSync(cut!).subarray(0, -10));
    writeFileSync(at('in', 'notes.txt'), 'no capture, and not named');
    writeFileSync(at('named.pcap'), 'no capture');
    const { exitCode, stderr, stdout } = await batch('run', at('in'), at('named.pcap'), '-o', at('run'));
    expect([exitCode, stdout]).toEqual([3, expect.stringContaining('1 done, 1 damaged')]);
    expect(stderr).toContain('named.pcap is no pcap or pcapng capture');
    expect(stderr).not.toContain('notes.txt');
    const report = reportIn(at('run'));
    expect(report.damaged_inputs.map(({ stream }) => stream)).toEqual(['cut']);
    expect(report.skipped.map(({ path }) => path)).toEqual([at('named.pcap')]);
    const [row] = await duck(at('run'), `select count(damage) n from 'dataset/inputs/**/*.parquet'`);
    expect(row).toEqual({ n: '1' });
  });

  it('fails by name where a capture changes behind the plan, and is retried when asked', async () => {
    const [file] = writeRing(at('in'), 'a', { files: 1 });
    writeRing(at('in'), 'b', { files: 1, client: 6 });
    await batch('plan', at('in'), '-o', at('run'));
    const bytes = readFileSync(file!);
    appendFileSync(file!, 'x');
    expect((await batch('work', at('run'))).exitCode).toBe(3);
    const merged = await batch('merge', at('run'), '--json');
    expect(JSON.parse(merged.stdout).units).toMatchObject({ done: 1, failed: 1, missing: 0 });
    expect(merged.stderr).toContain('the stream a failed: ');
    // A new plan knows the file as it is now.
    writeFileSync(file!, bytes);
    expect((await batch('run', at('in'), '-o', at('run'))).exitCode).toBe(0);
  });
});

describe('Ctrl-C', () => {
  it('drops the units in progress and leaves nothing behind; the same command goes on', async () => {
    for (let n = 0; n < 12; n++) writeRing(at('in'), `t${n}-x`, { files: 6, client: n + 2 });
    const args = ['batch', 'run', at('in'), '-o', at('run'), '--jobs', '1'];
    const running = runDpi(args);
    await until(() => folders(at('run')).some((name) => !name.includes('.')), 'a unit');
    running.kill('SIGINT');
    const { exitCode, stderr } = await running;
    expect([exitCode, stderr]).toEqual([130, expect.stringContaining('the same command goes on')]);
    expect(folders(at('run')).filter((name) => name.includes('.'))).toEqual([]);
    expect(existsSync(at('run', 'report.json'))).toBe(false);
    await runDpi(args);
    await batch('run', at('in'), '-o', at('whole'));
    expect(dataSetOf(at('run'))).toEqual(dataSetOf(at('whole')));
    expect(readdirSync(at('run', 'attempts'))).toEqual([]);
  });
});

describe('the steps alone', () => {
  it('make what the run makes, in any order, with units done twice', async () => {
    for (const [n, name] of ['a', 'b', 'c', 'd'].entries()) writeRing(at('in'), name, { files: 2, client: n + 2 });
    await batch('run', at('in'), '-o', at('whole'), '--jobs', '1');
    expect((await batch('plan', at('in'), '-o', at('run'))).stdout).toBe('4\n');
    expect((await batch('status', at('run'))).exitCode).toBe(3);
    const worked = await batch('work', at('run'), '--unit', '3,0-1');
    expect(worked.stderr).toContain('3 units analyzed, 0 done before');
    expect((await batch('work', at('run'), '--unit', '0')).stderr).toContain('0 units analyzed, 1 done before');
    expect((await batch('merge', at('run'))).stdout).toContain('3 done, 1 missing');
    expect((await batch('work', at('run'))).stderr).toContain('1 unit analyzed, 3 done before');
    await batch('merge', at('run'));
    expect((await batch('merge', at('run'))).stderr).toContain('nothing has changed');
    expect(dataSetOf(at('run'))).toEqual(dataSetOf(at('whole')));
    expect(readFileSync(at('run', 'report.json'), 'utf8')).toBe(readFileSync(at('whole', 'report.json'), 'utf8'));
    expect((await batch('status', at('run'))).exitCode).toBe(0);
    const wrong = await batch('work', at('run'), '--unit', '4');
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining('has 4 units, numbered from 0')]);
  });

  it('verify results, and find one that was changed', async () => {
    writeRing(at('in'), 'a', { files: 2 });
    await batch('run', at('in'), '-o', at('run'));
    const equal = await batch('verify', at('run'), '--sample', '1%');
    expect([equal.exitCode, equal.stdout]).toEqual([0, '1 unit analyzed again: the same result\n']);
    const { id } = planIn(at('run')).streams[0]!.units[0]!;
    appendFileSync(at('run', 'units', id.slice(0, 2), id, 'summary.json'), ' ');
    const differs = await batch('verify', at('run'));
    expect([differs.exitCode, differs.stdout]).toEqual([3, expect.stringContaining('differs: a summary.json')]);
  });

  it('refuse a folder without a plan', async () => {
    expect((await batch('work', at('none'))).stderr).toContain('holds no plan');
    expect(existsSync(at('none'))).toBe(false);
  });
});
