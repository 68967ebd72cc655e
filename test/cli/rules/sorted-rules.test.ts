import { describe, expect, it } from 'vitest';
import { firstRules, sortedRules } from '../../../src/cli/rules/sorted-rules.js';
import type { RuleGroup, RuleType } from '../../../src/core/policy/rule.js';

/** `count` groups with values in no order. */
function groups(count: number, type: RuleType, each: number): RuleGroup[] {
  return Array.from({ length: count }, (_, g) => ({
    type,
    action: g % 2 === 0 ? ('block' as const) : ('allow' as const),
    values: Array.from({ length: each }, (_, i) => `n${(i * 7919 + g * 104_729) % 100_003}.example`),
    comment: null,
    expiresMs: null,
    createdMs: g,
  }));
}

describe('sortedRules', () => {
  it.each([1, 3, 40])('come by type, then by value, whatever the groups (%i)', (count) => {
    const all = [...groups(count, 'domain', 50), ...groups(2, 'app', 3)];
    const rules = [...sortedRules(all)];
    expect(rules).toHaveLength(count * 50 + 6);
    const values = rules.filter(({ type }) => type === 'domain').map(({ value }) => value);
    expect(values).toEqual([...values].sort());
    expect(rules.slice(0, count * 50).every(({ type }) => type === 'domain')).toBe(true);
    expect(new Set(rules.map(({ createdMs }) => createdMs)).size).toBe(Math.max(count, 2));
    for (const top of [0, 1, 7, count * 50, count * 50 + 2, 9999]) {
      expect([...firstRules(all, top)].map(({ id }) => id)).toEqual(rules.slice(0, top).map(({ id }) => id));
    }
  });

  it('picks the first of many as it sorts them', () => {
    const all = groups(2, 'domain', 3000);
    for (const top of [100, 1000, 1001, 5999]) {
      expect([...firstRules(all, top)]).toEqual([...sortedRules(all)].slice(0, top));
    }
  });
});
