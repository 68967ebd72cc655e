import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatIpAddress, parseIpPrefix } from '../../../src/core/common/ip-prefix.js';
import type { RuleAction, RuleGroup, RuleType } from '../../../src/core/policy/rule.js';
import { parseRulePattern } from '../../../src/core/policy/rule-kinds.js';
import { NO_RULE, NO_RULES, RuleSet } from '../../../src/core/policy/rule-set.js';
import { APPS } from './app-names.js';

const TCP = 6;
const UDP = 17;

function group(text: string, action: RuleAction = 'block', expiresMs: number | null = null): RuleGroup {
  const { type, value } = parseRulePattern(text, APPS);
  return { type, values: [value], action, comment: null, expiresMs, createdMs: 0 };
}

/** "allow:x" allows, all else blocks. */
function setOf(...rules: string[]): RuleSet {
  const groups = rules.map((rule) => (rule.startsWith('allow:') ? group(rule.slice(6), 'allow') : group(rule)));
  return RuleSet.compile(groups, 0);
}

function addressBytes(text: string): { isV6: boolean; bytes: Buffer } {
  const { isV6, words } = parseIpPrefix(text)!;
  const bytes = Buffer.alloc(4 * words.length);
  for (const [i, word] of words.entries()) bytes.writeUInt32BE(word, 4 * i);
  return { isV6, bytes };
}

function atStart(rules: RuleSet, src: string, dst: string, ipProto = TCP, port = 443): string | null {
  const from = addressBytes(src);
  const to = addressBytes(dst);
  return idOf(rules, rules.atStart(from.isV6, from.bytes, to.bytes, ipProto, port));
}

function atName(rules: RuleSet, name: string): string | null {
  const buf = Buffer.from(`//${name}//`, 'latin1');
  return idOf(rules, rules.atName(buf, 2, 2 + name.length));
}

function namesMatching(rules: RuleSet, name: string): string[] {
  const buf = Buffer.from(name, 'latin1');
  return rules.matchesAtName(buf, 0, buf.length).map((rule) => rules.ruleId(rule));
}

function idOf(rules: RuleSet, decision: number): string | null {
  if (decision === NO_RULE) return null;
  return (rules.isAllow(decision) ? 'allow:' : '') + rules.ruleId(decision);
}

