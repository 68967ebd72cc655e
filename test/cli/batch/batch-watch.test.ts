/** `dpi batch run --watch`: files of a ring as they appear, through kills and restarts. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { writeRing } from '../../support/ring.js';
import { CLEAN_ENV, ensureBuilt, runDpi } from '../../support/run-cli.js';
import { until } from '../../support/until.js';

let root: string;
const children = new Set<ChildProcess>();
beforeAll(async () => {
  await ensureBuilt();
  root = mkdtempSync(join(tmpdir(), 'dpi-watching-'));
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function watch(...args: string[]) {
  const child = spawn(process.execPath, ['bin/dpi.js', 'batch', 'run', ...args], {
    env: { ...process.env, ...CLEAN_ENV } as NodeJS.ProcessEnv,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  children.add(child);
  const said = { stderr: '' };
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk));
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  return { child, ended, said };
}

function filesIn(run: string): number {
  try {
    return JSON.parse(readFileSync(join(run, 'report.json'), 'utf8')).files;
  } catch {
    return 0;
  }
}

function dataSetOf(run: string): Record<string, string> {
  const names = readdirSync(join(run, 'dataset'), { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => name.endsWith('.parquet')).sort();
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(run, 'dataset', name)).toString('base64')]));
}

describe('a watched folder', () => {
  it('makes what one run makes of all files, through two kills', async () => {
    const [input, run] = [join(root, 'in'), join(root, 'run')];
    mkdirSync(input);
    const files = writeRing(join(root, 'made'), 'eth0', { files: 7 });
    const appear = (from: number, to: number) => {
      for (const path of files.slice(from, to)) renameSync(path, path.replace('/made/', '/in/'));
    };
    const args = ['--watch', input, '-o', run];
    let one = watch(...args, '--settle', '1h');
    appear(0, 3);
    // The third is not followed by a next one yet.
    await until(
      () => filesIn(run) === 2,
      () => `two files: ${one.said.stderr}`,
    );
    one.child.kill('SIGKILL');
    await one.ended;
    appear(3, 5);
    one = watch(...args, '--settle', '1h');
    await until(() => one.said.stderr.includes('watching'), 'the start');
    one.child.kill('SIGKILL');
    await one.ended;
    appear(5, 7);
    one = watch(...args, '--settle', '200ms');
    await until(
      () => filesIn(run) === 7,
      () => `seven files: ${one.said.stderr}`,
    );
    one.child.kill('SIGTERM');
    expect(await one.ended).toBe(0);
    await runDpi(['batch', 'run', input, '-o', join(root, 'once')]);
    expect(dataSetOf(run)).toEqual(dataSetOf(join(root, 'once')));
  });

  it('is one folder, and nothing else', async () => {
    const { exitCode, stderr } = await runDpi(['batch', 'run', 'x.pcap', '--watch', root, '-o', join(root, 'no')]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('cannot be used with captures')]);
  });
});
