/** `dpi config` and DPI_* variables: which defaults they change, and what they never change. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ensureBuilt, runDpi } from '../support/run-cli.js';

const DEMO = 'samples/demo.pcap';
let folder: string;
let file: string;

beforeAll(ensureBuilt);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dpi-config-'));
  file = join(folder, 'dpi/config.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = (args: readonly string[], env: Record<string, string> = {}) =>
  runDpi(args, { env: { XDG_CONFIG_HOME: folder, ...env } });
const stdoutOf = async (...args: string[]) => String((await run(args)).stdout);
const write = (settings: unknown) => {
  mkdirSync(join(folder, 'dpi'), { recursive: true });
  writeFileSync(file, typeof settings === 'string' ? settings : JSON.stringify(settings));
};
/** Rows of the list of domains. */
const rows = (text: string) => text.match(/^ +\d+ {2}\S+ → /gm)?.length;

describe('dpi config', () => {
  it('sets, shows and removes a setting', async () => {
    expect(await run(['config', 'set', 'top', '3'])).toMatchObject({ stdout: '', stderr: '', exitCode: 0 });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ top: 3 });
    expect(await stdoutOf('config', 'get', 'top')).toBe('3\n');
    expect(await stdoutOf('config', 'list')).toMatch(new RegExp(`^ top +3 +${file}$`, 'm'));
    expect(await stdoutOf('config', 'get', 'analyze.top')).toBe('3\n');
    expect((await run(['config', 'unset', 'top'])).exitCode).toBe(0);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({});
    expect((await run(['config', 'get', 'top'])).stderr).toContain("'top' is not set");
  });

  it('lists settings and their origin as JSON', async () => {
    write({ color: 'never', 'rules.list.top': 5 });
    const { stdout } = await run(['config', 'list', '--json'], { DPI_TOP: '7' });
    const { schema_version, settings } = JSON.parse(String(stdout));
    expect(schema_version).toBe(1);
    expect(settings).toContainEqual({ key: 'color', value: 'never', origin: file });
    expect(settings).toContainEqual({ key: 'top', value: '7', origin: 'DPI_TOP' });
    expect(settings).toContainEqual({ key: 'pager', value: null, origin: null });
  });

  it.each([
    [['set', 'tpo', '3'], "there is no setting 'tpo'; did you mean 'top'?"],
    [['set', 'json', 'true'], "there is no setting 'json'; the settings are all, color,"],
    [['set', 'block-app', 'X'], "there is no setting 'block-app'"],
    [['set', 'top', 'many'], "--top takes a whole number from 1, not 'many'"],
    [['set', 'color', 'red'], "--color takes auto, always or never, not 'red'"],
    [['set', 'all', 'perhaps'], "--all is set to true or false, not 'perhaps'"],
    [['unset', 'top'], "'top' is not set"],
  ])('config %j is refused', async (args, expected) => {
    const { stdout, stderr, exitCode } = await run(['config', ...args]);
    expect([stdout, exitCode]).toEqual(['', 2]);
    expect(stderr).toContain(expected);
  });
});

describe('defaults', () => {
  it('come from the option, the environment, the file, in this order, the special setting first', async () => {
    const top = async (args: string[], env: Record<string, string> = {}) =>
      rows(String((await run(['analyze', ...args, DEMO], env)).stdout));
    expect(await top([])).toBe(10);
    write({ top: 2 });
    expect(await top([])).toBe(2);
    write({ top: 2, 'analyze.top': 3 });
    expect(await top([])).toBe(3);
    expect(await top([], { DPI_TOP: '4' })).toBe(4);
    expect(await top([], { DPI_TOP: '4', DPI_ANALYZE_TOP: '5' })).toBe(5);
    expect(await top(['--top', '6'], { DPI_TOP: '4' })).toBe(6);
    expect(await top(['--no-config'], { DPI_TOP: '4' })).toBe(10);
    write({ all: true });
    expect(await top(['--top', '6'])).toBe(6);
  });

  it('may be ignored before the command too', async () => {
    write({ color: 'always' });
    expect(await stdoutOf('apps', 'YOUTUBE')).toContain('\x1b[');
    expect(await stdoutOf('--no-config', 'apps', 'YOUTUBE')).not.toContain('\x1b[');
    expect(await stdoutOf('--no-color', 'apps', 'YOUTUBE')).not.toContain('\x1b[');
  });

  it.each([['--json'], ['--ndjson'], ['--csv']])('never change %s', async (format) => {
    const plain = await stdoutOf('analyze', format, DEMO);
    write({ top: 1, all: true, color: 'always', quiet: true });
    expect(await stdoutOf('analyze', format, DEMO)).toBe(plain);
  });

  it('never change the JSON of an explanation', async () => {
    const plain = await stdoutOf('analyze', '--json', '--explain', 'DISCORD', DEMO);
    write({ top: 1 });
    expect(await stdoutOf('analyze', '--json', '--explain', 'DISCORD', DEMO)).toBe(plain);
    const out = join(folder, 'explanation.json');
    await run(['analyze', '-o', out, '--explain', 'DISCORD', DEMO]);
    expect(readFileSync(out, 'utf8')).toBe(plain);
  });

  it.each([
    ['no JSON', '{"top": 3', 'is not JSON: line 1, column 10'],
    ['no object', '[]', 'is not a JSON object'],
    [
      'a wrong value',
      '{"top": "many"}',
      "top in .*config.json was ignored: --top takes a whole number from 1, not 'many'",
    ],
    ['a nested value', '{"top": {}}', 'sets top to something else'],
  ])('a file with %s is a warning: the exit code stays', async (_, text, expected) => {
    write(text);
    const { stdout, stderr, exitCode } = await run(['analyze', '--no-stored-rules', DEMO]);
    expect(exitCode).toBe(0);
    expect(rows(String(stdout))).toBe(10);
    expect(stderr).toMatch(new RegExp(`^dpi: warning: .*${expected}`));
    expect((await run(['analyze', '--no-config', DEMO])).stderr).toBe('');
    const bad = await run(['analyze', '--no-stored-rules', DEMO], { DPI_TOP: 'many', XDG_CONFIG_HOME: '/nonexistent' });
    expect([bad.exitCode, bad.stderr]).toEqual([0, expect.stringContaining('DPI_TOP was ignored')]);
  });

  it('are not read for settings of a newer version', async () => {
    write({ hue: 'green' });
    expect((await run(['analyze', '--no-stored-rules', DEMO])).stderr).toBe('');
  });
});
