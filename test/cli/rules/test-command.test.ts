/** `dpi rules test` as a process: its report, its JSON and how it ends. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PolicySummary } from '../../../src/core/report/policy-model.js';
import { ensureBuilt, runDpi } from '../../support/run-cli.js';

const DEMO = 'samples/demo.pcap';
const schemaOf = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../schema/${name}.schema.json`, import.meta.url), 'utf8'));
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
ajv.addSchema(schemaOf('report'));
const validate = ajv.compile(schemaOf('policy'));

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dpi-policy-'));
  await ensureBuilt();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function tested(...args: string[]): Promise<{ summary: PolicySummary; stderr: string; exitCode?: number }> {
  const { stdout, stderr, exitCode } = await runDpi(['rules', 'test', '--json', ...args]);
  const summary = JSON.parse(String(stdout));
  expect(validate(summary), JSON.stringify(validate.errors)).toBe(true);
  return { summary, stderr: String(stderr), exitCode };
}

describe('dpi rules test', () => {
  it('says in one line that a link type cannot be read, and calls nothing absent', async () => {
    const path = join(folder, 'unsupported.pcap');
    const capture = Buffer.from(readFileSync(DEMO));
    capture.writeUInt32LE(272, 20);
    writeFileSync(path, capture);
    const { summary, stderr, exitCode } = await tested(path, '--block-app', 'TIKTOK', '--fail-on', 'hidden', '-q');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^dpi: found hidden \(0 connections, (\d+) packets\): \1 of \1 packets could not be read: unsupported link type 272 \(.+\)\n$/,
    );
    expect(summary.targets).toMatchObject([{ target: 'TIKTOK', verdict: 'unseen' }]);
    expect(summary.unread).toMatchObject([{ cause: 'unsupported_link_type', value: 272, share: 1 }]);
  });

  it('answers in JSON by its schema, and agrees with analyze', async () => {
    const rules = ['--block-domain', 'youtube.com', '--block-app', 'DISCORD'];
    const { summary, exitCode } = await tested(DEMO, ...rules);
    expect(exitCode).toBe(0);
    expect(summary.targets.map(({ target, verdict }) => `${target} ${verdict}`)).toEqual([
      'YOUTUBE escaped',
      'DISCORD stopped',
    ]);
    expect(summary.escapes.map(({ route, remedy }) => `${route} ${remedy}`)).toEqual([
      'other-name --block-domain googlevideo.com',
      'other-name --block-domain ytimg.com',
    ]);
    const report = JSON.parse(String((await runDpi(['analyze', '--json', DEMO, ...rules])).stdout));
    for (const key of ['total_packets', 'dropped_packets', 'total_connections', 'blocked_connections', 'rules']) {
      expect(summary[key as keyof PolicySummary]).toEqual(report[key]);
    }
    const ofApp = report.connections.filter(({ app }: { app: string }) => app === 'YOUTUBE');
    const [youtube] = summary.targets;
    expect(youtube!.connections + youtube!.lookups).toBe(ofApp.length);
    const example = ofApp.find(({ id }: { id: number }) => id === summary.escapes[0]!.example.id);
    expect(example).toMatchObject(summary.escapes[0]!.example);
    // What is suggested stops all of it.
    const mended = (await tested(DEMO, ...rules, ...summary.escapes.flatMap(({ remedy }) => remedy!.split(' '))))
      .summary;
    expect([mended.escapes, mended.targets.map(({ verdict }) => verdict)]).toEqual([[], ['stopped', 'stopped']]);
  });

  it('puts the verdict first for people, in any width', async () => {
    const args = ['rules', 'test', DEMO, '--block-domain', 'youtube.com', '--block-app', 'TIKTOK'];
    const { stdout } = await runDpi(args, { env: { COLUMNS: '100' } });
    expect(stdout).toMatch(
      /YOUTUBE {2}ESCAPED {2}1 of 3 connections stopped before the first server byte, 2 not stopped/,
    );
    expect(stdout).toMatch(/TIKTOK {3}stopped {2}the only connection stopped/);
    expect(stdout).toContain('\n   --block-domain googlevideo.com\n');
    for (const columns of ['40', '72', '200']) {
      const lines = String((await runDpi(args, { env: { COLUMNS: columns } })).stdout).split('\n');
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(Number(columns));
    }
    const cut = await runDpi([...args, '--top', '1'], { env: { COLUMNS: '100' } });
    expect(String(cut.stdout).match(/… 1 more/g)).toHaveLength(2);
  });

  it('ends with 1 when something came through that must not', async () => {
    const leaky = ['--block-domain', 'youtube.com', '--block-app', 'DISCORD'];
    const found = await tested(DEMO, ...leaky, '--fail-on', 'escaped');
    expect([found.exitCode, found.summary.findings[0]]).toMatchObject([1, { condition: 'escaped', connections: 8 }]);
    expect(found.stderr).toContain('dpi: found escaped (8 connections');
    expect((await tested(DEMO, ...leaky, '--fail-on', 'escaped:youtube')).exitCode).toBe(1);
    expect((await tested(DEMO, ...leaky, '--fail-on', 'escaped:DISCORD')).exitCode).toBe(0);
    expect((await tested('samples/nameless-tls.pcap', '--block-app', 'TIKTOK', '--fail-on', 'hidden')).exitCode).toBe(
      (await tested('samples/nameless-tls.pcap', '--block-app', 'TIKTOK')).summary.hidden.length > 0 ? 1 : 0,
    );
    const wrong = await runDpi(['rules', 'test', DEMO, ...leaky, '--fail-on', 'blocked']);
    expect([wrong.exitCode, wrong.stderr]).toEqual([
      2,
      "dpi: --fail-on takes 'escaped', 'escaped:APP' or 'hidden', not 'blocked'\n",
    ]);
  });

  it('needs a rule that blocks, stored or of the call', async () => {
    const none = await runDpi(['rules', 'test', DEMO, '--allow-app', 'TIKTOK']);
    expect([none.exitCode, none.stdout]).toEqual([2, '']);
    expect(none.stderr).toContain('there is nothing to test: no rules are stored, and the call names none');
    const rules = join(folder, 'rules.json');
    await runDpi(['rules', 'add', 'YOUTUBE', '--rules-file', rules]);
    const { summary } = await tested(DEMO, '--rules-file', rules);
    expect([summary.rules.store, summary.targets[0]!.target]).toEqual([rules, 'YOUTUBE']);
    writeFileSync(join(folder, 'cut.pcap'), readFileSync(DEMO).subarray(0, 30_000));
    expect((await tested(join(folder, 'cut.pcap'), '--rules-file', rules)).exitCode).toBe(3);
  });
});
