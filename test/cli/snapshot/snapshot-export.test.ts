/** Snapshots as the allow lists of other programs. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { processContext } from '../../../src/cli/context.js';
import { DEMO, demoWith, tlsTo } from '../../support/changed-demo.js';
import { runInProcess } from '../../support/run-in-process.js';

const folder = mkdtempSync(join(tmpdir(), 'dpi-export-'));
const snapshot = join(folder, 'network.snap.json');
afterAll(() => rmSync(folder, { recursive: true }));

const CONTACTS = [
  { to: 'api.example.com', port: 'tcp/443' },
  { to: '*.cdn.example', port: '443' },
  { to: '10.0.0.0/8', port: 'tcp/8000-8099' },
  { to: '10.1.2.3', port: 'tcp/8001' },
  { to: '2001:db8::/32' },
  { to: '@db', port: 'tcp/5432' },
  { to: '*', port: 'udp/123' },
  { to: '192.0.2.1', port: '53' },
  { to: '192.0.2.9', port: 'icmp' },
  { to: 'odd"name\n.example', port: 'tcp/443' },
];
writeFileSync(
  snapshot,
  JSON.stringify({
    snapshot_version: 1,
    roles: { db: ['172.18.0.3'] },
    contacts: CONTACTS,
    lookups: [{ name: 'asked.example' }],
  }),
);

async function exported(format: string): Promise<{ text: string; warnings: string }> {
  const { stdout, stderr, exitCode } = await runInProcess(['snapshot', 'export', '--format', format, snapshot]);
  expect(exitCode).toBe(0);
  expect(stdout).not.toContain('odd');
  return { text: stdout, warnings: stderr };
}

describe('dpi snapshot export', () => {
  it.each(['harden-runner', 'cilium', 'kubernetes', 'nftables', 'dpi-rules'])('writes %s', async (format) => {
    const { text, warnings } = await exported(format);
    await expect(`${text}\n${warnings}`).toMatchFileSnapshot(`golden/export-${format}.txt`);
  });

  it('writes a ruleset that nft accepts', async () => {
    const { text } = await exported('nftables');
    const nft = ['nft', '/usr/sbin/nft', '/sbin/nft'].find((name) => spawnSync(name, ['--version']).status === 0);
    const isolated = [
      ['unshare', '-n'],
      ['unshare', '-rn'],
    ].find(
      ([command, ...args]) => nft !== undefined && spawnSync(command!, [...args, nft, 'list', 'ruleset']).status === 0,
    );
    if (isolated === undefined) {
      if (nft === undefined && process.env.CI) throw new Error('nft is not installed (nftables)');
      console.warn('nft can load no ruleset here, so the exported one was not loaded');
      return;
    }
    const [command, ...args] = isolated;
    const { status, stderr } = spawnSync(command!, [...args, nft!, '-f', '-'], { input: text, encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });

  it('writes rules that block one new contact of the demo and nothing else', async () => {
    const own = join(folder, 'demo.snap.json');
    const rules = join(folder, 'rules.json');
    const capture = join(folder, 'changed.pcap');
    writeFileSync(capture, demoWith(tlsTo('evil.example')));
    await runInProcess(['snapshot', 'write', DEMO, '-q', '-o', own]);
    await runInProcess(['snapshot', 'export', '-q', '--format', 'dpi-rules', '-o', rules, own]);
    const analyze = await processContext().loadAnalyze();
    const blocked: (string | null)[] = [];
    await analyze([capture], {
      rules: { ofCall: [], stored: { rulesFile: rules }, strict: false, env: {} },
      onConnection: (connection) => {
        if (connection.blocked) blocked.push(connection.domain);
      },
    });
    expect(blocked).toEqual(['evil.example']);
  });
});
