/** A store that hands over the candidates alone must lead to the same answers as one that hands over everything. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAppTable } from '../../src/core/classify/built-in-apps.js';
import { appNamesOf } from '../../src/core/policy/app-names.js';
import type { RuleGroup, RuleType } from '../../src/core/policy/rule.js';
import { parseRulePattern, RULE_TYPES, type RulePattern } from '../../src/core/policy/rule-kinds.js';
import { candidateQueries, RuleChecker } from '../../src/rules/rule-checker.js';

const apps = appNamesOf(createAppTable([]));
const label = fc.constantFrom('a', 'www', 'youtube', 'com', 'example', 'x1');
const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => [...labels, 'com'].join('.'));
const ipv4 = fc.tuple(fc.constantFrom(0, 10, 203), fc.nat(3), fc.nat(1), fc.nat(255)).map((parts) => parts.join('.'));
const ipv6 = fc.tuple(fc.nat(3), fc.nat(0xffff)).map(([a, b]) => `2001:db8:${a}::${b.toString(16)}`);
const prefix = fc.oneof(
  fc.tuple(ipv4, fc.nat(32)).map(([address, length]) => `${address}/${length}`),
  fc.tuple(ipv6, fc.nat(128)).map(([address, length]) => `${address}/${length}`),
);
const rule = fc.oneof(
  fc.tuple(fc.constantFrom('', '=', '*.'), name).map((parts) => `domain:${parts.join('')}`),
  prefix.map((text) => `ip:${text}`),
  fc.constantFrom('app:YOUTUBE', 'app:TIKTOK', 'port:443', 'port:udp/400-500', 'port:tcp/1-65535'),
);
const query = fc.oneof(
  name.map((text) => `domain:${text}`),
  fc.oneof(ipv4, ipv6).map((text) => `ip:${text}`),
  fc.constantFrom('app:YOUTUBE', 'port:443', 'port:udp/443', 'domain:www.youtube.com'),
);

function groupsOf(rules: readonly (readonly [text: string, allow: boolean])[]): RuleGroup[] {
  const byType = new Map<string, RuleGroup>();
  for (const [text, allow] of new Map(rules)) {
    const { type, value } = parseRulePattern(text, apps);
    const action = allow ? ('allow' as const) : ('block' as const);
    const key = `${type} ${action}`;
    const known = byType.get(key)?.values ?? [];
    const values = [...new Set([...known, value])];
    byType.set(key, { type, action, values, comment: null, expiresMs: null, createdMs: 0 });
  }
  return [...byType.values()];
}

/** What a store that looks single values up hands over. */
function found(groups: readonly RuleGroup[], patterns: readonly RulePattern[]): RuleGroup[] {
  const queries = candidateQueries(patterns, apps);
  return groups.map((group) => {
    const wanted = queries.find(({ type }) => type === group.type);
    const values = [...group.values].filter((value) => wanted?.values?.includes(value) ?? wanted !== undefined);
    return { ...group, values };
  });
}

describe('candidateQueries', () => {
  it('leave out nothing that matches', () => {
    const rules = fc.array(fc.tuple(rule, fc.boolean()), { maxLength: 40 });
    fc.assert(
      fc.property(rules, fc.array(query, { minLength: 1, maxLength: 4 }), (texts, asked) => {
        const groups = groupsOf(texts);
        const patterns = asked.map((text) => parseRulePattern(text, apps));
        const answers = (from: readonly RuleGroup[]) => {
          const checker = new RuleChecker(from, 0, apps);
          return patterns.flatMap((pattern) => checker.check(pattern));
        };
        expect(answers(found(groups, patterns))).toEqual(answers(groups));
      }),
      { numRuns: 500 },
    );
  });

  it('name a handful of values for a name or an address, and ports as a whole', () => {
    const countOf = (text: string) =>
      candidateQueries([parseRulePattern(text, apps)], apps).map(({ type, values }) => [type, values?.length ?? null]);
    expect(countOf('www.youtube.com')).toEqual([
      ['domain', 7],
      ['app', 1],
      ['category', 1],
    ]);
    expect(countOf('192.0.2.1')).toEqual([['ip', 33]]);
    expect(countOf('2001:db8::1')).toEqual([['ip', 129]]);
    expect(countOf('udp/443')).toEqual([['port', null]]);
    const many = Array.from(
      { length: 9000 },
      (_, i): RulePattern => ({ type: 'domain' as RuleType, value: `a${i}.b` }),
    );
    expect(candidateQueries(many, apps)).toEqual([{ type: 'domain', values: null }]);
    expect(RULE_TYPES).toHaveLength(6);
  });
});
