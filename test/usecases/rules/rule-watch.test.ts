/** Rules that change while a process runs, in both stores, by other processes. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { JsonRuleStore } from '../../../src/adapters/stores/json-rule-store.js';
import { RuleMemory } from '../../../src/adapters/stores/rule-memory.js';
import type { RuleGroup } from '../../../src/core/policy/rule.js';
import { MANY_RULES } from '../../../src/rules/rule-book.js';
import { RuleWatch } from '../../../src/usecases/rules/rule-watch.js';
import type { RuleChoice, RulesInForce } from '../../../src/usecases/rules/rules-in-force.js';
import { redisBinary, startRedis, type TestRedis } from '../../adapters/stores/redis-server.js';
import { apps } from '../../core/ingest/events.js';
import { ensureBuilt, runDpi } from '../../support/run-cli.js';
import { until } from '../../support/until.js';

const folder = mkdtempSync(join(tmpdir(), 'dpi-rule-watch-'));
const file = join(folder, 'rules.json');
const watches: RuleWatch[] = [];

beforeAll(ensureBuilt);
afterEach(async () => {
  for (const watch of watches.splice(0)) await watch.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function choice(stored: RuleChoice['stored'], change: Partial<RuleChoice> = {}): RuleChoice {
  return { ofCall: [], stored, strict: false, env: {}, ...change };
}

/** A watch, the ids of the rules it told of last, and what it warned of. */
async function follow(of: RuleChoice) {
  const told: string[][] = [];
  const warnings: string[] = [];
  const ids = ({ rules }: RulesInForce) => Array.from({ length: rules.size }, (_, at) => rules.ruleId(at)).sort();
  const hooks = { changed: (now: RulesInForce) => told.push(ids(now)), warn: (text: string) => warnings.push(text) };
  const watch = await RuleWatch.start(of, apps, hooks);
  watches.push(watch);
  const become = (...expected: string[]) =>
    vi.waitFor(() => expect(ids(watch.inForce)).toEqual(expected), { timeout: 20_000, interval: 5 });
  return { watch, told, warnings, become, now: () => ids(watch.inForce) };
}

/** Listens on `port`, hangs up on each of `count` connections, and frees the port again. */
async function attemptsAt(port: number, count: number): Promise<number> {
  let seen = 0;
  const listener = createServer((socket) => {
    seen++;
    socket.on('error', () => {}).destroy();
  });
  await new Promise<void>((resolve) => listener.listen(port, '127.0.0.1', resolve));
  await until(() => seen >= count, `${count} attempts to connect`);
  await new Promise((resolve) => listener.close(resolve));
  return count;
}

async function dpi(...args: string[]): Promise<void> {
  const { exitCode, stderr } = await runDpi(args);
  if (exitCode !== 0) throw new Error(String(stderr));
}

