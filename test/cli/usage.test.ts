/** What the built program says to wrong and right usage. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERSION } from '../../src/system/version.js';
import { ensureBuilt, runDpi } from '../support/run-cli.js';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dpi-usage-'));
  await ensureBuilt();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('wrong usage is one sentence and exits with 2', () => {
  it.each([
    [['analyze', '--jsn', 'x'], "dpi: unknown option '--jsn'; did you mean '--json'?"],
    [['analyse', 'x'], "dpi: unknown command 'analyse'; did you mean 'analyze'?"],
    [['frobnicate'], /^dpi: unknown command 'frobnicate'; the commands are analyze, apps/],
    [['package.json'], "dpi: unknown command 'package.json'; did you mean 'dpi analyze package.json'?"],
    [['analyze'], "dpi: missing required argument 'capture'; usage: dpi analyze [options] <capture...>"],
    [
      ['apps', '--frob', 'x'],
      "dpi: unknown option '--frob'; dpi apps takes --category, --apps, --json, --no-pager, --color, --no-color, --quiet, --no-config, --help",
    ],
    [['analyze', '--frob', 'x'], "dpi: unknown option '--frob'; see 'dpi analyze --help'"],
    [['analyze', '--top', 'many', 'x'], "dpi: --top takes a whole number from 1, not 'many'"],
    [['analyze', '--top', '0', 'x'], "dpi: --top takes a whole number from 1, not '0'"],
    [['analyze', 'x', '--top'], /^dpi: option '--top <n>' argument missing; /],
    [['analyze', '--json', '--csv', 'x'], /^dpi: option '--json' cannot be used with option '--csv'; /],
    [
      ['apps', 'a', 'b'],
      /^dpi: too many arguments for 'apps'.*; usage: dpi apps \[options\] \[command\] \[app\|host\]$/,
    ],
    [['--\x1b[31mfrob'], /^dpi: unknown option '--\\x1b\[31mfrob'; /],
  ])('%j', async (args, expected) => {
    const { stdout, stderr, exitCode } = await runDpi(args);
    expect([stdout, exitCode]).toEqual(['', 2]);
    const [line, ...rest] = String(stderr).split('\n');
    expect(rest).toEqual(['']);
    if (typeof expected === 'string') expect(line).toBe(expected);
    else expect(line).toMatch(expected);
  });
});

describe('options before the command', () => {
  it.each([
    ['-q', 'analyze'],
    ['--quiet', 'analyze'],
  ])('%s %s prints no warnings', async (...args) => {
    const damaged = 'samples/generated/file-cut-off.pcap';
    const { stderr, exitCode } = await runDpi([...args, '--no-stored-rules', damaged]);
    expect([stderr, exitCode]).toEqual(['', 3]);
  });

  it.each([[['--no-color', 'rules', 'list']], [['rules', '--no-color', 'list']], [['rules', 'list', '--no-color']]])(
    '%j prints no colours',
    async (args) => {
      const env = { FORCE_COLOR: '1', DPI_RULES_FILE: join(folder, 'rules.json') };
      await runDpi(['rules', 'add', 'a.example'], { env });
      expect((await runDpi(['rules', 'list'], { env })).stdout).toContain('\x1b[');
      const { stdout, exitCode } = await runDpi(args, { env });
      expect(exitCode).toBe(0);
      expect(stdout).toContain('a.example');
      expect(stdout).not.toContain('\x1b');
    },
  );
});

describe('the version', () => {
  it('is printed', async () => {
    const { stdout, exitCode } = await runDpi(['--version']);
    expect([stdout, exitCode]).toEqual([`${VERSION}\n`, 0]);
  });
});

describe('apps', () => {
  const json = async (...args: string[]) => JSON.parse(String((await runDpi(['apps', '--json', ...args])).stdout));

  it('lists the apps', async () => {
    const { stdout, exitCode } = await runDpi(['apps']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ YOUTUBE +video +\d+/m);
    const { schema_version, apps } = await json();
    expect(schema_version).toBe(2);
    expect(apps.length).toBeGreaterThanOrEqual(117);
    expect(apps.find((app: { name: string }) => app.name === 'YOUTUBE')).toMatchObject({ category: 'video' });
  });

  it('shows an app by name or alias, in any case', async () => {
    expect((await json('youtube')).app.domains).toContain('ytimg.com');
    expect((await json('x')).app.name).toBe('TWITTER');
    const { stdout } = await runDpi(['apps', 'YOUTUBE'], { env: { COLUMNS: '60' } });
    expect(stdout).toContain('ytimg.com');
    for (const line of String(stdout).split('\n')) expect(line.length).toBeLessThanOrEqual(60);
  });

  it('says whose a host name is, and by which suffix', async () => {
    expect(await json('I.ytimg.com.')).toMatchObject({ host: 'i.ytimg.com', app: 'YOUTUBE', match: 'ytimg.com' });
    expect(await json('youtube.com.evil.example')).toMatchObject({ app: 'UNKNOWN', match: null });
    expect((await runDpi(['apps', 'i.ytimg.com'])).stdout).toBe(' i.ytimg.com belongs to YOUTUBE, by ytimg.com.\n');
    expect((await runDpi(['apps', 'notyoutube.com'])).stdout).toBe(' notyoutube.com belongs to no known app.\n');
  });

  it('suggests an app for a misspelt one', async () => {
    const { stdout, stderr, exitCode } = await runDpi(['apps', 'yutube']);
    expect([stdout, exitCode]).toEqual(['', 2]);
    expect(stderr).toMatch(/^dpi: 'yutube' is neither a known app nor a host name; did you mean .*'YOUTUBE'.*\?\n$/);
  });

  it("adds a user's apps", async () => {
    const file = join(folder, 'own.json');
    writeFileSync(file, JSON.stringify({ apps: [{ name: 'INTRANET', domains: ['intranet.example'] }] }));
    expect(await json('--apps', file, 'wiki.intranet.example')).toMatchObject({ app: 'INTRANET' });
    const missing = await runDpi(['apps', '--apps', join(folder, 'none')]);
    expect(missing.exitCode).toBe(2);
    expect(missing.stderr).toMatch(/^dpi: can't read the app file .*: there is no such file\n$/);
  });
});

describe('input that is no capture', () => {
  it.each([
    ['a path that does not exist', 'none.pcap', null],
    ['an empty file', 'empty', ''],
    ['text', 'notes.txt', 'Dear diary,\n'],
  ])('%s: a sentence and exit code 2', async (_, name, content) => {
    const path = join(folder, name);
    if (content !== null) writeFileSync(path, content);
    const { stdout, stderr, exitCode } = await runDpi(['analyze', '--json', path]);
    expect([stdout, exitCode]).toEqual(['', 2]);
    expect(stderr).toMatch(/^dpi: .+\n$/);
    expect(stderr).toContain(name);
    expect(stderr).not.toContain('internal error');
  });

  it('a directory', async () => {
    const { stderr, exitCode } = await runDpi(['analyze', folder]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^dpi: .+\n$/);
    expect(stderr).not.toContain('internal error');
  });

  it('leaves no output file behind', async () => {
    const report = join(folder, 'report.json');
    await runDpi(['analyze', '--json', '-o', report, join(folder, 'none.pcap')]);
    expect(existsSync(report)).toBe(false);
  });
});
