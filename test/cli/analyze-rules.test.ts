/** Rules and conditions of the analyze command, as processes of their own. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectionRecord, Report } from '../../src/core/report/model.js';
import { ensureBuilt, runDpi } from '../support/run-cli.js';

const DEMO = 'samples/demo.pcap';
const schema = JSON.parse(readFileSync(new URL('../../schema/report.schema.json', import.meta.url), 'utf8'));
const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema);

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dpi-rules-'));
  await ensureBuilt();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function reportOf(...args: string[]): Promise<{ report: Report; stderr: string; exitCode?: number }> {
  const { stdout, stderr, exitCode } = await runDpi(['analyze', '--json', DEMO, ...args]);
  const report = JSON.parse(String(stdout));
  expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
  return { report, stderr: String(stderr), exitCode };
}

const sum = (records: readonly ConnectionRecord[], key: 'packets' | 'bytes' | 'passed_packets' | 'passed_bytes') =>
  records.reduce((total, record) => total + record[key], 0);

describe('rules', () => {
  it('are none unless somebody makes some', async () => {
    const { report } = await reportOf();
    expect(report.rules).toEqual({ store: null, count: 0, of_call: 0, decided: [], unused_count: 0, unused: [] });
    expect([report.dropped_packets, report.blocked_connections]).toEqual([0, 0]);
    expect(report.forwarded_packets).toBe(report.total_packets);
    expect(report.connections.every(({ packets, passed_packets: passed }) => packets === passed)).toBe(true);
  });

  it('say for each connection where it fell and what had passed', async () => {
    const { report } = await reportOf('--block-app', 'YOUTUBE', '--block-domain', 'discord.com');
    const { connections } = report;
    const blocked = connections.filter(({ blocked }) => blocked);
    expect(blocked).toHaveLength(report.blocked_connections);
    expect(sum(connections, 'packets') - sum(connections, 'passed_packets')).toBe(report.dropped_packets);
    expect(report.forwarded_packets + report.dropped_packets).toBe(report.total_packets);
    for (const one of connections) {
      expect(one.blocked_by !== null).toBe(one.blocked);
      expect(one.blocked_at_packet !== null).toBe(one.passed_packets < one.packets);
      expect(one.passed_bytes).toBeLessThanOrEqual(one.bytes);
    }
    const tls = blocked.find(({ domain, app_protocol: spoken }) => domain === 'discord.com' && spoken === 'tls')!;
    // The hello of a browser spans two segments: the packet that completes it proves the name and falls first.
    expect(tls).toMatchObject({ blocked_by: 'domain:discord.com', blocked_at_packet: tls.evidence_packet });
    expect(tls.passed_packets).toBe(4);

    const decided = report.rules.decided;
    expect(decided.map(({ rule }) => rule).sort()).toEqual(['app:YOUTUBE', 'domain:discord.com']);
    expect(decided.reduce((total, { packets }) => total + packets, 0)).toBe(report.dropped_packets);
    expect(decided.reduce((total, { connections: n }) => total + n, 0)).toBe(report.blocked_connections);
    for (const row of decided) {
      const first = Math.min(
        ...blocked.filter((one) => one.blocked_by === row.rule).map((one) => one.blocked_at_packet!),
      );
      expect(row.first_packet).toBe(first);
    }
  });

  it('come from a store, together with those of the call', async () => {
    const rules = join(folder, 'rules.json');
    await runDpi(['rules', 'add', 'YOUTUBE', 'TIKTOK', 'udp/443', '--rules-file', rules]);
    const fromOption = (await reportOf('--rules-file', rules, '--block-app', 'youtube,netflix')).report;
    expect(fromOption.rules).toMatchObject({ store: rules, count: 4 });
    const fromEnvironment = await runDpi(['analyze', '--json', DEMO], { env: { DPI_RULES_FILE: rules } });
    expect(JSON.parse(String(fromEnvironment.stdout)).rules).toMatchObject({ store: rules, count: 3 });
    const without = await runDpi(['analyze', '--json', DEMO, '--no-stored-rules'], { env: { DPI_RULES_FILE: rules } });
    expect(JSON.parse(String(without.stdout)).rules).toMatchObject({ store: null, count: 0 });
    const table = await runDpi(['analyze', DEMO, '--rules-file', rules], { env: { COLUMNS: '200' } });
    expect(table.stdout).toContain(`3 rules from ${rules}`);
    expect(table.stdout).toMatch(/app:YOUTUBE +block/);
  });

  it('are warned of where they name an unknown app', async () => {
    const rules = join(folder, 'unknown.json');
    const apps = join(folder, 'apps.json');
    writeFileSync(apps, JSON.stringify({ apps: [{ name: 'INTRANET', domains: ['intranet.example'] }] }));
    const added = await runDpi(['rules', 'add', 'INTRANET', '--rules-file', rules, '--apps', apps]);
    expect(added.stderr).toBe('');
    const { report, stderr } = await reportOf('--rules-file', rules);
    expect(stderr).toContain('the stored rule app:INTRANET has no effect');
    expect(report.warnings).toHaveLength(1);
    expect((await reportOf('--rules-file', rules, '--apps', apps)).stderr).toBe('');
  });

  it('need a store that works', async () => {
    const broken = join(folder, 'broken.json');
    writeFileSync(broken, '{"schema_version": 1,');
    const damaged = await runDpi(['analyze', DEMO, '--rules-file', broken]);
    expect([damaged.exitCode, damaged.stdout]).toEqual([2, '']);
    const env = { XDG_CACHE_HOME: folder };
    const refused = await runDpi(['analyze', DEMO, '--redis', 'redis://127.0.0.1:1'], { env });
    expect([refused.exitCode, refused.stdout]).toEqual([2, '']);
    expect(refused.stderr).toMatch(/refuses connections.*no copy of its rules was kept\n$/);
  });
});

describe('--fail-on', () => {
  it('finds apps, domains and blocked connections, and exits with 1', async () => {
    const conditions = ['--fail-on', 'app:tiktok', '--fail-on', 'domain:ytimg.com', '--fail-on', 'blocked'];
    const { report, stderr, exitCode } = await reportOf(...conditions, '--block-app', 'YOUTUBE');
    expect(exitCode).toBe(1);
    expect(report.findings.map(({ condition }) => condition)).toEqual(['app:TIKTOK', 'domain:ytimg.com', 'blocked']);
    expect(report.findings[2]).toMatchObject({
      connections: report.blocked_connections,
      packets: report.dropped_packets,
    });
    expect(stderr.split('\n').slice(0, 2).join()).toMatch(/^dpi: found app:TIKTOK \(.+\),dpi: found domain:ytimg.com/);
  });

  it('finds nothing that is not there', async () => {
    const conditions = ['--fail-on', 'app:WECHAT', '--fail-on', 'domain:=ytimg.com', '--fail-on', 'blocked'];
    const { report, stderr, exitCode } = await reportOf(...conditions);
    expect([report.findings, stderr, exitCode]).toEqual([[], '', 0]);
  });

  it('shows what it found in the table', async () => {
    const args = ['analyze', DEMO, '--fail-on', 'app:TIKTOK'];
    const { stdout, stderr, exitCode } = await runDpi(args);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/Found +app:TIKTOK/);
    expect(stderr).toMatch(/^dpi: found app:TIKTOK .*\n$/);
  });

  it('asks single connections, and all that are not among --only', async () => {
    const found = async (...args: string[]) => {
      const { stderr, exitCode } = await runDpi(['analyze', '-q', '--no-stored-rules', ...args]);
      return [exitCode, String(stderr).replace(/ \(.*/gm, '').trim()];
    };
    expect(await found(DEMO, '--fail-on', 'proto:quic', '--fail-on', 'proto:rdp')).toEqual([
      1,
      'dpi: found proto:quic',
    ]);
    expect(await found(DEMO, '--fail-on', 'category:gambling')).toEqual([0, '']);
    expect(await found('--only', 'app:YOUTUBE', 'proto:dns', DEMO)).toEqual([
      1,
      'dpi: found anything but app:YOUTUBE, proto:dns',
    ]);
    expect(await found('--only', 'ip:192.0.2.0/24', '--only', 'ip:2001:db8::/32', DEMO)).toEqual([0, '']);
  });

  it('refuses what it does not know, with what it does', async () => {
    for (const [condition, message] of [
      ['apps:TIKTOK', /--fail-on takes 'blocked', 'app:NAME', 'domain:NAME', 'category:NAME'/],
      ['app:TIKTOKK', /did you mean TIKTOK/],
    ] as const) {
      const { stderr, exitCode } = await runDpi(['analyze', DEMO, '--fail-on', condition]);
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(message);
    }
  });
});

describe('--quiet with conditions', () => {
  const run = (...args: string[]) => runDpi(['analyze', '--no-stored-rules', '--quiet', DEMO, ...args]);

  it.each([
    [['--fail-on', 'app:TIKTOK'], 1],
    [['--fail-on', 'app:TELEGRAM'], 0],
    [['--only', 'app:YOUTUBE'], 1],
  ])('answers %j by exit code %i', async (args, code) => {
    const { stdout, exitCode } = await run(...args);
    expect([stdout, exitCode]).toEqual(['', code]);
  });

  it.each([[['--json']], [['--csv']], [['--view', 'labels']], [['-o', '-']]])(
    'prints what %j asks for',
    async (args) => {
      const { stdout } = await run('--fail-on', 'app:TIKTOK', ...args);
      expect(stdout).toContain('TIKTOK');
    },
  );

  it('prints the report without conditions', async () => {
    expect((await run()).stdout).toContain('TIKTOK');
  });
});
