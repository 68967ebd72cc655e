/** Text on a terminal, which `script` stands in for: the pager, and what goes without it. */
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { pagerCommand } from '../../src/cli/text-output.js';
import { CLEAN_ENV, ensureBuilt, runDpi } from '../support/run-cli.js';

const PAGER = 'sed "s/^/paged:/"';
const ROOT = new URL('../..', import.meta.url).pathname;

beforeAll(ensureBuilt);

async function onTerminal(command: string, env: Record<string, string> = {}): Promise<string> {
  const line = `stty rows 24 columns 100; ${process.execPath} bin/dpi.js ${command}`;
  const { stdout } = await execa('script', ['-qec', line, '/dev/null'], {
    cwd: ROOT,
    env: { ...CLEAN_ENV, TERM: 'xterm', DPI_PAGER: PAGER, ...env },
    stdin: 'ignore',
    reject: false,
  });
  return stdout;
}

describe('on a terminal', () => {
  it.each([
    'apps',
    '--color never analyze --no-stored-rules --all samples/demo.pcap',
    'analyze --no-stored-rules --explain DISCORD samples/demo.pcap',
  ])('%s is longer than the screen: the pager shows it', async (command) => {
    const lines = (await onTerminal(command)).split(/\r?\n/);
    expect(lines.length).toBeGreaterThan(24);
    expect(lines.filter((line) => !line.startsWith('paged:'))).toEqual([]);
  });

  it.each([
    ['text that fits', 'apps i.ytimg.com', {}],
    ['--no-pager', 'apps --no-pager', {}],
    ['--no-pager before the command', '--no-pager apps', {}],
    ['an empty DPI_PAGER', 'apps', { DPI_PAGER: '' }],
    ['a terminal that can do nothing', 'apps', { TERM: 'dumb' }],
    ['JSON', 'apps --json', {}],
  ])('%s is printed at once', async (_, command, env) => {
    const text = await onTerminal(command, env);
    expect(text).not.toContain('paged:');
    expect(text).toContain('YOUTUBE');
  });

  it('prints text that the pager did not take', async () => {
    const text = await onTerminal('apps', { DPI_PAGER: 'no-such-pager' });
    expect(text).toContain('YOUTUBE');
  });

  it('keeps the exit code when the pager ends early', async () => {
    const line = `${process.execPath} bin/dpi.js analyze --no-stored-rules --all --fail-on app:YOUTUBE samples/demo.pcap`;
    const { exitCode } = await execa('script', ['-qec', line, '/dev/null'], {
      cwd: ROOT,
      env: { ...CLEAN_ENV, TERM: 'xterm', DPI_PAGER: 'head -1' },
      stdin: 'ignore',
      reject: false,
    });
    expect(exitCode).toBe(1);
  });
});

it('never pages into a pipe', async () => {
  const { stdout } = await runDpi(['apps'], { env: { DPI_PAGER: PAGER } });
  expect(stdout).not.toContain('paged:');
});

it.each([
  [{}, 'less'],
  [{ PAGER: 'more' }, 'more'],
  [{ PAGER: 'more', DPI_PAGER: 'less -S' }, 'less -S'],
  [{ PAGER: 'cat' }, null],
  [{ PAGER: 'more', DPI_PAGER: '' }, null],
])('%j: %s', (env, expected) => {
  expect(pagerCommand(env)).toBe(expected);
});
