/** The workflows of docs/ci.md: their shell steps run in order, with stand-ins for what needs root or a network. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { junitProblems } from '../../render/ci/junit-rules.js';
import { sarifProblems } from '../../render/ci/some-report.js';
import { DEMO, demoWith, tlsTo } from '../../support/changed-demo.js';
import { blocksOf, readPage } from '../../support/doc-pages.js';
import { CLEAN_ENV, ensureBuilt, runDpi } from '../../support/run-cli.js';

const ROOT = resolve(import.meta.dirname, '../../..');
const [GITHUB, GITLAB] = blocksOf(readPage('docs/ci.md'))
  .filter(({ language }) => language === 'yaml')
  .map(({ text }) => text);

interface Step {
  readonly script: string;
  readonly isAlways: boolean;
}

/** The steps of a workflow that have `run`. */
function githubSteps(yaml: string): Step[] {
  return yaml
    .split(/^ {6}- /m)
    .slice(1)
    .flatMap((step) => {
      const [, first, block] = /^ *run: (?:\|\n((?: {10}.*\n)+)|(.*))/m.exec(step) ?? [];
      const script = first?.replaceAll(/^ {10}/gm, '') ?? block;
      return script === undefined ? [] : [{ script, isAlways: /^ +if: always\(\)$/m.test(step) }];
    });
}

/** `before_script` and `script` of a job. */
function gitlabScript(yaml: string): string {
  return yaml
    .split('\n')
    .filter((line) => /^ {4}- (?!run\.pcap$)/.test(line))
    .map((line) => line.slice(6))
    .join('\n');
}

/** Captures by copying a file, and ends as tcpdump does. */
const TCPDUMP = `while [ $# -gt 0 ]; do [ "$1" = -w ] && out=$2; shift; done
cat "$TRAFFIC" > "$out"
trap 'exit 0' INT TERM
echo 'tcpdump: listening on any' >&2
while :; do sleep 0.05; done`;

let folder: string;
beforeAll(ensureBuilt);
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dpi-workflow-'));
  mkdirSync(join(folder, 'bin'));
  const programs = {
    dpi: `exec ${JSON.stringify(process.execPath)} ${JSON.stringify(join(ROOT, 'bin/dpi.js'))} "$@"`,
    sudo: 'exec "$@"',
    npm: 'echo "npm $*"',
    'apt-get': 'true',
    tcpdump: TCPDUMP,
  };
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(folder, 'bin', name), `#!/usr/bin/env bash\n${script}\n`, { mode: 0o755 });
  }
  writeFileSync(join(folder, 'changed.pcap'), demoWith(tlsTo('evil.example')));
  await runDpi(['snapshot', 'write', '-q', '-o', join(folder, 'network.snap.json'), DEMO]);
});
afterEach(() => {
  // A capture that a failed step left behind.
  const pid = existsSync(join(folder, 'tcpdump.pid')) ? Number(readFileSync(join(folder, 'tcpdump.pid'), 'utf8')) : 0;
  try {
    if (pid > 0) process.kill(pid, 'SIGTERM');
  } catch {}
  rmSync(folder, { recursive: true, force: true });
});

/** As runners do it: `bash -e`, a process for each step. */
function run(script: string, traffic: string): number | null {
  const env = {
    ...process.env,
    ...CLEAN_ENV,
    PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
    TRAFFIC: traffic,
    DPI_PACKAGE: './ci/dpi.tgz',
    GITHUB_ACTIONS: 'true',
    GITHUB_STEP_SUMMARY: join(folder, 'summary.md'),
  };
  const { status, stdout } = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
    cwd: folder,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 30_000,
  });
  output += stdout;
  return status;
}

let output = '';
beforeEach(() => {
  output = '';
});

describe.each([
  ['the same contacts', () => DEMO, true],
  ['a new contact', () => join(folder, 'changed.pcap'), false],
])('with %s', (_, traffic, passes) => {
  it('runs the steps for GitHub Actions', () => {
    const steps = githubSteps(GITHUB!);
    expect(steps).toHaveLength(6);
    let isFailed = false;
    for (const { script, isAlways } of steps) {
      if (isFailed && !isAlways) continue;
      const status = run(script, traffic());
      isFailed ||= status !== 0;
    }
    expect(isFailed).toBe(!passes);
    expect(output.includes('::error file=network.snap.json')).toBe(!passes);
    expect(readFileSync(join(folder, 'summary.md'), 'utf8')).toContain(passes ? 'nothing found' : '`evil.example`');
    const sarif = readFileSync(join(folder, 'dpi.sarif'), 'utf8');
    expect(sarifProblems(sarif)).toEqual([]);
    expect(JSON.parse(sarif).runs[0].results).toHaveLength(passes ? 0 : 1);
  });

  it('runs the script for GitLab CI', () => {
    const status = run(gitlabScript(GITLAB!), traffic());
    expect(status).toBe(passes ? 0 : 1);
    const xml = readFileSync(join(folder, 'dpi.xml'), 'utf8');
    expect(junitProblems(xml)).toEqual([]);
    expect(xml).toContain(`failures="${passes ? 0 : 1}"`);
  });
});
