/** --format sarif, junit, github and markdown of the commands that find something. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processContext } from '../../../src/cli/context.js';
import { junitProblems } from '../../render/ci/junit-rules.js';
import { sarifProblems } from '../../render/ci/some-report.js';
import { DEMO, DEMO_PACKETS, demoWith, tlsTo } from '../../support/changed-demo.js';
import { runInProcess } from '../../support/run-in-process.js';

const folder = mkdtempSync(join(tmpdir(), 'dpi-ci-'));
const snapshot = join(folder, 'network.snap.json');
const changed = join(folder, 'changed.pcap');
const rules = ['--no-stored-rules', '--block-domain', 'youtube.com', '--block-app', 'TELEGRAM'];

beforeAll(async () => {
  writeFileSync(changed, demoWith(tlsTo('evil.example')));
  await run(['snapshot', 'write', DEMO, '-o', snapshot]);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a command line. */
function run(args: readonly string[], env: Record<string, string> = {}) {
  return runInProcess(args, { env, loadAnalyze: processContext().loadAnalyze });
}

const COMMANDS: readonly [name: string, args: () => string[], exitCode: number][] = [
  ['snapshot-test', () => ['snapshot', 'test', changed, snapshot], 1],
  [
    'analyze',
    () => [
      'analyze',
      '--no-stored-rules',
      '--fail-on',
      'app:TIKTOK',
      '--fail-on',
      'tls:<1.2',
      '--only',
      'port:443',
      DEMO,
    ],
    1,
  ],
  ['rules-test', () => ['rules', 'test', ...rules, '--fail-on', 'escaped', '--fail-on', 'hidden', DEMO], 1],
];

/** Paths of this run are of no interest. */
const portable = (text: string) =>
  text
    .replaceAll(folder, 'FOLDER')
    .replaceAll(DEMO, 'demo.pcap')
    .replaceAll(encodeURI(`file://${folder}`), 'FOLDER');

describe.each(COMMANDS)('%s', (name, args, exitCode) => {
  it.each(['sarif', 'junit', 'github', 'markdown'])('prints %s', async (format) => {
    const result = await run([...args(), '--format', format]);
    expect(result.exitCode).toBe(exitCode);
    await expect(portable(result.stdout)).toMatchFileSnapshot(`golden/${name}.${format}.txt`);
    if (format === 'sarif') expect(sarifProblems(result.stdout)).toEqual([]);
    if (format === 'junit') expect(junitProblems(result.stdout)).toEqual([]);
  });
});

describe('dpi', () => {
  it('has the numbers of the packets that prove a finding in SARIF', async () => {
    const { stdout } = await run(['snapshot', 'test', '--format', 'sarif', changed, snapshot]);
    const [result, ...more] = JSON.parse(stdout).runs[0].results;
    expect(more).toEqual([]);
    const packet = DEMO_PACKETS + 5;
    expect(result.message.text).toBe(`new contact 'evil.example' on tcp/443 (tls): packet ${packet} (693 to 703)`);
    expect(result.properties.proofs[0]).toMatchObject({ packet, first_packet: 693, last_packet: 703 });
    expect(result.relatedLocations[0].physicalLocation.artifactLocation.uri).toMatch(/changed\.pcap$/);
  });

  it('adds a summary to the step of GitHub', async () => {
    const summary = join(folder, 'summary.md');
    writeFileSync(summary, 'before\n');
    const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary };
    const { stdout } = await run(['snapshot', 'test', '--format', 'github', changed, snapshot], env);
    expect(stdout).toMatch(/^::error file=.*,line=1,title=New network contact::new contact 'evil\.example'/);
    expect(readFileSync(summary, 'utf8')).toMatch(
      /^before\n### `dpi snapshot test`: 1 finding\n[\s\S]*`evil\.example`/,
    );
    const broken = await run(['snapshot', 'test', '--format', 'github', changed, snapshot], {
      GITHUB_STEP_SUMMARY: join(folder, 'none/summary.md'),
    });
    expect([broken.exitCode, broken.stderr]).toEqual([2, expect.stringContaining("can't write")]);
  });

  it('prints nothing for GitHub, and exits with 0, where nothing is found', async () => {
    const { stdout, exitCode } = await run(['snapshot', 'test', '--format', 'github', DEMO, snapshot]);
    expect([stdout, exitCode]).toEqual(['', 0]);
  });

  it.each([
    [['analyze', '--format', 'sarif', DEMO], /give one of them/],
    [['rules', 'test', '--format', 'junit', '--block-app', 'TIKTOK', DEMO], /give --fail-on escaped/],
    [
      ['analyze', '--format', 'sarif', '--json', DEMO],
      /--format.*cannot be used with.*--json|--json.*cannot be used with.*--format/,
    ],
    [['analyze', '--format', 'xml', DEMO], /sarif, junit, github, markdown/],
  ])('refuses %j', async (args, message) => {
    const { stderr, exitCode } = await run(args);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
  });
});