describe('RuleWatch on a JSON file', () => {
  it('sees what another process adds and removes', async () => {
    await dpi('rules', 'add', 'a.example', '--rules-file', file);
    const { become, told, warnings, watch, now } = await follow(choice({ rulesFile: file }));
    expect(now()).toEqual(['domain:a.example']);
    expect(watch.inForce.store).toBe(file);
    await dpi('rules', 'add', 'app:TIKTOK', '--rules-file', file);
    await become('app:TIKTOK', 'domain:a.example');
    await dpi('rules', 'remove', 'a.example', '--rules-file', file);
    await become('app:TIKTOK');
    expect([told.length, warnings]).toEqual([2, []]);
  });

  it('keeps the rules when the file is damaged or gone, and says so once', async () => {
    const { become, warnings, now, told } = await follow(choice({ rulesFile: file }));
    const good = readFileSync(file, 'utf8');
    writeFileSync(file, good.slice(0, 40));
    await vi.waitFor(() => expect(warnings).toHaveLength(1), { timeout: 10_000 });
    expect(warnings[0]).toMatch(/rules\.json is damaged at line \d+.*; the rules that were read before stay in force$/);
    // Another watcher of the file says when it is seen to be gone.
    const seen: number[] = [];
    const stop = await new JsonRuleStore(file).watch(
      ({ groups }) => seen.push(groups.length),
      () => {},
    );
    rmSync(file);
    await vi.waitFor(() => expect(seen.at(-1)).toBe(0), { timeout: 10_000 });
    await stop();
    expect([now(), told, warnings.length]).toEqual([['app:TIKTOK'], [], 1]);
    writeFileSync(file, good.replaceAll('TIKTOK', 'ZOOM'));
    await become('app:ZOOM');
    expect([told, warnings.length]).toEqual([[['app:ZOOM']], 1]);
    writeFileSync(file, 'again');
    await vi.waitFor(() => expect(warnings).toHaveLength(2), { timeout: 10_000 });
    writeFileSync(file, good);
    await become('app:TIKTOK');
  });

  it('waits for a default file whose folder does not exist, and makes neither', async () => {
    const config = join(folder, 'config');
    vi.stubEnv('XDG_CONFIG_HOME', config);
    try {
      const { become, now, watch } = await follow(choice({}));
      expect([now(), watch.inForce.store, existsSync(config)]).toEqual([[], null, false]);
      mkdirSync(join(config, 'dpi'), { recursive: true });
      writeFileSync(join(config, 'dpi', 'rules.json'), '{"schema_version":1,"rules":[]}');
      await runDpi(['rules', 'add', 'udp/53'], { env: { XDG_CONFIG_HOME: config } });
      await become('port:udp/53');
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('refuses a named file that is missing, unless it may be', async () => {
    const named = choice({ rulesFile: join(folder, 'none.json') });
    await expect(follow(named)).rejects.toThrow('there is no rules file');
    const { become } = await follow({ ...named, stored: { ...named.stored, mayBeMissing: true } });
    await dpi('rules', 'add', 'tcp/25', '--rules-file', join(folder, 'none.json'));
    await become('port:tcp/25');
  });

  it('lets rules expire by the clock, and keeps those of the call', async () => {
    const own = join(folder, 'expiring.json');
    await dpi('rules', 'add', 'short.example', '--expires', '2s', '--rules-file', own);
    await dpi('rules', 'add', 'long.example', '--expires', '60d', '--rules-file', own);
    const ofCall = [{ type: 'ip' as const, action: 'block' as const, option: '--block-ip', texts: ['10.0.0.0/8'] }];
    const { become } = await follow(choice({ rulesFile: own }, { ofCall }));
    await become('domain:long.example', 'ip:10.0.0.0/8');
  });

  it('changes many rules in the compiled set, and lets them expire', async () => {
    const own = join(folder, 'many.json');
    const store = new JsonRuleStore(own, false, new RuleMemory());
    const group = (values: string[], more: Partial<RuleGroup> = {}): RuleGroup => ({
      ...{ type: 'domain', action: 'block', values, comment: null, expiresMs: null, createdMs: 0 },
      ...more,
    });
    await store.add([group(Array.from({ length: MANY_RULES + 10 }, (_, i) => `h${i}.example`))]);
    const ofCall = [
      { type: 'domain' as const, action: 'block' as const, option: '', texts: ['h0.example', 'call.test'] },
    ];
    const { watch } = await follow(choice({ rulesFile: own }, { ofCall }));
    const decided = (name: string) => {
      const { rules } = watch.inForce;
      const rule = rules.atName(Buffer.from(name), 0, name.length);
      return rule < 0 ? null : `${rules.isBlock(rule) ? 'block' : 'allow'} ${rules.ruleId(rule)}`;
    };
    const first = watch.inForce.rules;
    await store.remove([{ type: 'domain', values: ['h0.example', 'h1.example'] }]);
    await store.add([group(['new.test', 'call.test']), group(['h2.example'], { action: 'allow' })]);
    await store.add([group(['short.test'], { expiresMs: Date.now() + 1500 })]);
    await vi.waitFor(() => expect(decided('short.test')).toBe('block domain:short.test'), { timeout: 10_000 });
    const names = ['h0.example', 'h1.example', 'h2.example', 'h3.example', 'new.test', 'call.test'];
    expect(names.map(decided)).toEqual([
      'block domain:h0.example',
      null,
      'allow domain:h2.example',
      'block domain:h3.example',
      'block domain:new.test',
      'block domain:call.test',
    ]);
    expect([watch.inForce.rules.size, watch.inForce.rules.continues(first)]).toEqual([MANY_RULES + 12, true]);
    await vi.waitFor(() => expect(decided('short.test')).toBeNull(), { timeout: 10_000 });
    expect(watch.inForce.rules.continues(first)).toBe(true);
    await store.close();
    await store.clear();
    await vi.waitFor(() => expect(watch.inForce.rules.size).toBe(2), { timeout: 10_000 });
  });

  it('tells once of a stored rule for an app that nobody knows', async () => {
    const own = join(folder, 'unknown.json');
    const document = (...values: string[]) =>
      JSON.stringify({ schema_version: 1, rules: [{ type: 'app', action: 'block', values }] });
    writeFileSync(own, document('NOSUCH'));
    const { become, warnings, watch } = await follow(choice({ rulesFile: own }));
    expect(watch.inForce.warnings).toEqual([expect.stringContaining('app:NOSUCH has no effect')]);
    writeFileSync(own, document('NOSUCH', 'NEITHER'));
    await become('app:NEITHER', 'app:NOSUCH');
    expect(warnings).toEqual([expect.stringContaining('app:NEITHER has no effect')]);
  });

  it('needs no store, and refuses rules of the call that are none', async () => {
    const ofCall = [{ type: 'app' as const, action: 'block' as const, option: '--block-app', texts: ['youtube'] }];
    expect((await follow(choice(null, { ofCall }))).now()).toEqual(['app:YOUTUBE']);
    const wrong = [{ ...ofCall[0]!, texts: ['nosuchapp'] }];
    await expect(follow(choice(null, { ofCall: wrong }))).rejects.toThrow("--block-app: no app is called 'nosuchapp'");
  });
});

describe.skipIf(redisBinary() === null)('RuleWatch on Redis', () => {
  let server: TestRedis;
  const cache = join(folder, 'cache');

  beforeAll(async () => {
    // A server of our own, for it is stopped and started.
    server = await startRedis(['--save', '']);
    vi.stubEnv('XDG_CACHE_HOME', cache);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await server.stop();
  });

  it('sees the changes of others', async () => {
    await dpi('rules', 'add', 'a.example', '--redis', server.url);
    const { become, now, warnings } = await follow(choice({ redis: server.url }));
    expect(now()).toEqual(['domain:a.example']);
    await dpi('rules', 'add', '--allow', 'b.example', '--redis', server.url);
    await become('domain:a.example', 'domain:b.example');
    expect(warnings).toEqual([]);
  });

  it('keeps its rules through an outage, warns once, and follows the server that comes back', async () => {
    const { become, now, warnings } = await follow(choice({ redis: server.url }));
    const before = now();
    await server.stop();
    await vi.waitFor(() => expect(warnings).toHaveLength(1), { timeout: 10_000 });
    expect(warnings[0]).toMatch(/redis:\/\/127\.0\.0\.1:\d+.*; the rules that were read before stay in force$/);
    // Attempts in vain are made in between: a listener in its place sees two of them.
    const attempts = await attemptsAt(server.port, 2);
    expect([attempts, now(), warnings.length]).toEqual([2, before, 1]);
    server = await startRedis(['--save', ''], server.port);
    await dpi('rules', 'add', 'after.example', '--redis', server.url);
    await become('domain:after.example');
    expect(warnings).toHaveLength(1);
    await server.stop();
    await vi.waitFor(() => expect(warnings).toHaveLength(2), { timeout: 10_000 });
    server = await startRedis(['--save', ''], server.port);
  });

  it('goes by the copy where the server is down at the start, and follows it once it is up', async () => {
    await dpi('rules', 'add', 'kept.example', '--redis', server.url);
    const first = await follow(choice({ redis: server.url }));
    await dpi('rules', 'add', 'later.example', '--redis', server.url);
    await first.become('domain:kept.example', 'domain:later.example');
    await first.watch.close();
    await server.stop();
    const { become, now, watch, warnings } = await follow(choice({ redis: server.url }));
    expect(now()).toEqual(['domain:kept.example', 'domain:later.example']);
    expect(watch.inForce.warnings[0]).toContain('going by the copy of its rules');
    await expect(follow(choice({ redis: server.url }, { strict: true }))).rejects.toThrow('no copy is used');
    server = await startRedis(['--save', ''], server.port);
    await dpi('rules', 'add', 'new.example', '--redis', server.url);
    await become('domain:new.example');
    expect(warnings).toEqual([]);
  });
});
