/** The Dockerfile: the rules of hadolint, and its steps, run in a fresh folder without a container engine. */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLEAN_ENV } from './support/run-cli.js';

const ROOT = resolve(import.meta.dirname, '..');
const BUILD_MS = 300_000;

interface Step {
  readonly instruction: string;
  readonly text: string;
}

/** The steps of each stage. */
function stagesOf(text: string): Step[][] {
  const stages: Step[][] = [];
  const lines = text.replace(/\\\n\s*/g, '').split('\n');
  for (const line of lines) {
    const match = /^([A-Z]+) (.*)$/.exec(line);
    if (match === null) continue;
    if (match[1] === 'FROM') stages.push([]);
    stages.at(-1)!.push({ instruction: match[1]!, text: match[2]! });
  }
  return stages;
}

const file = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
const [build, final] = stagesOf(file) as [Step[], Step[]];
const only = (steps: Step[], name: string) => steps.filter(({ instruction }) => instruction === name);

describe('the Dockerfile', () => {
  it('follows the rules of hadolint', () => {
    expect(stagesOf(file)).toHaveLength(2);
    for (const { text } of [...only(build, 'FROM'), ...only(final, 'FROM')]) {
      // DL3006, DL3007: a tag, and not "latest".
      expect(text).toMatch(/^node:\d+-\w+-slim( AS build)?$/);
    }
    // DL3000, DL3020, DL3025, DL3012, DL4003, DL4004.
    for (const { text } of [...only(build, 'WORKDIR'), ...only(final, 'WORKDIR')]) expect(text).toMatch(/^\//);
    expect(file).not.toMatch(/^(?:ADD|MAINTAINER|SHELL) /m);
    for (const name of ['ENTRYPOINT', 'CMD']) expect(JSON.parse(only(final, name)[0]!.text)).toBeInstanceOf(Array);
    for (const name of ['ENTRYPOINT', 'CMD', 'HEALTHCHECK', 'USER']) expect(only(final, name)).toHaveLength(1);
    // DL3002: the last user is not root.
    expect(only(final, 'USER')[0]!.text).toBe('node');
  });

  it('copies only files that exist, and that .dockerignore lets through', () => {
    const let_ = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
    for (const { text } of only(build, 'COPY')) {
      for (const source of text.split(' ').slice(0, -1)) {
        expect([source, existsSync(join(ROOT, source))]).toEqual([source, true]);
        expect(let_).toContain(`!${source}`);
      }
    }
  });
});

describe('its steps, in a fresh folder', () => {
  let folder: string;
  let app: string;
  const run = (command: string, args: string[], cwd: string) =>
    spawnSync(command, args, { cwd, encoding: 'utf8', env: { ...process.env, ...CLEAN_ENV, CI: 'true' } });

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'dpi-docker-'));
    const stage = join(folder, 'build');
    mkdirSync(stage);
    for (const { instruction, text } of build) {
      if (instruction === 'COPY') {
        const words = text.split(' ');
        for (const source of words.slice(0, -1))
          copy(join(ROOT, source), join(stage, words.at(-1)!, last(words, source)));
      } else if (instruction === 'RUN' && text.startsWith('npm ci')) {
        // What `npm ci` installs is here already.
        const [from, to] = [join(ROOT, 'node_modules'), join(stage, 'node_modules')];
        // Links, unless temporary files lie on another disk.
        if (spawnSync('cp', ['-al', from, to]).status !== 0)
          cpSync(from, to, { recursive: true, verbatimSymlinks: true });
      } else if (instruction === 'RUN') {
        const { status, stdout, stderr } = run('sh', ['-c', text], stage);
        expect([status, stdout + stderr]).toEqual([0, expect.not.stringMatching(/error/i)]);
      }
    }
    app = join(folder, 'app');
    mkdirSync(app);
    for (const { text } of only(final, 'COPY')) {
      const [, source, target] = text.split(' ');
      const name = source!.replace('/build/', '');
      copy(join(stage, name), target === './' ? join(app, name) : join(app, target!));
    }
    mkdirSync(join(folder, 'bin'));
    symlinkSync(join(app, 'bin/dpi.js'), join(folder, 'bin/dpi'));
  }, BUILD_MS);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('gives a program that analyzes', () => {
    const demo = join(ROOT, 'samples/demo.pcap');
    const { stdout, status } = run(join(folder, 'bin/dpi'), ['analyze', '--json', '--no-stored-rules', demo], folder);
    expect(status).toBe(0);
    expect(JSON.parse(stdout).total_packets).toBe(692);
    expect(existsSync(join(app, 'node_modules'))).toBe(false);
  });

  it('gives a server that the health check finds', async () => {
    const env = { ...process.env, ...CLEAN_ENV };
    const args = ['serve', '--port', '0', '--rules-file', join(folder, 'rules.json')];
    const server = spawn(join(folder, 'bin/dpi'), args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    try {
      const port = await new Promise<string>((found) => {
        let text = '';
        server.stderr.on('data', (piece: Buffer) => {
          text += piece.toString();
          const match = /127\.0\.0\.1:(\d+)/.exec(text);
          if (match !== null) found(match[1]!);
        });
      });
      const [command, ...rest] = JSON.parse(/CMD (\[.*\])$/.exec(only(final, 'HEALTHCHECK')[0]!.text)![1]!);
      const check = (at: string) => spawnSync(command, rest, { env: { ...env, DPI_SERVE_PORT: at } }).status;
      expect(check(port)).toBe(0);
      expect(check('1')).toBe(1);
    } finally {
      server.kill();
    }
  });
});

/** The name under which a source lies in the target: a file keeps its name in "./", a folder is named by the target. */
function last(words: readonly string[], source: string): string {
  return words.at(-1) === './' ? source : '';
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { recursive: true, verbatimSymlinks: true });
}