describe('domain rules', () => {
  it('cover names that are UTF-8 on the wire', () => {
    const ofBytes = (rules: RuleSet, name: string) => {
      const buf = Buffer.from(name, 'utf8');
      return [
        idOf(rules, rules.atName(buf, 0, buf.length)),
        ...rules.matchesAtName(buf, 0, buf.length).map((rule) => rules.ruleId(rule)),
      ];
    };
    for (const rule of ['bücher.example', 'xn--bcher-kva.example', 'BÜCHER.EXAMPLE']) {
      const id = 'domain:xn--bcher-kva.example';
      expect(ofBytes(setOf(rule), 'bücher.example')).toEqual([id, id]);
      expect(ofBytes(setOf(rule), 'www.bücher.example')).toEqual([id, id]);
      expect(ofBytes(setOf(rule), 'bucher.example')).toEqual([null]);
      expect(ofBytes(setOf(rule), 'xn--bcher-kva.example')).toEqual([id, id]);
    }
    expect(ofBytes(setOf('=bücher.example'), 'www.bücher.example')).toEqual([null]);
    expect(ofBytes(setOf('domain:example', 'allow:bücher.example'), 'bücher.example')[0]).toBe(
      'allow:domain:xn--bcher-kva.example',
    );
    // Neither a host name nor UTF-8: the labels that can be read still count.
    const damaged = Buffer.from('\xff\xfe.evil.example', 'latin1');
    expect(setOf('evil.example').atName(damaged, 0, damaged.length)).toBe(0);
  });

  it('cover the name and its subdomains, only at a label boundary', () => {
    const rules = setOf('youtube.com');
    expect(atName(rules, 'youtube.com')).toBe('domain:youtube.com');
    expect(atName(rules, 'youtube.com.')).toBe('domain:youtube.com');
    expect(atName(rules, 'www.youtube.com')).toBe('domain:youtube.com');
    expect(atName(rules, `${'a'.repeat(300)}.youtube.com`)).toBe('domain:youtube.com');
    for (const name of ['notyoutube.com', 'youtube.com.evil.example', 'com', 'outube.com', '', '.', 'youtube.co']) {
      expect(atName(rules, name)).toBeNull();
    }
  });

  it('tell exact, subdomains and suffix apart, the narrowest deciding', () => {
    const rules = setOf('a.example', '=a.example', '*.a.example', 'b.a.example');
    expect(atName(rules, 'a.example')).toBe('domain:=a.example');
    expect(atName(rules, 'x.a.example')).toBe('domain:*.a.example');
    expect(atName(rules, 'x.b.a.example')).toBe('domain:b.a.example');
    expect(namesMatching(rules, 'x.b.a.example')).toEqual([
      'domain:b.a.example',
      'domain:*.a.example',
      'domain:a.example',
    ]);
    expect(namesMatching(rules, 'a.example')).toEqual(['domain:=a.example', 'domain:a.example']);
    expect(atName(setOf('*.a.example'), 'a.example')).toBeNull();
    expect(atName(setOf('=a.example'), 'x.a.example')).toBeNull();
  });

  it('lets a wide allow rule beat a narrow block rule', () => {
    const rules = setOf('ads.school.example', 'allow:school.example');
    expect(atName(rules, 'x.ads.school.example')).toBe('allow:domain:school.example');
    expect(namesMatching(rules, 'ads.school.example')).toEqual(['domain:school.example', 'domain:ads.school.example']);
  });

  it('agrees with a plain search on any rules and names', () => {
    const label = fc.constantFrom('a', 'b', 'ab', 'xn--a', 'c-d');
    const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
    const rule = fc.tuple(fc.constantFrom('', '=', '*.'), name, fc.boolean());
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 12 }), name, (specs, host) => {
        const groups = specs.map(([prefix, suffix, allow]): RuleGroup => {
          const action = allow ? 'allow' : 'block';
          return { type: 'domain', values: [prefix + suffix], action, comment: null, expiresMs: null, createdMs: 0 };
        });
        const rules = RuleSet.compile(groups, 0);
        const matching = specs
          .map(([prefix, suffix, allow], i) => ({ i, prefix, suffix, allow }))
          .filter(({ prefix, suffix }) => {
            if (prefix === '=') return host === suffix;
            if (prefix === '*.') return host.endsWith(`.${suffix}`);
            return host === suffix || host.endsWith(`.${suffix}`);
          })
          .sort(
            (x, y) =>
              Number(y.allow) - Number(x.allow) ||
              y.suffix.length - x.suffix.length ||
              y.prefix.length - x.prefix.length ||
              x.i - y.i,
          );
        const buf = Buffer.from(host);
        expect(rules.atName(buf, 0, buf.length)).toBe(matching[0]?.i ?? NO_RULE);
        const distinct = new Set(matching.map((m) => `${m.prefix}${m.suffix}${m.allow}`));
        expect(rules.matchesAtName(buf, 0, buf.length)).toHaveLength(distinct.size);
      }),
      { numRuns: 500 },
    );
  });

  it('are found by the thousand, in whichever group they are, the first of equal ones', () => {
    const names = Array.from({ length: 5000 }, (_, i) => `n${i}.d${i % 7}.example`);
    const inGroup = (values: string[], action: RuleAction): RuleGroup => ({ ...group('a.example', action), values });
    const rules = RuleSet.compile(
      [
        inGroup(names.slice(0, 3000), 'block'),
        inGroup(['=n1.d1.example'], 'allow'),
        inGroup(names.slice(2990), 'block'),
      ],
      0,
    );
    for (const [i, name] of names.entries()) {
      const buf = Buffer.from(`www.${name}`, 'latin1');
      const decision = rules.atName(buf, 0, buf.length);
      expect(decision).toBe(i < 3000 ? i : i + 11);
      expect(rules.ruleId(decision)).toBe(`domain:${name}`);
    }
    expect(atName(rules, 'n1.d1.example')).toBe('allow:domain:=n1.d1.example');
    for (let i = 5000; i < 10_000; i++) expect(atName(rules, `n${i}.d${i % 7}.example`)).toBeNull();
  });

  it('agree with a plain search on any bytes, wherever they lie', () => {
    const rules = setOf('a.example', '=b', '*.c', 'allow:c.b');
    const expected = (name: string): string | null => {
      const text = name.endsWith('.') ? name.slice(0, -1) : name;
      if (`.${text}`.endsWith('.c.b')) return 'allow:domain:c.b';
      if (`.${text}`.endsWith('.a.example')) return 'domain:a.example';
      if (text.endsWith('.c')) return 'domain:*.c';
      return text === 'b' ? 'domain:=b' : null;
    };
    const byte = fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('...abc')));
    const bytes = fc.oneof(
      fc.array(byte, { maxLength: 40 }),
      fc.array(fc.constantFrom(...Buffer.from('..abc')), { maxLength: 5 }),
      fc.array(byte, { maxLength: 400 }).map((some) => [...some, ...Buffer.from('a.example')]),
    );
    let matches = 0;
    fc.assert(
      fc.property(bytes, (some) => {
        const name = Buffer.from(some);
        const want = expected(name.toString('latin1'));
        const bare = rules.atName(name, 0, name.length);
        expect(idOf(rules, bare)).toBe(want);
        // The name's own beginning and end count, not the bytes around it.
        for (const [before, behind] of [
          ['.', '.'],
          ['b.', '.c'],
          ['x', 'x'],
          ['a.', '.a.example'],
        ] as const) {
          const buf = Buffer.concat([Buffer.from(before), name, Buffer.from(behind)]);
          expect(rules.atName(buf, before.length, before.length + name.length)).toBe(bare);
        }
        if (want !== null) matches++;
      }),
      { numRuns: 1000, seed: 11 },
    );
    expect(matches).toBeGreaterThan(50);
  });
});

