/** The help of every command, in process: what it shows, how wide it is, where it goes. */
import { describe, expect, it } from 'vitest';
import { runInProcess } from '../support/run-in-process.js';

const COMMANDS = [
  ...['', 'analyze', 'apps', 'apps check', 'completion', 'config', 'config set', 'filter', 'ingest', 'live'],
  ...['schema', 'serve'],
  ...['rules', 'rules add', 'rules remove', 'rules list', 'rules check', 'rules test'],
  ...['rules import', 'rules export', 'rules clear'],
].map((path) => path.split(' ').filter((name) => name !== ''));

const run = (args: readonly string[], columns?: number) => runInProcess(args, { columns });

const widest = (text: string) => Math.max(...text.split('\n').map((line) => line.length));

describe.each(COMMANDS)('dpi %s %s', (...path) => {
  it.each(['-h', '--help'])('%s fits in 80 columns, has examples, and goes to stdout', async (flag) => {
    for (const columns of [undefined, 80]) {
      const { stdout, stderr, exitCode } = await run([...path, flag], columns);
      expect([stderr, exitCode]).toEqual(['', 0]);
      expect(stdout).toContain(`Usage: ${['dpi', ...path].join(' ')}`);
      expect(stdout).toMatch(/^Examples:\n {2}\S/m);
      expect(widest(stdout)).toBeLessThanOrEqual(80);
    }
  });

  it('uses a wider terminal, up to 100 columns, and fits in a narrow one', async () => {
    const long = (columns: number) => run([...path, '--help'], columns).then(({ stdout }) => stdout);
    expect(widest(await long(300))).toBeLessThanOrEqual(100);
    expect(await long(100)).toBe(await long(300));
    expect(widest(await long(72))).toBeLessThanOrEqual(74);
  });

  it('is what "help" shows', async () => {
    expect(await run(['help', ...path])).toEqual(await run([...path, '--help']));
    expect(await run(['-q', 'help', ...path])).toEqual(await run([...path, '--help']));
  });
});

it('leaves selecting, rules and limits out of the short help, and says so', async () => {
  const { stdout } = await run(['analyze', '-h']);
  expect(stdout).not.toMatch(/--block-app <app>|--max-names/);
  expect(stdout).toContain("'dpi analyze --help' shows all options, also those for selecting, rules and\nlimits.");
  expect((await run(['analyze', '--help'])).stdout).toMatch(/\nRules:\n {2}--block-ip[\s\S]*\nLimits \(/);
});

it.each([[[]], [['rules']], [['-q', 'rules']]])(
  '%j without a command shows its help on stderr, exit code 2',
  async (args) => {
    const { stdout, stderr, exitCode } = await run(args);
    expect([stdout, exitCode]).toEqual(['', 2]);
    expect(stderr).toBe((await run([...args.filter((arg) => arg !== '-q'), '--help'])).stdout);
  },
);

it('shows examples before the options in the short help, behind them in the full one', async () => {
  const { stdout: short } = await run(['analyze', '-h']);
  expect(short.indexOf('\nExamples:')).toBeLessThan(short.indexOf('\nOutput:'));
  const { stdout: full } = await run(['analyze', '--help']);
  expect(full.indexOf('\nExamples:')).toBeGreaterThan(full.indexOf('\nOutput:'));
});

it.each([
  [['help', 'frob'], "unknown command 'frob'; the commands are analyze, apps,"],
  [['help', 'rules', 'frob'], "unknown command 'frob'; the commands are add, remove,"],
])('%j names the commands that there are', async (args, start) => {
  const { stdout, stderr, exitCode } = await run(args);
  expect([stdout, exitCode]).toEqual(['', 2]);
  expect(stderr).toContain(`dpi: ${start}`);
  expect(stderr.trimEnd()).not.toContain('\n');
  const narrow = await run(args, 80);
  expect(widest(narrow.stderr)).toBeLessThanOrEqual(80);
});
