/** Small things that a new user meets: forgotten values, other names, files in the way. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatTimeLeft } from '../../src/core/policy/rule-expiry.js';
import { CLEAN_ENV, ensureBuilt, runDpi } from '../support/run-cli.js';

const DEMO = 'samples/demo.pcap';
const ROOT = new URL('../..', import.meta.url).pathname;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dpi-first-'));
  writeFileSync(join(folder, 'empty.json'), '{"version":1,"rules":[]}');
  writeFileSync(join(folder, 'one.json'), '{"version":1,"rules":[{"type":"app","value":"TIKTOK","action":"block"}]}');
  await ensureBuilt();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const onTerminal = (line: string, input?: string) =>
  execa('script', ['-qec', line, '/dev/null'], {
    cwd: ROOT,
    env: { ...CLEAN_ENV, TERM: 'xterm', DPI_PAGER: '' },
    reject: false,
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
  });

describe('the origin of rules', () => {
  it.each([
    ['empty.json', '--block-app YOUTUBE', null, [1, 1]],
    ['one.json', '', 'one.json', [1, 0]],
    ['one.json', '--block-app TIKTOK', null, [1, 1]],
    ['one.json', '--block-app YOUTUBE', 'one.json', [2, 1]],
  ])('%s and "%s": %s, of all and of the call %j', async (file, options, expected, counts) => {
    const path = join(folder, file);
    const args = [
      'filter',
      '--rules-file',
      path,
      '--dry-run',
      '--json',
      ...options.split(' ').filter((one) => one !== ''),
    ];
    const { stdout } = await runDpi([...args, DEMO]);
    const { rules } = JSON.parse(String(stdout));
    expect(rules.store).toBe(expected === null ? null : join(folder, expected));
    expect([rules.count, rules.of_call]).toEqual(counts);
  });
});

describe('a value of another kind', () => {
  it.each([
    [
      '--block-app',
      'i.ytimg.com',
      "--block-app: 'i.ytimg.com' is a domain, not an app; use --block-domain i.ytimg.com, or --block-app YOUTUBE",
    ],
    ['--allow-app', 'a.example', "--allow-app: 'a.example' is a domain, not an app; use --allow-domain a.example"],
    ['--block-app', '192.0.2.1', "--block-app: '192.0.2.1' is an address, not an app; use --block-ip 192.0.2.1"],
  ])('%s %s', async (option, value, expected) => {
    const { stderr, exitCode } = await runDpi(['analyze', '--no-stored-rules', option, value, DEMO]);
    expect([stderr, exitCode]).toEqual([`dpi: ${expected}\n`, 2]);
  });

  it.each([
    [
      'youtube',
      "the rule domain:youtube matches only 'youtube' itself and names that end in '.youtube'; did you mean youtube.com or app:YOUTUBE?",
    ],
  ])('--block-domain %s is a warning', async (value, expected) => {
    const { stderr, exitCode } = await runDpi(['analyze', '--no-stored-rules', '--block-domain', value, DEMO]);
    expect([stderr, exitCode]).toEqual([`dpi: warning: ${expected}\n`, 0]);
  });

  it('warns of a filter without rules', async () => {
    const { stderr, exitCode } = await runDpi(['filter', '--no-stored-rules', DEMO, join(folder, 'copy.pcap')]);
    expect([stderr, exitCode]).toEqual([expect.stringContaining('no rules are in force, so nothing is blocked'), 0]);
  });
});

describe('a file in the way of a filter', () => {
  const line = (out: string) =>
    `${process.execPath} bin/dpi.js filter --no-stored-rules --block-app TIKTOK ${DEMO} ${out}`;

  it('is replaced with a warning where nobody can be asked, without one by --force', async () => {
    const out = join(folder, 'there.pcap');
    writeFileSync(out, 'old');
    const args = ['filter', '--no-stored-rules', '--block-app', 'TIKTOK', DEMO, out];
    expect((await runDpi(args)).stderr).toBe(`dpi: warning: ${out} existed, and was replaced\n`);
    expect(readFileSync(out).length).toBeGreaterThan(1000);
    expect((await runDpi([...args, '--force'])).stderr).toBe('');
  });

  it('is kept or replaced as the user at a terminal says', async () => {
    const out = join(folder, 'asked.pcap');
    writeFileSync(out, 'old');
    const kept = await onTerminal(line(out), 'n\n');
    expect(kept.stdout).toContain(`Replace ${out}? [y/N]`);
    expect(kept.exitCode).toBe(2);
    expect(readFileSync(out, 'utf8')).toBe('old');
    expect((await onTerminal(line(out), 'y\n')).exitCode).toBe(0);
    expect(readFileSync(out).length).toBeGreaterThan(1000);
  });

  it.each(['.bz2', '.xz', '.zip'])('is not written plain under a name that ends in %s', async (ending) => {
    const { stderr, exitCode } = await runDpi(['filter', '--no-stored-rules', DEMO, join(folder, `x.pcap${ending}`)]);
    expect([stderr, exitCode]).toEqual([expect.stringContaining(`.gz and .zst are, ${ending} is not`), 2]);
  });
});

describe('inputs', () => {
  it.each([
    [[''], "a capture's name is empty"],
    [['samples'], 'samples is a directory, not a capture; name the captures in it, as in samples/*.pcap'],
  ])('%j', async (args, expected) => {
    const { stderr, exitCode } = await runDpi(['analyze', ...args]);
    expect([stderr, exitCode]).toEqual([`dpi: ${expected}\n`, 2]);
  });

  it.each(['ingest', 'rules add -'])('%s says that it reads from the terminal', async (command) => {
    const { stdout } = await onTerminal(
      `${process.execPath} bin/dpi.js ${command} --rules-file ${folder}/empty.json`,
      '\x04',
    );
    expect(stdout).toMatch(/dpi: reading .*, one.* a line, from the terminal; Ctrl-D ends/);
  });
});

describe('outputs', () => {
  it.each([
    ['report.json', /^\{/],
    ['report.csv', /^id,/],
    ['report.ndjson', /^\{"/],
    ['report.txt', /^ samples/],
  ])('-o %s chooses the format', async (name, expected) => {
    const out = join(folder, name);
    await runDpi(['analyze', '--no-stored-rules', '-o', out, DEMO]);
    expect(readFileSync(out, 'utf8')).toMatch(expected);
  });

  it('of live end with the exit code of --fail-on when the reader leaves', async () => {
    const dpi = `${process.execPath} bin/dpi.js live -i - --lines --no-stored-rules --fail-on app:YOUTUBE`;
    const { stdout } = await execa(
      'bash',
      ['-c', `${dpi} < ${DEMO} 2>/dev/null | head -1 >/dev/null; echo \${PIPESTATUS[0]}`],
      {
        cwd: ROOT,
        env: CLEAN_ENV,
      },
    );
    expect(stdout).toBe('1');
  });
});

describe('apps', () => {
  it('of a category are listed by its name', async () => {
    const { stdout } = await runDpi(['apps', 'video', '--json']);
    const { apps } = JSON.parse(String(stdout));
    expect(apps.map(({ name }: { name: string }) => name)).toContain('YOUTUBE');
    expect(new Set(apps.map(({ category }: { category: string }) => category))).toEqual(new Set(['video']));
  });

  it('are not suggested for two letters', async () => {
    expect((await runDpi(['apps', 's3'])).stderr).toBe(
      "dpi: 's3' is neither a known app nor a host name; 'dpi apps' lists the known ones\n",
    );
  });
});

describe('time', () => {
  it.each([
    [7_199_000, '2 hours'],
    [86_399_000, '1 day'],
    [7_080_000, '1 hour 58 minutes'],
    [90_000, '2 minutes'],
    [59_500, '1 minute'],
    [1000, '1 second'],
    [11.5 * 3_600_000, '11 hours'],
    [93_600_000, '1 day 2 hours'],
  ])('%d ms are %s', (ms, expected) => {
    expect(formatTimeLeft(ms)).toBe(expected);
  });

  it.each([
    ['30', true],
    ['30s', true],
    ['5m', true],
    ['30 bananas', false],
    ['0', false],
    ['60d', false],
  ])('--body-timeout %s', async (text, isTaken) => {
    // A token file that is missing ends the command before it listens.
    const { stderr, exitCode } = await runDpi(['serve', '--body-timeout', text, '--token-file', join(folder, 'none')]);
    expect(exitCode).toBe(2);
    if (isTaken) expect(stderr).toContain('none');
    else expect(stderr).toContain('--body-timeout takes a duration');
  });
});
