import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/core/engine/options.js';
import { dnsQuery, dnsResponse } from '../../forge/dns.js';
import { FORGE_EPOCH_MICROS, type ForgedPacket } from '../../forge/packet.js';
import { TcpConversation } from '../../forge/tcp-conversation.js';
import { UdpConversation } from '../../forge/udp-conversation.js';
import { reportOf } from './run-packets.js';

const FACTS = { hosts: 'details', pairs: true } as const;
const CLIENT = '192.168.1.20';
const CLIENT_MAC = '001b213c9df8';
const ROUTER_MAC = '3c37860a0b0c';
const SSH = Buffer.from('SSH-2.0-OpenSSH_9.6\r\n');

/** The frame with these MAC addresses and, from IPv4, this time-to-live. */
function framed(packet: ForgedPacket, source: string, destination: string, ttl = 64): ForgedPacket {
  const data = Buffer.from(packet.data);
  data.set(Buffer.from(destination + source, 'hex'));
  if (data.readUInt16BE(12) === 0x0800) data[22] = ttl;
  return { ...packet, data };
}

/** A connection of the client, whose frames go through the router. */
function ssh(server: string, client = CLIENT, port = 50_000): ForgedPacket[] {
  const { packets } = new TcpConversation({ client: { address: client, port }, server: { address: server, port: 22 } })
    .handshake()
    .send('client', SSH)
    .send('server', SSH)
    .close();
  return packets.map((packet) =>
    packet.data.readUInt16BE(34) === 22
      ? framed(packet, ROUTER_MAC, CLIENT_MAC, 52)
      : framed(packet, CLIENT_MAC, ROUTER_MAC),
  );
}

function lookup(server = '192.168.1.1'): ForgedPacket[] {
  const { packets } = new UdpConversation({
    client: { address: CLIENT, port: 40_000 },
    server: { address: server, port: 53 },
  })
    .send('client', dnsQuery(1, { name: 'www.example.org' }))
    .send('server', dnsResponse(1, { name: 'www.example.org' }, []));
  return [framed(packets[0]!, CLIENT_MAC, ROUTER_MAC), framed(packets[1]!, ROUTER_MAC, CLIENT_MAC)];
}

function arp(mac: string, address: string): ForgedPacket {
  const ip = Buffer.from(address.split('.').map(Number));
  const fields = Buffer.from(`ffffffffffff${mac}08060001080006040001${mac}`, 'hex');
  return { timeMicros: FORGE_EPOCH_MICROS, data: Buffer.concat([fields, ip, Buffer.alloc(10)]) };
}

function hostsOf(packets: readonly ForgedPacket[]) {
  const { hosts } = reportOf(packets, { facts: FACTS });
  return new Map(hosts.map((host) => [host.address, host]));
}

describe('hosts', () => {
  it('have the mean round trip and the retransmissions of their connections, where these are measured', () => {
    const packets = [...ssh('198.51.100.7'), ...ssh('198.51.100.8', CLIENT, 50_001)];
    const sent = packets.findIndex(({ data }) => data.includes('SSH-'));
    const again = { ...packets[sent]!, timeMicros: packets.at(-1)!.timeMicros };
    const { hosts, quality } = reportOf([...packets.slice(0, sent + 2), again, ...packets.slice(sent + 2)], {
      facts: { hosts: 'details', quality: 'sums' },
    });
    const of = (address: string) => hosts.find((host) => host.address === address)!;
    expect(quality!.retransmitted_packets).toBe(1);
    expect([CLIENT, '198.51.100.7', '198.51.100.8'].map((host) => of(host).retransmitted_packets)).toEqual([1, 1, 0]);
    const [mean, one, other] = [CLIENT, '198.51.100.7', '198.51.100.8'].map((host) => of(host).rtt_ms!);
    expect(one).toBeGreaterThan(0);
    expect(mean).toBeCloseTo((one! + other!) / 2, 3);
    for (const host of reportOf(packets, { facts: { hosts: 'details' } }).hosts) {
      expect([host.rtt_ms, host.retransmitted_packets]).toEqual([null, null]);
    }
  });

  it.each(['sums', 'details'] as const)('have labels, and clients are counted: %s', (hosts) => {
    const packets = [...ssh('198.51.100.7'), ...ssh('198.51.100.7', '192.168.1.21'), ...lookup()];
    const report = reportOf(packets, { facts: { hosts } });
    expect(report.clients).toBe(2);
    expect(report.hosts.find(({ address }) => address === '198.51.100.7')!.labels[0]!.label).toBe('ssh');
  });

  it('have packets and bytes of each direction, and connections by role', () => {
    const report = reportOf(ssh('198.51.100.7'), { facts: FACTS });
    const [connection] = report.connections;
    const { packets_out, packets_in, bytes_out, bytes_in, first_seen, last_seen } = connection!;
    expect(report.hosts).toMatchObject([
      {
        address: CLIENT,
        packets_out,
        packets_in,
        bytes_out,
        bytes_in,
        first_seen,
        last_seen,
        connections_as_client: 1,
      },
      {
        address: '198.51.100.7',
        packets_out: packets_in,
        packets_in: packets_out,
        bytes_out: bytes_in,
        bytes_in: bytes_out,
        connections_as_server: 1,
        labels: [{ label: 'ssh', bytes: bytes_in + bytes_out }],
      },
    ]);
    expect(report.pairs).toEqual([
      {
        client: CLIENT,
        server: '198.51.100.7',
        label: 'ssh',
        connections: 1,
        packets: report.total_packets,
        bytes: report.total_bytes,
      },
    ]);
  });

  it('count look-ups apart, and show who answers them', () => {
    const hosts = hostsOf(lookup());
    expect(hosts.get(CLIENT)).toMatchObject({ lookups: 1, connections_as_client: 0, roles: [] });
    expect(hosts.get('192.168.1.1')).toMatchObject({ lookups: 1, connections_as_server: 0, roles: ['dns-server'] });
    expect(hostsOf(lookup().slice(0, 1)).get('192.168.1.1')).toMatchObject({ roles: [] });
  });

  it('that talk to themselves count both ways', () => {
    const report = reportOf(ssh('192.168.1.20'), { facts: FACTS });
    expect(report.hosts).toMatchObject([
      { packets_out: report.total_packets, packets_in: report.total_packets, connections_as_client: 1 },
    ]);
  });

  it('put packets outside of connections under "other"', () => {
    const { hosts } = reportOf([arp(CLIENT_MAC, CLIENT)], { facts: FACTS });
    expect(hosts).toMatchObject([{ address: 'other', packets_out: 1, packets_in: 1, first_seen: null }]);
  });
});

