/** Shell completion: the candidates, and three real shells on a terminal. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLEAN_ENV, ensureBuilt } from '../support/run-cli.js';
import { runInProcess } from '../support/run-in-process.js';

const ROOT = resolve(import.meta.dirname, '../..');
const DIRECTIVE_ANY = ':0';
const DIRECTIVE_NO_FILES = ':4';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dpi-completion-'));
  writeFileSync(join(folder, 'demo.pcap'), '');
  writeFileSync(join(folder, 'ours.json'), '{"apps":[{"name":"WIKIX","domains":["wikix.example"]}]}');
  writeFileSync(
    join(folder, 'rules.json'),
    '{"version":1,"rules":[{"type":"domain","value":"a.example","action":"block"},{"type":"port","value":"udp/443","action":"allow"}]}',
  );
  writeFileSync(join(folder, 'dpi'), `#!/bin/sh\nexec '${process.execPath}' '${ROOT}/bin/dpi.js' "$@"\n`);
  chmodSync(join(folder, 'dpi'), 0o755);
  await ensureBuilt();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function complete(...words: string[]): Promise<{ values: string[]; directive: string }> {
  const env = { DPI_RULES_FILE: join(folder, 'rules.json') };
  const { stdout, stderr, exitCode } = await runInProcess(['complete', '--', ...words], { env });
  expect([stderr, exitCode]).toEqual(['', 0]);
  const lines = stdout.trimEnd().split('\n');
  return { values: lines.slice(0, -1).map((line) => line.split('\t')[0]!), directive: lines.at(-1)! };
}

describe('the candidates', () => {
  it.each([
    [['ana'], ['analyze']],
    [
      [],
      [
        'analyze',
        'apps',
        'batch',
        'completion',
        'config',
        'diff',
        'evidence',
        'filter',
        'ingest',
        'live',
        'rules',
        'sanitize',
        'schema',
        'serve',
        'snapshot',
        'verify',
        'help',
      ],
    ],
    [['--no-c'], ['--no-color', '--no-config']],
    [['--color', 'ne'], ['never']],
    [['--color', 'never', 'ana'], ['analyze']],
    [['rules', 're'], ['remove']],
    [['help', 'rules', 're'], ['remove']],
    [['analyze', '--block-a'], ['--block-app']],
    [['analyze', '--js'], ['--json']],
    [['analyze', '--json', '--js'], []],
    [['analyze', '--block-app', 'A', '--block-a'], ['--block-app']],
    [
      ['analyze', '--block-app', 'YOUT'],
      ['YOUTUBE', 'YOUTUBE_KIDS', 'YOUTUBE_MUSIC'],
    ],
    [
      ['analyze', '--block-app', 'yout'],
      ['youtube', 'youtube_kids', 'youtube_music'],
    ],
    [
      ['analyze', '--block-app', 'NETFLIX,yout'],
      ['NETFLIX,youtube', 'NETFLIX,youtube_kids', 'NETFLIX,youtube_music'],
    ],
    [
      ['analyze', '--block-app=yout'],
      ['youtube', 'youtube_kids', 'youtube_music'],
    ],
    [['analyze', '--fail-on', 'bl'], ['blocked']],
    [
      ['analyze', '--fail-on', 'app:yout'],
      ['app:youtube', 'app:youtube_kids', 'app:youtube_music'],
    ],
    [
      ['rules', 'test', '--fail-on', 'escaped:yout'],
      ['escaped:youtube', 'escaped:youtube_kids', 'escaped:youtube_music'],
    ],
    [
      ['apps', 'yout'],
      ['youtube', 'youtube_kids', 'youtube_music'],
    ],
    [
      ['rules', 'add', 'yout'],
      ['youtube', 'youtube_kids', 'youtube_music'],
    ],
    [
      ['rules', 'remove', ''],
      ['a.example', 'udp/443'],
    ],
    [['rules', 'remove', 'domain:'], ['domain:a.example']],
    [['rules', 'check', 'a.e'], ['a.example']],
    [['rules', 'list', '--type', 'd'], ['domain']],
    [
      ['filter', 'in', 'out', '--mode', ''],
      ['inline', 'flow'],
    ],
    [['config', 'set', 'rules.list.t'], ['rules.list.top']],
    [['completion', 'z'], ['zsh']],
    [['analyze', '--top', ''], []],
    [['analyze', '--block-ip', ''], []],
    [['nonsense', ''], []],
  ])('%j', async (words, expected) => {
    const { values, directive } = await complete(...(words.length === 0 ? [''] : words));
    expect(values).toEqual(expected);
    expect(directive).toBe(DIRECTIVE_NO_FILES);
  });

  it.each([[['analyze', '']], [['analyze', '-o', '']], [['analyze', '--apps', '']], [['rules', 'import', 'x']]])(
    '%j may be a file',
    async (words) => {
      expect(await complete(...words)).toEqual({ values: [], directive: DIRECTIVE_ANY });
    },
  );

  it('name the apps of a file that the line names', async () => {
    const { values } = await complete('analyze', '--apps', join(folder, 'ours.json'), '--block-app', 'wikix');
    expect(values).toEqual(['wikix']);
  });

  it('leave the shell its file names where something fails', async () => {
    expect(await complete('analyze', '--apps', join(folder, 'none'), '--block-app', 'w')).toEqual({
      values: [],
      directive: DIRECTIVE_ANY,
    });
  });
});

const SHELLS = [
  { shell: 'bash', start: 'bash --norc --noprofile', setUp: 'source <(dpi completion bash)' },
  { shell: 'zsh', start: 'zsh -f', setUp: 'autoload -U compinit; compinit -u -D; source <(dpi completion zsh)' },
  { shell: 'fish', start: 'fish --no-config', setUp: 'dpi completion fish | source' },
];

describe.each(SHELLS)('$shell', ({ shell, start, setUp }) => {
  const folders = (process.env.PATH ?? '').split(':');
  const isMissing = [shell, 'tmux'].some((tool) => !folders.some((one) => existsSync(join(one, tool))));
  const socket = `dpi-test-${process.pid}-${shell}`;
  const tmux = (...args: string[]) =>
    execFileSync('tmux', ['-L', socket, '-f', '/dev/null', ...args], {
      encoding: 'utf8',
      env: {
        ...process.env,
        ...CLEAN_ENV,
        PATH: `${folder}:${process.env.PATH}`,
        HOME: folder,
        XDG_CONFIG_HOME: folder,
        PS1: '$ ',
      },
    });
  const screen = () => tmux('capture-pane', '-p', '-t', 'x');
  const type = (text: string) => tmux('send-keys', '-t', 'x', '-l', text);
  const key = (...names: string[]) => tmux('send-keys', '-t', 'x', ...names);
  const shows = (text: string) => expect.poll(screen, { timeout: 30_000, interval: 50 }).toContain(text);

  const open = async () => {
    tmux('new-session', '-d', '-x', '120', '-y', '40', '-s', 'x', `cd ${folder}; exec ${start}`);
    type(`${setUp}; echo re''ady`);
    key('Enter');
    await shows('\nready');
  };
  afterAll(() => {
    if (!isMissing) tmux('kill-server');
  });

  it.skipIf(isMissing && process.env.CI === undefined)('completes commands, options, values and files', async () => {
    await open();
    for (const [typed, expected] of [
      ['dpi ana', 'dpi analyze'],
      ['dpi filter --dry', 'dpi filter --dry-run'],
      ['dpi analyze --block-app yout', 'dpi analyze --block-app youtube'],
      ['dpi analyze --fail-on app:yout', 'dpi analyze --fail-on app:youtube'],
      ['dpi analyze --block-app=yout', 'dpi analyze --block-app=youtube'],
      ['dpi rules remove --rules-file rules.json a.', 'rules.json a.example'],
      ['dpi analyze dem', 'dpi analyze demo.pcap'],
      ['dpi analyze --apps our', 'dpi analyze --apps ours.json'],
    ] as const) {
      type(typed);
      key('Tab');
      await shows(expected);
      key('C-u');
      await expect.poll(screen, { timeout: 30_000, interval: 50 }).not.toContain(typed);
    }
  });
});
