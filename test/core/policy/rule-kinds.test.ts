import { describe, expect, it } from 'vitest';
import { RuleError } from '../../../src/core/policy/rule.js';
import { parseRulePattern, RULE_KINDS, ruleKindOf } from '../../../src/core/policy/rule-kinds.js';
import { publicSuffixOf } from '../../../src/rules/broad-rules.js';
import { APPS } from './app-names.js';

const canonical = (text: string, type: Parameters<typeof parseRulePattern>[2] = null): string => {
  const pattern = parseRulePattern(text, APPS, type);
  return `${pattern.type}:${pattern.value}`;
};

describe('parseRulePattern', () => {
  it.each(['constructor/443', '443/constructor', 'tostring/443', 'icmp/443'])('refuses port:%s', (text) => {
    expect(() => canonical(text, 'port')).toThrow('names the protocol');
  });

  it.each([
    ['1.2.3.4', 'ip:1.2.3.4'],
    ['10.1.2.3/8', 'ip:10.0.0.0/8'],
    ['0.0.0.0/0', 'ip:0.0.0.0/0'],
    ['2001:DB8:0:0::1', 'ip:2001:db8::1'],
    ['2001:db8::ffff/32', 'ip:2001:db8::/32'],
    ['::', 'ip:::'],
    ['::/0', 'ip:::/0'],
    ['::ffff:192.0.2.1', 'ip:192.0.2.1'],
    ['::ffff:192.0.2.0/120', 'ip:192.0.2.0/24'],
    ['ip:2001:db8::1', 'ip:2001:db8::1'],
    ['443', 'port:443'],
    ['6881-6889', 'port:6881-6889'],
    ['UDP/443', 'port:udp/443'],
    ['443/udp', 'port:udp/443'],
    ['tcp/80-90', 'port:tcp/80-90'],
    ['80-80', 'port:80'],
    ['YouTube.com', 'domain:youtube.com'],
    ['youtube.com.', 'domain:youtube.com'],
    ['=www.YouTube.com', 'domain:=www.youtube.com'],
    ['*.youtube.com', 'domain:*.youtube.com'],
    ['bücher.example', 'domain:xn--bcher-kva.example'],
    ['*.BÜCHER.example', 'domain:*.xn--bcher-kva.example'],
    ['_dmarc.example.com', 'domain:_dmarc.example.com'],
    ['domain:localhost', 'domain:localhost'],
    ['a\\.b.example', 'domain:a\\.b.example'],
    ['a\\046B.example.', 'domain:a\\.b.example'],
    ['=c\\\\d.example', 'domain:=c\\\\d.example'],
    ['*.e\\013f.example', 'domain:*.e\\013f.example'],
    ['\\097\\066c.example', 'domain:abc.example'],
    ['youtube', 'app:YOUTUBE'],
    ['app:x', 'app:TWITTER'],
    [' tiktok ', 'app:TIKTOK'],
  ])('reads %s as %s', (text, id) => {
    expect(canonical(text)).toBe(id);
    expect(canonical(id)).toBe(id);
    const value = id.slice(id.indexOf(':') + 1);
    expect(ruleKindOf(id.slice(0, id.indexOf(':'))).isCanonical(value)).toBe(true);
  });

  it.each([
    ['1.2.3', 'is not an address or prefix'],
    ['1.2.3.256', 'is not an address or prefix'],
    ['01.2.3.4', 'is not an address or prefix'],
    ['domain:1.2.3.4', 'an address makes a rule of type ip'],
    ['1.2.3.4/33', 'is not an address or prefix'],
    ['1.2.3.4/08', 'is not an address or prefix'],
    ['2001:db8::1::2', 'is not an address or prefix'],
    ['1:2:3:4:5:6:7:8:9', 'is not an address or prefix'],
    ['fe80::1%eth0', 'is not an address or prefix'],
    ['70000', 'is outside 1-65535'],
    ['0', 'is outside 1-65535'],
    ['port:constructor/443', "names the protocol 'constructor'"],
    ['port:443/tostring', "names the protocol 'tostring'"],
    ['port:__proto__/443', 'is not a port'],
    ['90-80', 'ends before it starts'],
    ['icmp/8', 'names the protocol'],
    ['https://youtube.com/watch', 'give only the host'],
    ['youtube.com:443', 'leave out the port'],
    ['youtube.com/x', 'leave out the path'],
    ['you*tube.com', 'stands only at the front'],
    ['a..b.com', 'is not a domain name'],
    [`${'a'.repeat(64)}.com`, 'is not a domain name'],
    ['youtub', 'did you mean YOUTUBE?'],
    ['app:youtub', 'did you mean YOUTUBE?'],
    ['zzz', 'is written domain:zzz'],
    ['', 'a rule is empty'],
  ])('refuses %s with a sentence', (text, part) => {
    expect(() => canonical(text)).toThrow(RuleError);
    expect(() => canonical(text)).toThrow(part);
    try {
      canonical(text);
    } catch (error) {
      expect((error as RuleError).message).not.toMatch(/\.$/);
    }
  });

  it('lets a stated type settle the meaning', () => {
    expect(canonical('localhost', 'domain')).toBe('domain:localhost');
    expect(canonical('domain:a.example', 'domain')).toBe('domain:a.example');
    expect(() => canonical('1.2.3.4', 'domain')).toThrow('type ip');
    expect(() => ruleKindOf('host')).toThrow('allowed: ip, port, domain, app');
  });

  it('never throws anything but RuleError', () => {
    let seed = 7;
    const random = (most: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 8) % most;
    };
    const alphabet = 'a.:/*=-0159üA[]%|^ \u0000\u202e'.split('');
    for (let i = 0; i < 20000; i++) {
      let text = '';
      for (let n = random(12); n > 0; n--) text += alphabet[random(alphabet.length)];
      try {
        const pattern = parseRulePattern(text, APPS);
        const kind = ruleKindOf(pattern.type);
        expect(kind.isCanonical(pattern.value)).toBe(true);
        expect(kind.parse(pattern.value, APPS)).toBe(pattern.value);
      } catch (error) {
        if (!(error instanceof RuleError)) throw error;
      }
    }
  });
});

describe('tooBroad', () => {
  it.each([
    ['ip', '0.0.0.0/0', 'every IPv4 address'],
    ['ip', '::/0', 'every IPv6 address'],
    ['ip', '0.0.0.0/4', 'a 1/16 part of all IPv4 addresses'],
    ['ip', '10.0.0.0/8', null],
    ['port', '1-65535', 'every port'],
    ['port', 'udp/1024-65535', '64512 of all 65535 ports'],
    ['port', '6881-6889', null],
    ['domain', 'com', 'every site under the public suffix com'],
    ['domain', '*.co.uk', 'every site under the public suffix co.uk'],
    ['domain', 'github.io', 'every site under the public suffix github.io'],
    ['domain', '=github.io', null],
    ['domain', 'youtube.com', null],
  ])('%s %s', (type, value, expected) => {
    expect(ruleKindOf(type).tooBroad(value, publicSuffixOf)).toBe(expected);
  });
});

it('kinds have distinct types', () => {
  expect(new Set(RULE_KINDS.map(({ type }) => type)).size).toBe(RULE_KINDS.length);
});

it('names the domain rules that could match a host: those of every suffix, and the exact one', () => {
  expect(ruleKindOf('domain').candidates('www.example.co.uk', APPS)).toEqual([
    '=www.example.co.uk',
    'www.example.co.uk',
    '*.www.example.co.uk',
    'example.co.uk',
    '*.example.co.uk',
    'co.uk',
    '*.co.uk',
    'uk',
    '*.uk',
  ]);
});