describe('address rules', () => {
  it('match either end, the longest prefix deciding', () => {
    const rules = setOf('10.0.0.0/8', '10.1.0.0/16', '10.1.1.1', '2001:db8::/32', '2001:db8:1::/48');
    expect(atStart(rules, '192.0.2.1', '10.1.1.1')).toBe('ip:10.1.1.1');
    expect(atStart(rules, '10.1.1.2', '192.0.2.1')).toBe('ip:10.1.0.0/16');
    expect(atStart(rules, '10.1.1.1', '10.2.0.0')).toBe('ip:10.1.1.1');
    expect(atStart(rules, '9.255.255.255', '11.0.0.0')).toBeNull();
    expect(atStart(rules, '2001:db8::1', '2001:db8:1::1')).toBe('ip:2001:db8:1::/48');
    expect(atStart(rules, '2001:db9::1', '::1')).toBeNull();
  });

  it('hold at both ends of the address space', () => {
    const rules = setOf('0.0.0.0/0', '255.255.255.255', '0.0.0.0', '::/0', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff');
    expect(atStart(rules, '255.255.255.255', '1.1.1.1')).toBe('ip:255.255.255.255');
    expect(atStart(rules, '255.255.255.254', '1.1.1.1')).toBe('ip:0.0.0.0/0');
    expect(atStart(rules, '0.0.0.0', '1.1.1.1')).toBe('ip:0.0.0.0');
    expect(atStart(rules, '::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff')).toMatch(/^ip:ffff/);
    expect(atStart(rules, '::', '::1')).toBe('ip:::/0');
  });

  it('lets a wide allow rule beat a narrow block rule', () => {
    const rules = setOf('10.1.1.1', 'allow:10.0.0.0/8', '443');
    expect(atStart(rules, '192.0.2.1', '10.1.1.1')).toBe('allow:ip:10.0.0.0/8');
    expect(atStart(rules, '192.0.2.1', '192.0.2.2')).toBe('port:443');
  });

  it('agrees with a plain search on any prefixes', () => {
    const v4 = fc.tuple(
      fc.constantFrom(0, 1, 0x0a000000, 0x0a010000, 0x0a0101ff, 0xffffffff),
      fc.integer({ min: 0, max: 32 }),
    );
    fc.assert(
      fc.property(
        fc.array(v4, { maxLength: 20 }),
        fc.array(fc.nat(0xffffffff), { maxLength: 8 }),
        (specs, addresses) => {
          const prefixes = specs.map(([word, length]) => ({
            word: length === 0 ? 0 : (word & (-1 << (32 - length))) >>> 0,
            length,
          }));
          const values = prefixes.map(({ word, length }) => {
            const buf = Buffer.alloc(4);
            buf.writeUInt32BE(word);
            return `${formatIpAddress(false, buf, 0)}${length === 32 ? '' : `/${length}`}`;
          });
          const rules = RuleSet.compile(
            [{ type: 'ip', values, action: 'block', comment: null, expiresMs: null, createdMs: 0 }],
            0,
          );
          for (const address of [
            ...addresses,
            ...prefixes.flatMap(({ word }) => [word, (word - 1) >>> 0, (word + 1) >>> 0]),
          ]) {
            const buf = Buffer.alloc(4);
            buf.writeUInt32BE(address);
            const best = prefixes
              .map((prefix, i) => ({ ...prefix, i }))
              .filter(({ word, length }) => length === 0 || (address ^ word) >>> (32 - length) === 0)
              .sort((a, b) => b.length - a.length || a.i - b.i);
            expect(rules.atStart(false, buf, buf, TCP, 0)).toBe(best[0]?.i ?? NO_RULE);
            expect(rules.matchesAtStart(false, buf, buf, TCP, 0)).toHaveLength(new Set(best.map((p) => p.length)).size);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('port rules', () => {
  it('match the responder by protocol, the narrowest range deciding', () => {
    const rules = setOf('1-1000', '443', 'udp/443', 'tcp/400-500', 'allow:udp/53');
    expect(atStart(rules, '1.1.1.1', '2.2.2.2', TCP, 443)).toBe('port:443');
    expect(atStart(rules, '1.1.1.1', '2.2.2.2', UDP, 443)).toBe('port:udp/443');
    expect(atStart(rules, '1.1.1.1', '2.2.2.2', TCP, 450)).toBe('port:tcp/400-500');
    expect(atStart(rules, '1.1.1.1', '2.2.2.2', UDP, 450)).toBe('port:1-1000');
    expect(atStart(rules, '1.1.1.1', '2.2.2.2', 132, 450)).toBe('port:1-1000');
    expect(atStart(rules, '1.1.1.1', '2.2.2.2', UDP, 53)).toBe('allow:port:udp/53');
    expect(atStart(rules, '1.1.1.1', '2.2.2.2', TCP, 1001)).toBeNull();
    expect(atStart(rules, '1.1.1.1', '2.2.2.2', 1, 0)).toBeNull();
    const { bytes } = addressBytes('1.1.1.1');
    const ids = rules.matchesAtStart(false, bytes, bytes, UDP, 443).map((rule) => rules.ruleId(rule));
    expect(ids).toEqual(['port:udp/443', 'port:443', 'port:1-1000']);
  });
});

describe('rule set', () => {
  it('decides by app', () => {
    const rules = setOf('app:youtube', 'allow:app:tiktok');
    expect(idOf(rules, rules.atApp(APPS.lineage('YOUTUBE')))).toBe('app:YOUTUBE');
    expect(idOf(rules, rules.atApp(APPS.lineage('TIKTOK')))).toBe('allow:app:TIKTOK');
    expect(rules.atApp(APPS.lineage('NETFLIX'))).toBe(NO_RULE);
    expect(rules.matchesAtApp(APPS.lineage('YOUTUBE'))).toEqual([0]);
  });

  it('combines: the first block stands, an allow rule always wins', () => {
    const rules = setOf('10.0.0.0/8', 'a.example', 'allow:b.example', 'allow:app:youtube');
    expect(rules.combine(NO_RULE, NO_RULE)).toBe(NO_RULE);
    expect(rules.combine(0, NO_RULE)).toBe(0);
    expect(rules.combine(NO_RULE, 1)).toBe(1);
    expect(rules.combine(0, 1)).toBe(0);
    expect(rules.combine(0, 2)).toBe(2);
    expect(rules.combine(2, 0)).toBe(2);
    expect(rules.combine(2, 3)).toBe(2);
    expect(rules.isBlock(NO_RULE)).toBe(false);
    expect(rules.isAllow(NO_RULE)).toBe(false);
  });

  it('leaves expired rules out', () => {
    const groups = [group('a.example', 'block', 1000), group('b.example', 'block', null)];
    expect(atName(RuleSet.compile(groups, 999), 'a.example')).toBe('domain:a.example');
    const later = RuleSet.compile(groups, 1000);
    expect(atName(later, 'a.example')).toBeNull();
    expect(later.size).toBe(1);
    expect(later.rule(0).id).toBe('domain:b.example');
  });

  it('numbers rules over groups of several values', () => {
    const values = (type: RuleType, ...of: string[]): RuleGroup => ({ ...group('a.example'), type, values: of });
    const rules = RuleSet.compile(
      [values('domain', 'a.example', 'b.example'), values('ip'), values('ip', '1.1.1.1')],
      0,
    );
    expect([0, 1, 2].map((at) => rules.ruleId(at))).toEqual(['domain:a.example', 'domain:b.example', 'ip:1.1.1.1']);
    expect(() => rules.rule(3)).toThrow(RangeError);
    expect(() => rules.rule(-1)).toThrow(RangeError);
  });

  it('decides nothing without rules', () => {
    expect(NO_RULES.isEmpty).toBe(true);
    expect(NO_RULES.hasStartRules || NO_RULES.hasNameRules || NO_RULES.hasAppRules).toBe(false);
    expect(atName(NO_RULES, 'a.example')).toBeNull();
    expect(atStart(NO_RULES, '1.1.1.1', '2.2.2.2')).toBeNull();
  });
});

describe('names in presentation format', () => {
  it('match rules written as they are shown', () => {
    expect(atName(setOf('a\\.b.example'), 'a\\.b.example')).toBe('domain:a\\.b.example');
    expect(atName(setOf('a\\.b.example'), 'x.a\\.b.example')).toBe('domain:a\\.b.example');
    expect(atName(setOf('b.example'), 'a\\\\.b.example')).toBe('domain:b.example');
    expect(atName(setOf('=c\\\\d.example'), 'c\\\\d.example')).toBe('domain:=c\\\\d.example');
    expect(atName(setOf('e\\013f.example'), 'e\\013f.example')).toBe('domain:e\\013f.example');
  });
});
