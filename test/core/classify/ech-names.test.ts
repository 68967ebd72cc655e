/** Public names of ECH, learned from DNS answers: the hello that carries one hides another name. */
import { describe, expect, it } from 'vitest';
import { createAppTable } from '../../../src/core/classify/built-in-apps.js';
import { EchNames } from '../../../src/core/classify/ech-names.js';
import type { Report } from '../../../src/core/report/model.js';
import { DNS_A, DNS_HTTPS, dnsQuery, dnsResponse, echConfigList } from '../../forge/dns.js';
import type { ForgedPacket } from '../../forge/packet.js';
import { pcapFile } from '../../forge/pcap.js';
import { TcpConversation } from '../../forge/tcp-conversation.js';
import { clientHelloRecord } from '../../forge/tls.js';
import { UdpConversation } from '../../forge/udp-conversation.js';
import { runEngine, WIDE_LIMITS } from '../../fuzz/engine-run.js';

const has = (names: EchNames, name: string) => names.has(Buffer.from(name), 0, name.length);

describe('EchNames', () => {
  const list = echConfigList(['front.example', 'Other.Example.']);

  it('holds the public names of all configurations, in any case and without the final dot', () => {
    const names = new EchNames();
    expect(has(names, 'front.example')).toBe(false);
    names.learn(Buffer.concat([Buffer.alloc(3, 9), list, Buffer.alloc(3, 9)]), 3, 3 + list.length);
    for (const name of ['front.example', 'FRONT.example.', 'other.example']) expect(has(names, name)).toBe(true);
    expect(has(names, 'site.example')).toBe(false);
  });

  it('takes nothing from other versions', () => {
    const names = new EchNames();
    const other = echConfigList(['front.example'], 0xfe0a);
    names.learn(other, 0, other.length);
    expect(has(names, 'front.example')).toBe(false);
  });

  it('reads a list cut at every length, and with every byte damaged, as far as it goes', () => {
    for (let end = 0; end <= list.length; end++) {
      const names = new EchNames();
      names.learn(list, 0, end);
      expect(has(names, 'other.example')).toBe(end === list.length);
    }
    for (let at = 0; at < list.length; at++) {
      const damaged = Buffer.from(list);
      damaged[at] = 0xff;
      new EchNames().learn(damaged, 0, damaged.length);
    }
  });

  it('keeps the newest where there are too many', () => {
    const names = new EchNames();
    for (let i = 0; i < 1_100; i++) {
      const one = echConfigList([`n${i}.example`]);
      names.learn(one, 0, one.length);
    }
    expect([has(names, 'n0.example'), has(names, 'n1099.example')]).toEqual([false, true]);
  });
});

describe('a hello with a public name', () => {
  const client = { address: '192.0.2.1', port: 40_000 };
  const server = { address: '203.0.113.10', port: 443 };
  const resolver = { address: '192.0.2.53', port: 53 };
  const site = 'www.site.example';

  function connection(ech: Buffer | undefined, echPayloadLen: number) {
    return named([{ name: site, type: 'HTTPS', priority: 1, target: '.', ...(ech ? { ech } : {}) }], echPayloadLen);
  }

  function named(records: Parameters<typeof dnsResponse>[2], echPayloadLen: number) {
    const https = { name: site, type: DNS_HTTPS };
    const a = { name: site, type: DNS_A };
    const dns = new UdpConversation({ client: { ...client, port: 5_000 }, server: resolver })
      .send('client', dnsQuery(1, https), dnsQuery(2, a))
      .send(
        'server',
        dnsResponse(1, https, records),
        dnsResponse(2, a, [{ name: site, type: 'A', address: server.address }]),
      ).packets;
    const startMicros = dns.at(-1)!.timeMicros + 1_000;
    const tls = new TcpConversation({ client, server, startMicros })
      .handshake()
      .send('client', clientHelloRecord({ serverName: 'front.example', echPayloadLen })).packets;
    return report([...dns, ...tls]).connections.find((one) => one.app_protocol === 'tls')!;
  }

  function report(packets: readonly ForgedPacket[]): Report {
    const setting = { apps: createAppTable(), limits: WIDE_LIMITS, rules: null, hashSeed: 5, chunks: null };
    return JSON.parse(runEngine(pcapFile(packets), setting));
  }

  it('is named by the DNS answer, not by the public name', () => {
    const { domain, domains, detected_by, confidence } = connection(echConfigList(['front.example']), 200);
    expect([domain, detected_by, confidence]).toEqual([site, 'dns-answer', 'likely']);
    expect(domains).toContain('front.example');
  });

  it('is known from each record of the answer, and from those of an alias', () => {
    const alias = 'pool.site.example';
    const https = (name: string, target: string, priority: number, ech?: string) => {
      const list = ech === undefined ? {} : { ech: echConfigList([ech]) };
      return { name, type: 'HTTPS' as const, priority, target, ...list };
    };
    const answers = [
      [https(site, '.', 1, 'front.example'), https(site, '.', 2, 'other.example')],
      [https(site, '.', 1, 'other.example'), https(site, '.', 2, 'front.example')],
      [https(site, alias, 0), https(alias, '.', 1, 'front.example')],
    ];
    for (const records of answers) expect(named(records, 200).domain).toBe(site);
  });

  it('names the site where no answer holds the name as a public one, or the hello has no ECH', () => {
    expect(connection(undefined, 200).domain).toBe('front.example');
    expect(connection(echConfigList(['another.example']), 200).domain).toBe('front.example');
    expect(connection(echConfigList(['front.example']), 0).domain).toBe('front.example');
  });
});
