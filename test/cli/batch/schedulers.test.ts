/** The lines of docs/scale.md for Slurm and Kubernetes, in a shell with the variables that these set. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf } from '../../support/doc-pages.js';
import { writeRing } from '../../support/ring.js';
import { CLEAN_ENV, ensureBuilt, runDpi } from '../../support/run-cli.js';

const LINES = blocksOf(readFileSync('docs/scale.md', 'utf8'))
  .filter(({ mark }) => mark === 'not run')
  .map(({ text }) => text);

let root: string;
beforeAll(async () => {
  await ensureBuilt();
  root = mkdtempSync(join(tmpdir(), 'dpi-schedulers-'));
  for (const [n, name] of ['a', 'b', 'c'].entries()) writeRing(join(root, 'in'), name, { files: 1, client: n + 2 });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Runs a line of the page for one unit. */
function runLine(line: string, run: string, variable: string, unit: number): void {
  const dpi = `dpi() { '${process.execPath}' '${resolve('bin/dpi.js')}' "$@"; }`;
  execFileSync('sh', ['-ec', `${dpi}\n${line.replace('/shared/run', run)}`], {
    env: { ...process.env, ...CLEAN_ENV, [variable]: String(unit) } as NodeJS.ProcessEnv,
    stdio: 'pipe',
  });
}

describe('a scheduler', () => {
  it.each(['SLURM_ARRAY_TASK_ID', 'JOB_COMPLETION_INDEX'])('picks the unit by %s', async (variable) => {
    const line = LINES.find((text) => text.includes(variable))!;
    const run = join(root, variable);
    const { stdout } = await runDpi(['batch', 'plan', join(root, 'in'), '-o', run, '-q']);
    for (let unit = 0; unit < Number(stdout); unit++) runLine(line, run, variable, unit);
    const merged = await runDpi(['batch', 'merge', run, '--json']);
    expect(JSON.parse(String(merged.stdout)).units).toMatchObject({ total: 3, done: 3 });
  });
});
