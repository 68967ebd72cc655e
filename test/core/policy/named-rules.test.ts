/** Rules by protocol and by category. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CATEGORIES } from '../../../src/core/classify/app-definition.js';
import { builtInDefinitions } from '../../../src/core/classify/built-in-apps.js';
import { PROTOCOL_ALIASES, PROTOCOLS } from '../../../src/core/classify/protocol-list.js';
import { ipProtocolName } from '../../../src/core/classify/protocol-names.js';
import { DATAGRAM_INSPECTORS, STREAM_INSPECTORS } from '../../../src/core/inspect/registry.js';
import { RuleError } from '../../../src/core/policy/rule.js';
import { parseRulePattern, ruleKindOf } from '../../../src/core/policy/rule-kinds.js';
import { NO_RULE } from '../../../src/core/policy/rule-set.js';
import { dnsQuery } from '../../forge/dns.js';
import { clientHelloRecord } from '../../forge/tls.js';
import { UdpConversation } from '../../forge/udp-conversation.js';
import { analyzePackets, conversation } from '../../hostile/engine.js';
import { decide, engineWith, inShort, OUT, rulesOf } from '../ingest/events.js';
import { APPS } from './app-names.js';

const parsed = (text: string) => {
  try {
    const { type, value } = parseRulePattern(text, APPS);
    return `${type}:${value}`;
  } catch (error) {
    if (error instanceof RuleError) return error.message;
    throw error;
  }
};

describe('the names of protocols', () => {
  it('are those of all inspectors and of the protocols above IP, sorted', () => {
    const inspectors = [...STREAM_INSPECTORS, ...DATAGRAM_INSPECTORS].map(({ name }) => name);
    const folder = resolve(import.meta.dirname, '../../../src/core/inspect');
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const texts = sources.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
    const written = [...texts.matchAll(/finding\.protocol = '([^']+)'/g)].map((found) => found[1]!);
    expect(written.length).toBeGreaterThan(10);
    const aboveIp = Array.from({ length: 256 }, (_, proto) => ipProtocolName(proto) ?? 'dns');
    for (const name of [...inspectors, ...written, ...aboveIp]) expect(PROTOCOLS).toContain(name);
    expect(PROTOCOLS).toEqual([...new Set(PROTOCOLS)].sort());
    for (const [alias, name] of PROTOCOL_ALIASES) {
      expect(PROTOCOLS).toContain(name);
      expect(PROTOCOLS).not.toContain(alias);
    }
    expect(PROTOCOLS.filter((name) => !ruleKindOf('proto').isCanonical(name))).toEqual([]);
  });

  it('are read in any case, with usual other words', () => {
    expect(['proto:SSH', 'proto: bittorrent', 'proto:https'].map(parsed)).toEqual([
      'proto:ssh',
      'proto:bittorrent',
      'proto:tls',
    ]);
    expect(parsed('proto:shh')).toBe("no protocol is called 'shh'; did you mean ssh?");
    expect(parsed('proto:udp')).toContain('port:udp/1-65535');
    expect(parsed('ssh')).toBe("'ssh' is not a rule: did you mean proto:ssh?");
    expect(parsed('dns')).toBe("'dns' is not a rule: did you mean category:dns or proto:dns?");
  });
});

describe('categories', () => {
  it('are those of the apps, each of which has some', () => {
    expect(['category:Video', 'category:gambling'].map(parsed)).toEqual(['category:video', 'category:gambling']);
    expect(parsed('category:vidoe')).toContain('did you mean video?');
    expect(parsed('category:x-rated')).toContain('allowed: platform, social');
    const used = new Set(builtInDefinitions().map(({ category }) => category));
    expect(CATEGORIES.filter((name) => name !== 'other' && !used.has(name))).toEqual([]);
    expect(CATEGORIES.filter((name) => !ruleKindOf('category').isCanonical(name))).toEqual([]);
  });
});

describe('rules by category', () => {
  const decisionOf = (rules: readonly string[], domain: string) =>
    inShort(decide(engineWith({ rules: rulesOf(...rules) }), { tuple: OUT, domain }));

  it('cover the apps of the category, parts by their own', () => {
    expect(decisionOf(['category:gambling'], 'www.bet365.com')).toContain('by category:gambling');
    expect(decisionOf(['category:gaming'], 'www.xbox.com')).toBe('drop XBOX www.xbox.com event by category:gaming');
    expect(decisionOf(['category:platform'], 'www.xbox.com')).toContain('forward XBOX');
    expect(decisionOf(['category:gambling'], 'unlisted.example')).toContain('forward UNKNOWN');
  });

  it('decide after a rule for the app, and give way to allow rules', () => {
    expect(decisionOf(['category:video', 'app:YOUTUBE'], 'youtube.com')).toContain('by app:YOUTUBE');
    expect(decisionOf(['category:video', 'allow:app:YOUTUBE'], 'youtube.com')).toContain('forward YOUTUBE');
    expect(decisionOf(['allow:category:video', 'app:YOUTUBE'], 'youtube.com')).toContain('forward YOUTUBE');
  });
});

describe('rules by protocol', () => {
  const banner = Buffer.from('SSH-2.0-OpenSSH_9.6\r\n');
  const hello = clientHelloRecord({ serverName: 'www.example.org' });
  const outcome = (packets: Parameters<typeof analyzePackets>[0], ...rules: string[]) => {
    const [one] = analyzePackets(packets, rulesOf(...rules));
    return [one!.app_protocol, one!.blocked_by, one!.blocked_at_packet];
  };

  it('block from the packet on that shows the protocol', () => {
    const { packets } = conversation().handshake().send('server', banner).send('client', banner);
    expect(outcome(packets, 'proto:ssh')).toEqual(['ssh', 'proto:ssh', 4]);
    expect(outcome(packets, 'proto:tls')).toEqual(['ssh', null, null]);
    expect(outcome(packets, 'proto:ssh', 'allow:ip:203.0.113.10')).toEqual(['ssh', null, null]);
    expect(outcome(packets, 'tcp/443', 'allow:proto:ssh')).toEqual(['ssh', null, null]);
  });

  it('block protocols above IP by their first packet, and messages of DNS', () => {
    const dns = new UdpConversation({
      client: { address: '192.0.2.7', port: 40_000 },
      server: { address: '192.0.2.53', port: 53 },
    }).send('client', dnsQuery(7, { name: 'example.org' })).packets;
    expect(outcome(dns, 'proto:dns')).toEqual(['dns', 'proto:dns', 1]);
    expect(outcome(dns, 'proto:dns', 'allow:domain:example.org')).toEqual(['dns', null, null]);
  });

  it('wait for a name that may be allowed', () => {
    const { packets } = conversation().handshake().send('client', hello);
    expect(outcome(packets, 'proto:tls')).toEqual(['tls', 'proto:tls', 5]);
    expect(outcome(packets, 'proto:tls', 'allow:example.org')).toEqual(['tls', null, null]);
    expect(outcome(packets, 'proto:tls', 'allow:example.com')).toEqual(['tls', 'proto:tls', 5]);
  });

  it('are found by name in a compiled set', () => {
    const rules = rulesOf('proto:ssh', 'allow:proto:tls', 'app:YOUTUBE');
    expect([rules.hasProtocolRules, rulesOf('app:YOUTUBE').hasProtocolRules]).toEqual([true, false]);
    expect(rules.ruleId(rules.atProtocol('ssh'))).toBe('proto:ssh');
    expect(rules.isAllow(rules.atProtocol('tls'))).toBe(true);
    expect(rules.atProtocol('http')).toBe(NO_RULE);
    expect(rules.matchesAtProtocol('ssh')).toHaveLength(1);
  });
});
