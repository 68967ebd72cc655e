/** The analyze command as a process of its own, with a fixture in place of the engine. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connections, summary } from '../support/report-fixture.js';
import { CLEAN_ENV, runFixtureCli as run } from '../support/run-cli.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dpi-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('formats', () => {
  it('prints a table without colours into a pipe', async () => {
    const { stdout, stderr, exitCode } = await run(['analyze', 'report'], { env: { COLUMNS: '80' } });
    expect(exitCode).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toContain('YOUTUBE');
    expect(stdout).not.toContain('\x1b');
  });

  it('prints colours where they are forced, and never with --no-color', async () => {
    const env = { FORCE_COLOR: '1' };
    expect((await run(['analyze', 'report'], { env })).stdout).toContain('\x1b[');
    expect((await run(['analyze', '--no-color', 'report'], { env })).stdout).not.toContain('\x1b');
  });

  it('prints JSON, NDJSON and CSV', async () => {
    const json = JSON.parse(String((await run(['analyze', '--json', 'report'])).stdout));
    expect(json).toEqual({ ...summary(), connections: connections() });
    const ndjson = String((await run(['analyze', '--ndjson', 'report'])).stdout)
      .trimEnd()
      .split('\n');
    expect(JSON.parse(ndjson.at(-1)!).type).toBe('summary');
    const csv = String((await run(['analyze', '--csv', 'report'])).stdout)
      .trimEnd()
      .split('\n');
    expect(csv).toHaveLength(connections().length + 1);
  });

  it('cuts lists at --top, and shows all with --all', async () => {
    const rows = async (...args: string[]) =>
      String((await run(['analyze', 'report', ...args])).stdout).split('10.0.0.5').length - 1;
    expect(await rows('--top', '2')).toBe(2);
    expect(await rows('--all')).toBe(connections().length - 1);
  });
});

describe('files', () => {
  it('writes a report without colours to a file', async () => {
    const path = join(folder, 'report.json');
    const { stdout, exitCode } = await run(['analyze', '--json', '-o', path, 'many:3000'], {
      env: { FORCE_COLOR: '1' },
    });
    expect([stdout, exitCode]).toEqual(['', 0]);
    expect(JSON.parse(readFileSync(path, 'utf8')).connections).toHaveLength(3000);
    expect(readdirSync(folder)).toEqual(['report.json']);
    rmSync(path);
  });

  it('refuses a folder that does not exist', async () => {
    const { stderr, exitCode } = await run(['analyze', '-o', join(folder, 'none', 'x'), 'report']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^dpi: can't write .*: its directory does not exist\n$/);
  });

  it('says when standard output is full', async () => {
    if (!existsSync('/dev/full')) return;
    const { stdout, stderr } = await shell(
      `(${fixtureCommand('analyze --json many:3000')} >/dev/full); echo "exit $?"`,
    );
    expect(stderr).toBe("dpi: can't write standard output: no space left on the device\n");
    expect(stdout).toBe('exit 2\n');
  });
});

describe('errors and warnings', () => {
  it('shows warnings escaped on stderr, and exits with 3 for damage', async () => {
    const { stdout, stderr, exitCode } = await run(['analyze', 'damaged']);
    expect(exitCode).toBe(3);
    expect(stderr).toBe('dpi: warning: \\x1b]0;owned\\x07 cut off at byte 12\n');
    expect(stdout).toContain('YOUTUBE');
  });

  it('keeps stderr empty with --quiet, and the exit code', async () => {
    const { stderr, exitCode } = await run(['analyze', '--quiet', 'damaged']);
    expect([stderr, exitCode]).toEqual(['', 3]);
  });

  it('shows a defect as one, with a stack only for DPI_DEBUG', async () => {
    const { stdout, stderr, exitCode } = await run(['analyze', '--json', 'broken']);
    expect([stdout, exitCode]).toEqual(['', 2]);
    expect(stderr).toContain('dpi: internal error: no such\\x1b[31m thing\n');
    expect(stderr).not.toContain('    at ');
    const debug = await run(['analyze', 'broken'], { env: { DPI_DEBUG: '1' } });
    expect(debug.stderr).toContain('    at ');
    expect(debug.stderr).not.toContain('\x1b');
  });
});

describe('a reader that goes away', () => {
  const pipeTo = (command: string, reader: string) =>
    shell(`${fixtureCommand(command)} | ${reader}; echo "exit \${PIPESTATUS[0]}"`);

  it.each(['--json', '--ndjson', '--csv'])('ends %s quietly, early and with 0', async (flag) => {
    // To write them all would take longer than a test may.
    const { stdout, stderr } = await pipeTo(`analyze ${flag} many:100000000`, 'head -1');
    expect(stdout).toMatch(/exit 0\n$/);
    expect(stderr).toBe('');
  });

  it('ends a table quietly, though it is written at the end', async () => {
    const { stdout, stderr } = await pipeTo('analyze report', 'true');
    expect([stdout, stderr]).toEqual(['exit 0\n', '']);
  });

  it('ends help quietly', async () => {
    const { stdout, stderr } = await pipeTo('--help', 'true');
    expect([stdout, stderr]).toEqual(['exit 0\n', '']);
  });

  it('loses nothing to a slow reader', async () => {
    const { stdout } = await pipeTo('analyze --ndjson many:20000', '(read -r first; sleep 0.2; wc -l)');
    expect(stdout).toBe('20000\nexit 0\n');
  });
});

describe('signals', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('prints a partial report on %s and exits with 130', async (signal) => {
    const child = run(['analyze', '--json', 'slow:60000']);
    await once(child.stderr!, 'data');
    child.kill(signal);
    const { stdout, stderr, exitCode } = await child;
    expect(exitCode).toBe(130);
    const report = JSON.parse(String(stdout));
    expect(report.warnings).toEqual(['interrupted: the report covers what was read so far']);
    expect(stderr).toContain('interrupted');
  });

  it('leaves no file behind', async () => {
    const path = join(folder, 'interrupted.json');
    const child = run(['analyze', '--json', '-o', path, 'slow:60000']);
    await once(child.stderr!, 'data');
    child.kill('SIGINT');
    const { stderr, exitCode } = await child;
    expect(exitCode).toBe(130);
    expect(stderr).toContain('was not written');
    expect(readdirSync(folder)).toEqual([]);
  });
});

const FIXTURE_CLI = fileURLToPath(new URL('../support/fixture-cli.ts', import.meta.url));

function fixtureCommand(args: string): string {
  return `'${process.execPath}' --import tsx '${FIXTURE_CLI}' ${args}`;
}

function shell(script: string): Promise<{ stdout: string; stderr: string }> {
  const child = spawn('bash', ['-c', script], {
    env: { ...process.env, ...CLEAN_ENV },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  child.stdout.on('data', (data) => {
    texts.stdout += data;
  });
  child.stderr.on('data', (data) => {
    texts.stderr += data;
  });
  return new Promise((resolve) => child.on('close', () => resolve(texts)));
}
