import { fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RuleGroup, type RuleType, rulesOfGroups } from '../../../src/core/policy/rule.js';
import { ADDED, KEPT_ALLOWED, REPLACED, type RuleStore, UNCHANGED } from '../../../src/rules/rule-store.js';
import { bundledScript } from '../../support/bundled-script.js';

/** How a writer process of the tests opens the same store. */
type StoreArguments = readonly [kind: 'json' | 'redis', location: string, prefix: string];

export interface StoreUnderTest {
  /** A new, empty place for rules. */
  create(): Promise<StoreArguments>;
  /** Each call opens it anew, as another process would. */
  open(args: StoreArguments): RuleStore;
  /** Whether the tests may run at all. */
  readonly available: boolean;
}

export function rules(type: RuleType, values: readonly string[], more: Partial<RuleGroup> = {}): RuleGroup {
  return { type, values, action: 'block', comment: null, expiresMs: null, createdMs: 1_700_000_000_000, ...more };
}

async function contents(store: RuleStore): Promise<string[]> {
  const { groups } = await store.load();
  return [...rulesOfGroups(groups)]
    .map(({ id, action, comment, expiresMs }) =>
      [id, action, comment, expiresMs].filter((part) => part !== null).join(' '),
    )
    .sort();
}

/** What every store must do. */
export function ruleStoreSuite(name: string, under: StoreUnderTest): void {
  describe.runIf(under.available)(`${name} rule store`, () => {
    let args: StoreArguments;
    let store: RuleStore;
    beforeEach(async () => {
      args = await under.create();
      store = under.open(args);
    });
    afterEach(() => store.close());

    it('is empty at first', async () => {
      expect(await store.load()).toEqual({ version: 0, groups: [] });
      expect(await store.version()).toBe(0);
      expect(await store.remove([{ type: 'ip', values: ['1.1.1.1'] }])).toEqual({
        version: 0,
        removed: [],
        missing: ['ip:1.1.1.1'],
      });
      expect(await store.clear()).toEqual({ version: 0, removed: 0 });
    });

    it('holds and lists rules by category and protocol', async () => {
      await store.add([
        rules('category', ['gambling', 'video'], { comment: 'school' }),
        rules('proto', ['bittorrent'], { expiresMs: 1_900_000_000_000 }),
        rules('proto', ['ssh'], { action: 'allow' }),
      ]);
      expect(await contents(under.open(args))).toEqual([
        'category:gambling block school',
        'category:video block school',
        'proto:bittorrent block 1900000000000',
        'proto:ssh allow',
      ]);
      const { groups } = await store.find([{ type: 'proto', values: ['ssh', 'tls'] }]);
      expect([...rulesOfGroups(groups)].map(({ id }) => id)).toEqual(['proto:ssh']);
      await store.remove([{ type: 'category', values: ['video'] }]);
      expect(await contents(store)).not.toContain('category:video block school');
    });

    it('finds single rules and whole types', async () => {
      await store.add([
        rules('domain', ['a.example', 'b.example', 'c.example'], { comment: 'ours' }),
        rules('domain', ['d.example'], { action: 'allow' }),
        rules('port', ['443', 'udp/53']),
        rules('ip', ['10.0.0.0/8']),
      ]);
      const { version, groups } = await store.find([
        { type: 'domain', values: ['b.example', 'd.example', 'e.example'] },
        { type: 'port', values: null },
        { type: 'app', values: ['TIKTOK'] },
      ]);
      expect(version).toBe(1);
      const found = [...rulesOfGroups(groups)].map(({ id, action, comment }) => `${action} ${id} ${comment}`);
      expect(found.sort()).toEqual([
        'allow domain:d.example null',
        'block domain:b.example ours',
        'block port:443 null',
        'block port:udp/53 null',
      ]);
      expect(await store.find([])).toEqual({ version: 1, groups: [] });
    });

    it('keeps every field of every type', async () => {
      const groups = [
        rules('domain', ['a.example', '=b.example', '*.c.example']),
        rules('ip', ['10.0.0.0/8', '2001:db8::/32'], { action: 'allow', comment: 'ours "and"\n\u202e theirs' }),
        rules('port', ['udp/443', '6881-6889'], { expiresMs: 4_000_000_000_000 }),
        rules('app', ['YOUTUBE']),
      ];
      const result = await store.add(groups);
      expect(result.version).toBe(1);
      expect([...result.outcomes]).toEqual(new Array(8).fill(ADDED));
      const other = under.open(args);
      const loaded = [...rulesOfGroups((await other.load()).groups)].sort((a, b) => (a.id < b.id ? -1 : 1));
      expect(loaded).toEqual([...rulesOfGroups(groups)].sort((a, b) => (a.id < b.id ? -1 : 1)));
      expect(await other.version()).toBe(1);
      await other.close();
    });

    it('tells added, replaced and unchanged rules apart', async () => {
      await store.add([rules('domain', ['a.example', 'b.example', 'c.example'])]);
      const again = await store.add([
        rules('domain', ['a.example', 'd.example', 'd.example'], { createdMs: 1_700_000_009_000 }),
        rules('domain', ['b.example'], { action: 'allow' }),
      ]);
      expect([...again.outcomes]).toEqual([UNCHANGED, ADDED, UNCHANGED, REPLACED]);
      expect(again.version).toBe(2);
      const same = await store.add([rules('domain', ['c.example'])]);
      expect([...same.outcomes]).toEqual([UNCHANGED]);
      expect(same.version).toBe(2);
      expect(await contents(store)).toEqual([
        'domain:a.example block',
        'domain:b.example allow',
        'domain:c.example block',
        'domain:d.example block',
      ]);
    });

    it('keeps allow rules from being replaced by a list', async () => {
      await store.add([rules('domain', ['a.example'], { action: 'allow' })]);
      const result = await store.add([rules('domain', ['a.example', 'b.example'])], { keepAllowed: true });
      expect([...result.outcomes]).toEqual([KEPT_ALLOWED, ADDED]);
      expect(await contents(store)).toEqual(['domain:a.example allow', 'domain:b.example block']);
    });

    it('lets the allowing one of two rules for a value count', async () => {
      const result = await store.add([
        rules('domain', ['a.example']),
        rules('domain', ['a.example'], { action: 'allow' }),
      ]);
      expect([...result.outcomes]).toEqual([UNCHANGED, ADDED]);
      expect(await contents(store)).toEqual(['domain:a.example allow']);
    });

    it('removes what is there and names what is not', async () => {
      await store.add([rules('domain', ['a.example', 'b.example']), rules('app', ['TIKTOK'])]);
      const result = await store.remove([
        { type: 'domain', values: ['b.example', 'x.example'] },
        { type: 'app', values: ['TIKTOK'] },
      ]);
      expect(result).toEqual({
        version: 2,
        removed: ['domain:b.example', 'app:TIKTOK'],
        missing: ['domain:x.example'],
      });
      expect(await contents(store)).toEqual(['domain:a.example block']);
    });

    it('removes only rules of the action asked for', async () => {
      await store.add([rules('domain', ['a.example']), rules('domain', ['b.example'], { action: 'allow' })]);
      const values = ['a.example', 'b.example'];
      expect(await store.remove([{ type: 'domain', values }], { action: 'allow' })).toEqual({
        version: 2,
        removed: ['domain:b.example'],
        missing: ['domain:a.example'],
      });
      expect(await store.remove([{ type: 'domain', values }], { action: 'allow' })).toEqual({
        version: 2,
        removed: [],
        missing: ['domain:a.example', 'domain:b.example'],
      });
      expect(await contents(store)).toEqual(['domain:a.example block']);
    });

    it('clears', async () => {
      await store.add([rules('domain', ['a.example', 'b.example']), rules('app', ['TIKTOK'])]);
      expect(await store.clear()).toEqual({ version: 2, removed: 3 });
      expect(await contents(store)).toEqual([]);
      expect(await store.version()).toBe(2);
    });

    it('adds and removes tens of thousands in one change', async () => {
      const many = Array.from({ length: 25_000 }, (_, i) => `n${i}.example`);
      const seen: number[] = [];
      const result = await store.add([rules('domain', many)], { onProgress: (done) => seen.push(done) });
      expect(result.version).toBe(1);
      expect([...rulesOfGroups((await store.load()).groups)]).toHaveLength(25_000);
      expect(seen.every((done, i) => i === 0 || done > seen[i - 1]!)).toBe(true);
      expect((await store.remove([{ type: 'domain', values: many.slice(1) }])).removed).toHaveLength(24_999);
      expect(await contents(store)).toEqual(['domain:n0.example block']);
    });

    it('survives many changes at once in one process', async () => {
      const stores = Array.from({ length: 20 }, () => under.open(args));
      await Promise.all(stores.map((one, i) => one.add([rules('domain', [`n${i}.example`])])));
      expect(await contents(store)).toHaveLength(20);
      expect(await store.version()).toBe(20);
      await Promise.all(stores.map((one) => one.close()));
    });

    it('tells watchers of the changes of others', async () => {
      const versions: number[] = [];
      const errors: Error[] = [];
      const stop = await store.watch(
        ({ version }) => versions.push(version),
        (error) => errors.push(error),
      );
      const other = under.open(args);
      await other.add([rules('app', ['TIKTOK'])]);
      await expect.poll(() => versions.at(-1), { timeout: 5000 }).toBe(1);
      await other.remove([{ type: 'app', values: ['TIKTOK'] }]);
      await expect.poll(() => versions.at(-1), { timeout: 5000 }).toBe(2);
      await stop();
      await other.add([rules('app', ['TIKTOK'])]);
      await other.close();
      expect(errors).toEqual([]);
      expect(versions.at(-1)).toBe(2);
    });

    it('loses nothing when ten processes add twenty rules each, one at a time', async () => {
      const script = await bundledScript(new URL('./rule-writer.ts', import.meta.url));
      const writers = Array.from({ length: 10 }, (_, i) => {
        const child = fork(script, [...args, `w${i}`, '20'], {
          execArgv: [],
          stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        });
        return new Promise((resolve) => child.once('exit', resolve));
      });
      expect(new Set(await Promise.all(writers))).toEqual(new Set([0]));
      expect(await contents(store)).toHaveLength(200);
      expect(await store.version()).toBe(200);
      rmSync(dirname(script), { recursive: true });
    }, 180_000);
  });
}
