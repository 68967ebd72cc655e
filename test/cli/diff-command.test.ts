/** dpi diff on the demo, changed copies of it, and reports. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processContext } from '../../src/cli/context.js';
import type { ReportDiff } from '../../src/core/diff/model.js';
import { junitProblems } from '../render/ci/junit-rules.js';
import { sarifProblems } from '../render/ci/some-report.js';
import { DEMO, DEMO_PACKETS, demoWith, tlsTo } from '../support/changed-demo.js';
import { runInProcess } from '../support/run-in-process.js';

const folder = mkdtempSync(join(tmpdir(), 'dpi-diff-'));
const changed = join(folder, 'changed.pcap');
const report = join(folder, 'demo.json');

const run = (args: readonly string[], env: Record<string, string> = {}) =>
  runInProcess(args, { env, loadAnalyze: processContext().loadAnalyze });
const diff = (...args: string[]) => run(['diff', '--no-stored-rules', ...args]);

beforeAll(async () => {
  writeFileSync(changed, demoWith(tlsTo('evil.example')));
  expect((await run(['analyze', '--no-stored-rules', '--json', '-o', report, DEMO])).exitCode).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function differences(...args: string[]): Promise<ReportDiff['differences']> {
  return (JSON.parse((await diff('--json', ...args)).stdout) as ReportDiff).differences;
}

describe('dpi diff', () => {
  it('finds nothing between a capture and its report', async () => {
    const { stdout, exitCode } = await diff(DEMO, report);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('nothing differs');
    expect(await differences(report, DEMO)).toEqual([]);
  });

  it.each([
    ['captures', DEMO],
    ['a report and a capture', report],
  ])('finds one new connection between %s', async (_, from) => {
    const found = await differences(from, changed);
    expect(found.map(({ section, change, what }) => `${change} ${section} ${what}`)).toEqual([
      'new name evil.example',
      'new host 203.0.113.200',
      'new pair 192.0.2.10 203.0.113.200 tls',
    ]);
    for (const { proof, a, b } of found) {
      expect([proof?.packet, a, b]).toEqual([DEMO_PACKETS + 5, null, expect.any(Number)]);
    }
    const gone = await differences(changed, from);
    expect(gone.map(({ change, proof }) => [change, proof?.packet])).toEqual(
      gone.map(() => ['gone', DEMO_PACKETS + 5]),
    );
  });

  it('finds what changed by the threshold, and what rules decide', async () => {
    const more = join(folder, 'more.pcap');
    writeFileSync(
      more,
      demoWith(Array.from({ length: 4 }, (_, i) => tlsTo('open.spotify.com', '203.0.113.70', 8000 + i)).flat()),
    );
    const changedOnly = (found: ReportDiff['differences']) =>
      found.filter(({ change }) => change === 'changed').map(({ section, what }) => `${section} ${what}`);
    expect(changedOnly(await differences('--threshold', '40', DEMO, more))).toContain('label SPOTIFY');
    expect(changedOnly(await differences('--threshold', '90', DEMO, more))).not.toContain('label SPOTIFY');
    const rules = await differences('--block-app', 'TIKTOK', report, DEMO);
    expect(rules).toMatchObject([
      { section: 'rule', change: 'new', what: 'block app:TIKTOK', a: null, unit: 'connections' },
    ]);
  });

  it('takes the format from the ending of the output', async () => {
    const file = join(folder, 'changes.json');
    expect((await diff('-o', file, DEMO, changed)).exitCode).toBe(0);
    expect(JSON.parse(readFileSync(file, 'utf8')).differences).toEqual(await differences(DEMO, changed));
    expect((await diff('--redact', DEMO, changed)).stderr).toContain('--redact needs --html');
    expect((await diff('--html', '--json', DEMO, changed)).exitCode).toBe(2);
  });

  it('fails on conditions only', async () => {
    expect((await diff(DEMO, changed)).exitCode).toBe(0);
    expect((await diff('--fail-on', 'new:name', DEMO, changed)).exitCode).toBe(1);
    expect((await diff('--fail-on', 'gone', '--fail-on', 'new:label', DEMO, changed)).exitCode).toBe(0);
    const { exitCode, stderr } = await diff('--fail-on', 'newer', DEMO, changed);
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringContaining("--fail-on takes new, gone, changed, such as new:name, not 'newer'"),
    ]);
  });

  it('prints the formats of continuous integration', async () => {
    const text = async (format: string) =>
      (await diff('--format', format, '--fail-on', 'new:name', DEMO, changed)).stdout;
    expect(sarifProblems(await text('sarif'))).toEqual([]);
    expect(junitProblems(await text('junit'))).toEqual([]);
    expect(await text('github')).toMatch(
      /^::error title=New traffic::new name 'evil\.example': packet 697 of '.*changed\.pcap'\n$/,
    );
    expect(await text('markdown')).toContain('new name `evil.example`');
  });

  it.each([80, 120])('fits %i columns', async (columns) => {
    const { stdout } = await run(['diff', '--no-stored-rules', DEMO, changed], {
      COLUMNS: String(columns),
      NO_COLOR: '1',
    });
    expect(stdout).toContain('evil.example');
    for (const line of stdout.split('\n').filter((one) => !one.includes(folder))) {
      expect(line.length).toBeLessThanOrEqual(columns);
    }
  });

  it.each([
    ['{"schema_version":2}', 'is no report'],
    ['{ nonsense', 'is neither a capture nor JSON'],
  ])('refuses %j', async (text, message) => {
    const bad = join(folder, 'bad.json');
    writeFileSync(bad, text);
    const { exitCode, stderr } = await diff(bad, DEMO);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});
