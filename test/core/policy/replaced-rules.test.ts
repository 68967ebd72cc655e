/** Rules that change while connections are in progress. */
import { describe, expect, it } from 'vitest';
import { NO_RULES, RuleSet } from '../../../src/core/policy/rule-set.js';
import { dnsOverTcp, dnsQuery } from '../../forge/dns.js';
import { clientHelloRecord } from '../../forge/tls.js';
import { decide, engineWith, inShort, OUT, reverse, rulesOf } from '../ingest/events.js';

const tuple = (port: number) => ({ ...OUT, src_port: port });

describe('replaceRules', () => {
  it('blocks a connection that passed, from its next event on, by name, app, address or port', () => {
    for (const rule of ['youtube.com', 'app:YOUTUBE', '203.0.113.5', 'tcp/443']) {
      const engine = engineWith();
      decide(engine, { tuple: OUT, domain: 'www.youtube.com' });
      engine.replaceRules(rulesOf(rule));
      const after = decide(engine, { tuple: reverse(OUT) });
      expect(after).toMatchObject({ decision: 'drop', connection: 1 });
      expect(after.blocked_by).toContain(rule);
    }
  });

  it('looks at every name of the connection', () => {
    const engine = engineWith();
    for (const domain of ['a.example', 'b.example', 'c.example']) decide(engine, { tuple: OUT, domain });
    engine.replaceRules(rulesOf('c.example'));
    expect(decide(engine, { tuple: OUT }).blocked_by).toBe('domain:c.example');
  });

  it('leaves a blocked connection blocked, by the rule that did it, and new ones free', () => {
    const engine = engineWith({ rules: rulesOf('app:DISCORD', 'youtube.com') });
    decide(engine, { tuple: tuple(1), domain: 'discord.com' });
    decide(engine, { tuple: tuple(2), domain: 'youtube.com' });
    engine.replaceRules(rulesOf('example.org', 'youtube.com'));
    engine.replaceRules(rulesOf('youtube.com', 'allow:app:DISCORD'));
    expect(inShort(decide(engine, { tuple: tuple(1), domain: 'more.discord.com' }))).toBe(
      'drop DISCORD discord.com event by app:DISCORD',
    );
    expect(decide(engine, { tuple: tuple(2) }).blocked_by).toBe('domain:youtube.com');
    expect(decide(engine, { tuple: tuple(3), domain: 'discord.com' }).decision).toBe('forward');
    engine.replaceRules(NO_RULES);
    expect(decide(engine, { tuple: tuple(2) }).blocked_by).toBe('domain:youtube.com');
    expect(decide(engine, { tuple: tuple(4), domain: 'youtube.com' }).decision).toBe('forward');
    const { rules, blocked_connections } = engine.end('dpi test', null);
    expect(blocked_connections).toBe(2);
    expect(rules.decided.map(({ rule, action, packets }) => [rule, action, packets])).toEqual([
      ['domain:youtube.com', 'block', 3],
      ['app:DISCORD', 'block', 2],
      ['app:DISCORD', 'allow', 1],
    ]);
    expect(rules).toMatchObject({ count: 0, unused_count: 0 });
  });

  it('adds up what a rule decided in all sets that have it, wherever it stands in them', () => {
    const engine = engineWith({ rules: rulesOf('a.example', 'b.example') });
    decide(engine, { tuple: tuple(1), domain: 'b.example' });
    engine.replaceRules(rulesOf('x.example', 'b.example', 'a.example', '10.0.0.0/8'));
    decide(engine, { tuple: tuple(2), domain: 'b.example' });
    decide(engine, { tuple: tuple(3), domain: 'a.example' });
    const { rules } = engine.end('dpi test', null);
    expect(rules.decided.map(({ rule, packets, first_packet }) => [rule, packets, first_packet])).toEqual([
      ['domain:b.example', 2, 1],
      ['domain:a.example', 1, 3],
    ]);
    expect(rules).toMatchObject({ count: 4, unused_count: 2, unused: ['domain:x.example', 'ip:10.0.0.0/8'] });
  });

  it('frees what an allow rule protected when that goes, and protects by one that comes', () => {
    const engine = engineWith({ rules: rulesOf('app:GITHUB', 'allow:api.github.com') });
    expect(decide(engine, { tuple: OUT, domain: 'api.github.com' }).decision).toBe('forward');
    engine.replaceRules(rulesOf('app:GITHUB'));
    expect(decide(engine, { tuple: OUT }).blocked_by).toBe('app:GITHUB');
    decide(engine, { tuple: tuple(2), domain: 'example.org' });
    engine.replaceRules(rulesOf('app:GITHUB', 'example.org', 'allow:203.0.113.5'));
    expect(decide(engine, { tuple: tuple(2) }).decision).toBe('forward');
  });

  it('judges a name that is half read by the rules in force when it is whole', () => {
    const hello = clientHelloRecord({ serverName: 'www.youtube.com' });
    const engine = engineWith({ rules: rulesOf('example.org') });
    decide(engine, { tuple: OUT, payload: hello.subarray(0, 300) });
    engine.replaceRules(rulesOf('example.org', 'youtube.com'));
    expect(decide(engine, { tuple: OUT, payload: hello.subarray(300) }).blocked_by).toBe('domain:youtube.com');
  });

  it('decides DNS by the new rules, but keeps a dropped message of it dropped', () => {
    const dns = { ...OUT, dst_port: 53 };
    const engine = engineWith({ rules: rulesOf('youtube.com') });
    const ask = (name: string) => decide(engine, { tuple: dns, payload: dnsOverTcp(dnsQuery(1, { name })) });
    expect(ask('www.youtube.com').decision).toBe('drop');
    engine.replaceRules(rulesOf('github.com'));
    expect(ask('www.youtube.com').decision).toBe('forward');
    expect(ask('www.github.com').blocked_by).toBe('domain:github.com');
    const { rules } = engine.end('dpi test', null);
    expect(rules.decided.map(({ rule, packets }) => [rule, packets])).toEqual([
      ['domain:youtube.com', 1],
      ['domain:github.com', 1],
    ]);
  });

  it('does not count a connection as blocked whose last packet came before the rule', () => {
    const engine = engineWith();
    decide(engine, { tuple: OUT, domain: 'youtube.com' });
    engine.replaceRules(rulesOf('youtube.com'));
    expect(engine.end('dpi test', null)).toMatchObject({ blocked_connections: 0, dropped_packets: 0 });
  });

  it('leaves nothing of the sets before to connections that begin afterwards', () => {
    const events = Array.from({ length: 300 }, (_, n) => ({
      tuple: tuple(1000 + (n % 50)),
      domain: ['discord.com', 'www.youtube.com', 'example.org', undefined][n % 4],
    }));
    const sets = [rulesOf('app:DISCORD'), rulesOf('youtube.com', 'allow:app:DISCORD'), rulesOf('203.0.113.0/24')];
    for (const set of sets) {
      const fresh = engineWith({ rules: set });
      const other = engineWith({ rules: NO_RULES });
      other.replaceRules(rulesOf('10.0.0.0/8', 'c.example'));
      other.replaceRules(set);
      expect(events.map((event) => inShort(decide(other, event)))).toEqual(
        events.map((event) => inShort(decide(fresh, event))),
      );
    }
  });

  it('keeps at most so many rules that are gone in its counts', () => {
    const engine = engineWith();
    const group = (values: string[]) =>
      RuleSet.compile([{ type: 'domain', action: 'block', values, comment: null, expiresMs: null, createdMs: 0 }], 0);
    for (let round = 0; round < 3; round++) {
      const values = Array.from({ length: 6000 }, (_, n) => `h${n}.r${round}.example`);
      engine.replaceRules(group(values));
      for (const [n, domain] of values.entries()) {
        decide(engine, { tuple: tuple(n), domain, timestamp: 1000 + round * 10_000 });
      }
    }
    engine.replaceRules(NO_RULES);
    expect(engine.pipeline.recognition.verdicts!.rules.total).toBeLessThanOrEqual(10_000 + 6000);
    expect(engine.totals.droppedPackets).toBe(18_000);
    expect(engine.end('dpi test', null).dropped_packets).toBe(18_000);
  });
});