describe('MAC addresses', () => {
  const texts = { client: '00:1b:21:3c:9d:f8', router: '3c:37:86:0a:0b:0c' };

  it('are those of neighbours, never of hosts behind a router', () => {
    const hosts = hostsOf([...ssh('198.51.100.7'), ...ssh('203.0.113.9', CLIENT, 50_001), ...lookup()]);
    expect(hosts.get(CLIENT)?.mac).toBe(texts.client);
    expect(hosts.get('198.51.100.7')?.mac).toBeNull();
    expect(hosts.get('192.168.1.1')).toMatchObject({ mac: texts.router, roles: ['dns-server', 'gateway'] });
  });

  it('are not guessed for a single server', () => {
    expect(hostsOf(ssh('198.51.100.7')).get('198.51.100.7')?.mac).toBeNull();
  });

  it('come from ARP first', () => {
    const packets = [arp(ROUTER_MAC, '198.51.100.7'), ...ssh('198.51.100.7'), ...ssh('203.0.113.9', CLIENT, 50_001)];
    expect(hostsOf(packets).get('198.51.100.7')?.mac).toBe(texts.router);
  });

  it('are ambiguous where a router stands for several private networks', () => {
    const hosts = hostsOf(
      ['198.51.100.7', '203.0.113.9', '10.1.1.1', '10.2.2.2'].flatMap((to, n) => ssh(to, CLIENT, n + 1)),
    );
    expect([hosts.get('10.1.1.1')?.mac, hosts.get('10.2.2.2')?.mac]).toEqual([null, null]);
  });
});

describe('a flood of hosts', () => {
  const flood = Array.from({ length: 3000 }, (_, n) => {
    const server = `198.${n >> 8}.${n & 255}.1`;
    return new UdpConversation({
      client: { address: '10.0.0.1', port: 5000 },
      server: { address: server, port: 4444 },
    }).send('client', Buffer.alloc(n === 100 ? 900 : 20)).packets;
  }).flat();

  it('keeps to the limit, says so and adds up', () => {
    const limits = { ...DEFAULT_LIMITS, maxHosts: 64 };
    const { hosts, pairs, limits: reached, ...report } = reportOf(flood, { facts: FACTS, limits });
    expect([hosts.length, pairs.length]).toEqual([65, 65]);
    expect([hosts.at(-1)!.address, pairs.at(-1)!.client]).toEqual(['other', 'other']);
    expect([hosts[0]!.address, hosts[1]!.address]).toEqual(['10.0.0.1', '198.0.100.1']);
    expect(reached).toMatchObject({ hosts_not_listed: 3001 - 64, pairs_not_listed: 3000 - 64 });
    const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);
    expect(sum(hosts.map((host) => host.packets_in))).toBe(report.total_packets);
    expect(sum(hosts.map((host) => host.bytes_out))).toBe(report.total_bytes);
    expect(sum(pairs.map((pair) => pair.bytes))).toBe(report.total_bytes);
  });

  it('does not depend on the secret of the hash tables', () => {
    const limits = { ...DEFAULT_LIMITS, maxHosts: 64 };
    const [one, other] = [1, 99].map((seed) => reportOf(flood, { facts: FACTS, limits, seed }));
    expect(one!.hosts).toEqual(other!.hosts);
    expect(one!.pairs).toEqual(other!.pairs);
  });
});
