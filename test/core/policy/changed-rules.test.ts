/** Rule sets that changes have made out of others decide as the same rules compiled anew. */
import { describe, expect, it } from 'vitest';
import { createAppTable } from '../../../src/core/classify/built-in-apps.js';
import type { Rule, RuleAction, RuleGroup, RuleType } from '../../../src/core/policy/rule.js';
import { NO_RULE, RuleSet } from '../../../src/core/policy/rule-set.js';
import { Prng } from '../../forge/prng.js';

function group(type: RuleType, action: RuleAction, ...values: string[]): RuleGroup {
  return { type, action, values, comment: null, expiresMs: null, createdMs: 0 };
}

const key = (type: RuleType, value: string, action: RuleAction = 'block') => ({ type, value, action });
const idOf = (rules: RuleSet, rule: number) => (rule === NO_RULE ? null : rules.ruleId(rule));

function byName(rules: RuleSet, name: string): string | null {
  const buf = Buffer.from(name);
  return idOf(rules, rules.atName(buf, 0, buf.length));
}

function byStart(rules: RuleSet, src: number[], dst: number[], port: number, proto = 6): string | null {
  return idOf(rules, rules.atStart(false, Buffer.from(src), Buffer.from(dst), proto, port));
}

const apps = createAppTable([]);
const lineage = (app: string) => apps.lineageOf(apps.idOf(app));

