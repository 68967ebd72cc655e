/** What `rules export --format nftables` writes is loaded into a real nft, in a network namespace of its own. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt, runDpi } from '../../support/run-cli.js';

const NFT = ['nft', '/usr/sbin/nft', '/sbin/nft'].find((name) => spawnSync(name, ['--version']).status === 0);
/** A namespace of its own needs root, or user namespaces. */
const UNSHARE = [
  ['unshare', '-n'],
  ['unshare', '-rn'],
].find(
  ([command, ...args]) => NFT !== undefined && spawnSync(command!, [...args, NFT, 'list', 'ruleset']).status === 0,
);
if (NFT === undefined) {
  if (process.env.CI) throw new Error('nft is not installed (nftables)');
  console.warn('SKIPPED: nft is not installed, so no exported ruleset is loaded');
} else if (UNSHARE === undefined) {
  console.warn('SKIPPED: nft may not list rules here (no network namespaces), so no exported ruleset is loaded');
}

const RULES = [
  { type: 'ip', action: 'block', values: ['10.0.0.0/8', '10.1.0.0/16', '192.0.2.1', '2001:db8::/32', '2001:db8::1'] },
  { type: 'ip', action: 'block', values: ['0.0.0.0/0', '::/0'] },
  { type: 'ip', action: 'allow', values: ['10.1.2.0/24', '198.51.100.7', '2001:db8:1::/48'] },
  { type: 'port', action: 'block', values: ['443', 'udp/443', '6881-6889', 'tcp/1-65535', 'sctp/5000', '6885-7000'] },
  { type: 'port', action: 'allow', values: ['53', 'tcp/22'] },
  { type: 'domain', action: 'block', values: ['tiktok.com'] },
];

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dpi-nft-'));
  await ensureBuilt();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function exported(rules: readonly object[]): Promise<string> {
  const store = join(folder, 'rules.json');
  writeFileSync(store, JSON.stringify({ schema_version: 1, rules }));
  const file = join(folder, 'out.nft');
  const { stdout, exitCode } = await runDpi(['rules', 'export', '--format', 'nftables', '-q', '--rules-file', store]);
  expect(exitCode).toBe(0);
  writeFileSync(file, String(stdout));
  return file;
}

/** Loads the file twice over and lists what is there then. */
function loaded(file: string): { status: number | null; stdout: string; stderr: string } {
  const [command, ...args] = UNSHARE!;
  const script = '"$0" -c -f "$1" && "$0" -f "$1" && "$0" -f "$1" && "$0" list ruleset';
  return spawnSync(command!, [...args, 'sh', '-c', script, NFT!, file], { encoding: 'utf8', maxBuffer: 1 << 26 });
}

describe.runIf(UNSHARE !== undefined)('an exported nftables ruleset', () => {
  it('is accepted, and replaces itself', async () => {
    const { status, stdout, stderr } = loaded(await exported(RULES));
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout.match(/^table /gm)).toHaveLength(1);
    expect(stdout).toContain('elements = { 10.1.2.0/24, 198.51.100.7 }');
    expect(stdout).toContain('elements = { 443, 5000, 6881-7000 }');
    expect(stdout.match(/policy accept;/g)).toHaveLength(3);
    // Allow comes before block.
    const forward = /chain forward \{[\s\S]*?\n\t\}/.exec(stdout)![0];
    expect(forward.lastIndexOf(' accept\n')).toBeLessThan(forward.indexOf(' drop\n'));
  });

  it('is accepted without rules, with one, and with twenty thousand', async () => {
    for (const values of [
      [],
      ['192.0.2.1'],
      Array.from({ length: 20_000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`),
    ]) {
      const rules = values.length === 0 ? [] : [{ type: 'ip', action: 'block', values }];
      const { status, stderr } = loaded(await exported(rules));
      expect([status, stderr]).toEqual([0, '']);
    }
  }, 60_000);
});
