/** `dpi rules` as a process of its own, as it was built. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePort, redisBinary, startRedis, type TestRedis } from '../../adapters/stores/redis-server.js';
import { ensureBuilt, runDpi } from '../../support/run-cli.js';
import { until } from '../../support/until.js';

let folder: string;
let file: string;
let rounds = 0;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dpi-rules-cli-'));
  await ensureBuilt();
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  file = join(folder, `${++rounds}.json`);
});

interface Ran {
  stdout: string;
  stderr: string;
  exitCode: number;
}

async function dpi(args: readonly string[], input?: string): Promise<Ran> {
  const env = { DPI_RULES_FILE: file, DPI_REDIS_URL: undefined, XDG_CACHE_HOME: join(folder, 'cache') };
  const result = await runDpi(['rules', ...args], input === undefined ? { env } : { env, stdin: 'pipe', input });
  return { stdout: String(result.stdout), stderr: String(result.stderr), exitCode: result.exitCode ?? -1 };
}

async function ids(): Promise<string[]> {
  const { stdout } = await dpi(['list', '--json']);
  return (JSON.parse(stdout).rules as { id: string; action: string }[]).map(({ id, action }) => `${action} ${id}`);
}

describe('dpi rules', () => {
  it('adds, lists, checks and removes', async () => {
    const added = await dpi(['add', 'YouTube.com', 'x', 'udp/443', '10.1.2.3/8', '--comment', 'exam \u001b[31mweek']);
    expect(added).toMatchObject({ exitCode: 0, stderr: '' });
    expect(added.stdout).toBe(
      `added block rule ip:10.0.0.0/8\nadded block rule port:udp/443\nadded block rule domain:youtube.com\nadded block rule app:TWITTER\n4 added; in ${file}\n`,
    );
    expect((await dpi(['add', 'youtube.com', 'example.net', '--comment', 'exam \u001b[31mweek'])).stdout).toBe(
      `already there: block rule domain:youtube.com\nadded block rule domain:example.net\n1 added, 1 already there; in ${file}\n`,
    );
    expect((await dpi(['remove', 'example.net'])).exitCode).toBe(0);
    expect((await dpi(['add', '--allow', 'school.youtube.com', '--json'])).stdout).toBe(
      `{"schema_version":1,"store":"${file}","version":4,"rules":[{"id":"domain:school.youtube.com","type":"domain","value":"school.youtube.com","action":"allow","outcome":"added"}],"warnings":[]}\n`,
    );
    const list = await dpi(['list']);
    expect(list.stdout).toContain('exam \\x1b[31mweek');
    expect(list.stdout).toContain(`5 rules (4 block, 1 allow) in ${file}`);

    const checked = JSON.parse(
      (
        await dpi([
          'check',
          '--json',
          'a.school.youtube.com',
          'twitter.com',
          '10.9.9.9',
          '443',
          'tcp/443',
          'example.org',
        ])
      ).stdout,
    );
    expect(
      checked.checks.map((one: { query: string; verdict: string; decided_by: { id: string } | null }) => [
        one.query,
        one.verdict,
        one.decided_by?.id,
      ]),
    ).toEqual([
      ['a.school.youtube.com', 'allow', 'domain:school.youtube.com'],
      ['twitter.com', 'block', 'app:TWITTER'],
      ['10.9.9.9', 'block', 'ip:10.0.0.0/8'],
      ['tcp/443', 'none', undefined],
      ['udp/443', 'block', 'port:udp/443'],
      ['tcp/443', 'none', undefined],
      ['example.org', 'none', undefined],
    ]);
    expect(checked.checks[0].matches.map(({ id }: { id: string }) => id)).toEqual([
      'domain:school.youtube.com',
      'domain:youtube.com',
    ]);

    const removed = await dpi(['remove', 'domain:youtube.com', 'app:X', 'nothing.example']);
    expect(removed.exitCode).toBe(2);
    expect(removed.stderr).toBe('dpi: warning: there is no rule domain:nothing.example\n');
    expect(await ids()).toEqual(['block ip:10.0.0.0/8', 'block port:udp/443', 'allow domain:school.youtube.com']);
  });

  it('reads rules from standard input, and a type word for all', async () => {
    await dpi(['add', '-'], '# exam week\na.example\n\n 192.0.2.1  # printer\r\napp:tiktok\n');
    await dpi(['add', 'domain', 'localhost', 'intranet']);
    expect(await ids()).toEqual([
      'block ip:192.0.2.1',
      'block domain:a.example',
      'block domain:intranet',
      'block domain:localhost',
      'block app:TIKTOK',
    ]);
  });

  it('changes nothing when one of the values is wrong', async () => {
    const { exitCode, stderr } = await dpi(['add', 'a.example', 'https://b.example/x']);
    expect(exitCode).toBe(2);
    expect(stderr).toBe("dpi: 'https://b.example/x' is not a domain name; of a URL give only the host, 'b.example'\n");
    expect((await dpi(['list'])).stderr).toBe(`dpi: there is no rules file ${file}; 'dpi rules add' creates it\n`);
  });

  it('lets rules expire', async () => {
    await dpi(['add', 'a.example', '--expires', '1s']);
    await dpi(['add', 'b.example', '--expires', '2h']);
    const check = async () => (await dpi(['check', 'a.example', 'b.example'])).stdout;
    await until(async () => (await check()).startsWith('a.example: no rule matches\n'), 'the expiry of a.example');
    expect(await check()).toMatch(/a\.example: no rule matches\nb\.example: blocked/);
    expect((await dpi(['list'])).stdout).toMatch(/a\.example +block +expired/);
    expect((await dpi(['clear', '--expired'])).stdout).toBe(`1 rule removed from ${file}\n`);
    expect(await ids()).toEqual(['block domain:b.example']);
    expect((await dpi(['add', 'c.example', '--expires', '2020-01-01'])).stderr).toBe(
      "dpi: the expiry '2020-01-01' is not in the future\n",
    );
  });

  it('warns of rules that match too much', async () => {
    const { stderr, exitCode } = await dpi(['add', '0.0.0.0/0', 'domain:com', '*.co.uk']);
    expect(exitCode).toBe(0);
    expect(stderr.split('\n').slice(0, 3)).toEqual([
      'dpi: warning: ip:0.0.0.0/0 matches every IPv4 address',
      'dpi: warning: domain:com matches every site under the public suffix com',
      'dpi: warning: domain:*.co.uk matches every site under the public suffix co.uk',
    ]);
  });

  it('imports lists, keeps what is allowed, and names the lines it leaves out', async () => {
    await dpi(['add', '--allow', 'good.example']);
    const path = join(folder, 'list.txt');
    writeFileSync(
      path,
      '[Adblock Plus 2.0]\n||ads.example^\n||good.example^\n@@||fine.example^\n||x.example^$script\n',
    );
    const result = await dpi(['import', path]);
    expect(result.stdout).toBe(
      `3 rules in 5 lines (adguard): 2 added, 1 left out, as an allow rule exists; in ${file}\n`,
    );
    expect(result.stderr).toBe(
      "dpi: warning: line 5 left out: ||x.example^$script: its modifier '$script' has no counterpart\n",
    );
    expect(await ids()).toEqual(['block domain:ads.example', 'allow domain:fine.example', 'allow domain:good.example']);
    const dry = JSON.parse(
      (await dpi(['import', '--dry-run', '--json', '-'], '0.0.0.0 a.example\n1.2.3.4 b.example\n')).stdout,
    );
    expect(dry).toMatchObject({ dry_run: true, format: 'hosts', lines: 2, rules: 1, added: 0, rejected_lines: 1 });
    expect(dry.rejected[0]).toMatchObject({ line: 2, text: '1.2.3.4 b.example' });
    expect(await ids()).toHaveLength(3);
    expect((await dpi(['import', '-'], '\u0000\u0001')).stderr).toContain('is not a list in a known format');
    expect((await dpi(['import', join(folder, 'none')])).stderr).toBe(
      `dpi: can't read ${join(folder, 'none')}: there is no such file\n`,
    );
  });

  it('exports and imports everything as JSON', async () => {
    await dpi([
      'add',
      'a.example',
      '=b.example',
      '*.c.example',
      '2001:db8::/32',
      'tcp/80-90',
      'TIKTOK',
      '--comment',
      'x',
      '--expires',
      '2099-01-01',
    ]);
    await dpi(['add', '--allow', '192.0.2.1']);
    const { stdout, stderr } = await dpi(['export']);
    expect(stderr).toBe(`dpi: rules of ${file}\n`);
    file = join(folder, `${++rounds}.json`);
    expect((await dpi(['import', '-'], stdout)).exitCode).toBe(0);
    const again = (await dpi(['export'])).stdout;
    expect(JSON.parse(again).rules).toEqual(JSON.parse(stdout).rules);
  });

  it('exports what other programs can express, and says what they cannot', async () => {
    await dpi(['add', 'a.example', '=b.example', '*.c.example', '2001:db8::/32', 'tcp/80-90', 'TIKTOK']);
    await dpi(['add', '--allow', 'ok.example', '192.0.2.0/24']);
    const adguard = await dpi(['export', '--format', 'adguard']);
    const own = (lines: string) => lines.split('\n').filter((line) => line.includes('.example'));
    expect(own(adguard.stdout)).toEqual(['||*.c.example^', '|b.example^', '||a.example^', '@@||ok.example^']);
    // The names of the app stand in for it, and the first line counts what is below it.
    expect(adguard.stdout).toContain('\n||tiktok.com^\n');
    expect(adguard.stdout.split('\n')[0]).toBe(
      `! ${adguard.stdout.trimEnd().split('\n').length - 1} rules exported by dpi`,
    );
    expect(adguard.stderr).not.toContain('app rules');
    const hosts = await dpi(['export', '--format', 'hosts']);
    expect(own(hosts.stdout)).toEqual(['0.0.0.0 b.example', '0.0.0.0 a.example']);
    expect(hosts.stderr).toContain('written without subdomains');
    expect(hosts.stderr).toContain('a hosts file has no wildcards');
    const nftables = (await dpi(['export', '--format', 'nftables'])).stdout;
    expect(nftables).toContain(
      'ip saddr @allow_ip4 accept\n    ip daddr @allow_ip4 accept\n    ip6 saddr @block_ip6 drop',
    );
    expect(nftables).toMatch(/set block_tcp \{[^}]*80-90/);
    const suricata = (await dpi(['export', '--format', 'suricata'])).stdout;
    expect(suricata).toContain('pass ip 192.0.2.0/24 any <> any any (');
    expect(suricata).toContain(
      'drop tls any any -> any any (msg:"dpi domain a.example"; tls.sni; dotprefix; content:".a.example"; nocase; endswith; ',
    );
    expect(suricata).toContain('drop tcp any any -> any [80:90] (');
    const path = join(folder, 'out.json');
    await dpi(['export', '-o', path]);
    expect(JSON.parse(readFileSync(path, 'utf8')).rules).toHaveLength(8);
  });

  it('clears only when told so', async () => {
    await dpi(['add', 'a.example']);
    expect(await dpi(['clear'])).toMatchObject({
      exitCode: 2,
      stderr: 'dpi: nothing was removed; --yes removes all rules without asking\n',
    });
    expect((await dpi(['clear', '--yes', '--json'])).stdout).toBe(
      `{"schema_version":1,"store":"${file}","version":2,"removed":1,"warnings":[]}\n`,
    );
  });

  it('explains wrong usage in one line', async () => {
    expect((await dpi(['ad'])).stderr).toBe("dpi: unknown command 'ad'; did you mean 'add'?\n");
    expect((await dpi(['add'])).stderr).toContain("missing required argument 'rule'");
    expect((await dpi(['list', '--rules-file', 'x', '--redis', 'redis://y'])).stderr).toContain('exclude each other');
    expect((await dpi(['list', '--redis', 'http://:secret@host'])).stderr).toMatch(
      /^dpi: the Redis URL is no good: expected redis:.*\n$/,
    );
    writeFileSync(file, '{"rules":[\n{"type":"ip"}]}');
    expect((await dpi(['list'])).stderr).toMatch(/^dpi: the rules file .* is damaged at line 2, column 1 /);
  });

  it('keeps all rules of twenty processes that add twenty each at once', async () => {
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, i) => dpi(['add', ...Array.from({ length: 20 }, (_, n) => `p${i}-${n}.example`)])),
    );
    expect(new Set(results.map(({ exitCode }) => exitCode))).toEqual(new Set([0]));
    expect(await ids()).toHaveLength(400);
  }, 180_000);
});

describe.runIf(redisBinary() !== null)('dpi rules in Redis', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis(['--requirepass', 'hush']);
  });
  afterAll(() => redis.stop());

  it('keeps all rules of twenty processes that add twenty each at once', async () => {
    const url = `redis://:hush@127.0.0.1:${redis.port}`;
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        dpi(['add', '--redis', url, ...Array.from({ length: 20 }, (_, n) => `p${i}-${n}.example`)]),
      ),
    );
    expect(results.map(({ stderr }) => stderr).join('')).toBe('');
    const { stdout } = await dpi(['list', '--redis', url, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ store: `redis://127.0.0.1:${redis.port}`, version: 20 });
    expect(JSON.parse(stdout).rules).toHaveLength(400);
    expect(stdout).not.toContain('hush');
  }, 180_000);

  it('fails with the cause, and with the deadline where there is no answer', async () => {
    let silent: Server | undefined;
    const silentPort = await freePort();
    await new Promise<void>((resolve) => {
      silent = createServer(() => {}).listen(silentPort, '127.0.0.1', resolve);
    });
    const cases: [string, RegExp][] = [
      [`redis://127.0.0.1:${await freePort()}`, /refuses connections \(is it running\?\); nothing was changed\n$/],
      [`redis://127.0.0.1:${silentPort}`, /did not answer within 1\.2 seconds; nothing was changed\n$/],
      [`redis://:wrong@127.0.0.1:${redis.port}`, /refused the password; nothing was changed\n$/],
    ];
    // Started together, each must end by itself: the silent server never answers.
    const results = await Promise.all(cases.map(([url]) => dpi(['add', '--redis', url, 'a.example'])));
    for (const [i, { stderr, exitCode }] of results.entries()) {
      expect(stderr).toMatch(cases[i]![1]);
      expect(stderr).not.toContain('wrong');
      expect(exitCode).toBe(2);
    }
    silent?.close();
  });
});