describe('RuleSet.changed', () => {
  it('adds rules and takes rules away, and leaves the set before as it was', () => {
    const before = RuleSet.compile([group('domain', 'block', 'a.example', 'b.example')], 0);
    const after = before.changed([key('domain', 'a.example')], [group('domain', 'block', 'c.example')])!;
    expect(['a.example', 'b.example', 'x.c.example'].map((name) => byName(after, name))).toEqual([
      null,
      'domain:b.example',
      'domain:c.example',
    ]);
    expect([byName(before, 'a.example'), byName(before, 'c.example')]).toEqual(['domain:a.example', null]);
    expect([after.size, after.isGone(0), after.isGone(1), after.ruleId(0)]).toEqual([
      2,
      true,
      false,
      'domain:a.example',
    ]);
    expect([after.continues(before), before.continues(after)]).toEqual([true, false]);
  });

  it('passes over rules that are not there, and those of the other action', () => {
    const before = RuleSet.compile([group('app', 'allow', 'ZOOM')], 0);
    const after = before.changed([key('app', 'ZOOM'), key('app', 'TIKTOK')], [])!;
    expect([after.size, idOf(after, after.atApp(lineage('ZOOM')))]).toEqual([1, 'app:ZOOM']);
  });

  it('no longer waits for names once the last allowing rule is gone', () => {
    const before = RuleSet.compile([group('ip', 'block', '10.0.0.0/8'), group('domain', 'allow', 'a.example')], 0);
    expect([before.allowsByName, before.allowsBeyondAddress]).toEqual([true, true]);
    const after = before.changed([key('domain', 'a.example', 'allow')], [])!;
    expect([after.allowsByName, after.allowsBeyondAddress, after.blocksAnything]).toEqual([false, false, true]);
    const empty = after.changed([key('ip', '10.0.0.0/8')], [])!;
    expect([empty.isEmpty, empty.blocksAnything]).toEqual([true, false]);
    expect(empty.changed([], [group('port', 'allow', '443')])).toMatchObject({ looksAtPorts: true, size: 1 });
  });

  it('wants to be compiled anew once thousands of rules were added', () => {
    const values = Array.from({ length: 3000 }, (_, i) => `h${i}.example`);
    const once = RuleSet.compile([], 0).changed([], [group('domain', 'block', ...values)])!;
    expect(once.size).toBe(3000);
    expect(once.changed([], [group('domain', 'block', ...values.map((value) => `=${value}`))])).toBeNull();
  });

  it('keeps the names of rules that decided, in counts and for spent rules', () => {
    const first = RuleSet.compile([group('domain', 'block', 'a.example')], 0);
    const spent = first.withSpent([
      { ...key('app', 'ZOOM'), id: 'app:ZOOM', comment: null, expiresMs: null, createdMs: 0 },
    ]);
    expect([spent.bound, spent.total, spent.isGone(1)]).toEqual([1, 2, true]);
    const next = first.changed([], [group('app', 'block', 'TIKTOK')])!;
    expect([next.continues(spent), next.find([key('app', 'TIKTOK'), key('app', 'ZOOM')])]).toEqual([
      true,
      Int32Array.of(1, -1),
    ]);
  });

  it.each(Array.from({ length: 12 }, (_, seed) => seed + 1))('decides as if compiled anew, seed %i', (seed) => {
    const prng = new Prng(seed);
    const pick = <T>(list: readonly T[]): T => list[prng.int(list.length)]!;
    const pools: Record<Exclude<RuleType, 'limit'>, string[]> = {
      domain: ['example', 'a.example', '=a.example', '*.a.example', 'b.a.example', '=b.a.example', 'c.example'],
      ip: ['10.0.0.0/8', '10.1.0.0/16', '10.1.1.0/24', '10.1.1.1', '10.2.0.0/16', '0.0.0.0/0', '10.2.2.2'],
      port: ['80-90', '85-95', '88', 'tcp/88', 'udp/80-90', 'tcp/80-90', '1-65535'],
      app: ['ZOOM', 'TIKTOK', 'MICROSOFT', 'TEAMS'],
      category: ['video', 'conferencing'],
      proto: ['ssh', 'quic'],
    };
    const types = Object.keys(pools) as (keyof typeof pools)[];
    const live = new Map<string, Rule>();
    let rules = RuleSet.compile([], 0);
    for (let step = 0; step < 60; step++) {
      if (step % 15 === 10)
        rules = RuleSet.compile(
          [...live.values()].map((rule) => ({ ...rule, values: [rule.value] })),
          0,
        );
      const removed: Rule[] = [];
      const added: RuleGroup[] = [];
      for (let i = 0; i < 1 + prng.int(4); i++) {
        const type = pick(types);
        const value = pick(pools[type]);
        const id = `${type}:${value}`;
        const old = live.get(id);
        if (added.some((one) => one.type === type && [...one.values].includes(value))) continue;
        if (old !== undefined) removed.push(old);
        live.delete(id);
        if (prng.int(3) === 0) continue;
        const action = prng.int(4) === 0 ? 'allow' : 'block';
        live.set(id, { id, type, value, action, comment: null, expiresMs: null, createdMs: 0 });
        added.push(group(type, action, value));
      }
      rules = rules.changed(removed, added)!;
      const anew = RuleSet.compile(
        [...live.values()].map((rule) => ({ ...rule, values: [rule.value] })),
        0,
      );
      expect(rules.size).toBe(anew.size);
      expect([rules.allowsByName, rules.allowsBeyondAddress, rules.blocksAnything, rules.isEmpty]).toEqual([
        anew.allowsByName,
        anew.allowsBeyondAddress,
        anew.blocksAnything,
        anew.isEmpty,
      ]);
      for (const name of ['a.example', 'b.a.example', 'x.b.a.example', 'c.example', 'example', 'other.test']) {
        expect(byName(rules, name)).toBe(byName(anew, name));
      }
      for (const app of pools.app) {
        expect(idOf(rules, rules.atApp(lineage(app)))).toBe(idOf(anew, anew.atApp(lineage(app))));
      }
      for (const protocol of pools.proto) {
        expect(idOf(rules, rules.atProtocol(protocol))).toBe(idOf(anew, anew.atProtocol(protocol)));
      }
      for (const src of [
        [10, 1, 1, 1],
        [10, 2, 2, 2],
        [192, 0, 2, 1],
      ]) {
        for (const dst of [
          [10, 1, 1, 2],
          [10, 2, 3, 4],
          [192, 0, 2, 2],
        ]) {
          for (const port of [80, 88, 92, 443]) {
            for (const proto of [6, 17]) {
              const now = byStart(rules, src, dst, port, proto);
              expect(now, `${src} ${dst} ${port} ${proto}`).toBe(byStart(anew, src, dst, port, proto));
            }
          }
        }
      }
    }
  });
});
