import { describe, expect, it } from 'vitest';
import { HostRecords, readHostRecords } from '../../../src/core/inspect/dns/host-records.js';
import { reverseAddress } from '../../../src/core/inspect/dns/reverse-name.js';
import { DhcpMessage, readDhcp } from '../../../src/core/inspect/protocols/dhcp-options.js';
import { netbiosHostName } from '../../../src/core/inspect/protocols/netbios-name.js';
import { type DnsRecord, dnsName, dnsOverTcp, dnsQuery, dnsResponse } from '../../forge/dns.js';
import { be16, be32, vector } from '../../forge/fields.js';
import { addressBytes } from '../../forge/ip.js';
import type { ForgedPacket } from '../../forge/packet.js';
import { TcpConversation } from '../../forge/tcp-conversation.js';
import { UdpConversation } from '../../forge/udp-conversation.js';
import { reportOf } from './run-packets.js';

const FACTS = { hosts: 'details' } as const;
const PC = '192.168.1.20';
const ROUTER = '192.168.1.1';
const DATA = Buffer.from('nothing in particular');

function datagrams(from: string, fromPort: number, to: string, toPort: number, ...payloads: Buffer[]): ForgedPacket[] {
  const ends = { client: { address: from, port: fromPort }, server: { address: to, port: toPort } };
  return new UdpConversation(ends).send('client', ...payloads).packets;
}

/** A query of `client` and the response to it. */
function lookup(client: string, name: string, type: number, answers: DnsRecord[]): ForgedPacket[] {
  return new UdpConversation({ client: { address: client, port: 40_000 }, server: { address: ROUTER, port: 53 } })
    .send('client', dnsQuery(1, { name, type }))
    .send('server', dnsResponse(1, { name, type }, answers)).packets;
}

/** An mDNS announcement: no question (RFC 6762 §6). */
function announcement(...answers: DnsRecord[]): Buffer {
  const asked = dnsResponse(0, { name: 'x' }, answers, false);
  const question = dnsName('x').length + 4;
  const counts = Buffer.concat([be16(0), be16(0x8400), be16(0), be16(answers.length), be32(0)]);
  return Buffer.concat([counts, asked.subarray(12 + question)]);
}

function netbiosName(name: string, suffix = 0): Buffer {
  const padded = Buffer.concat([Buffer.from(name.padEnd(15)), Buffer.from([suffix])]);
  const letters = [...padded].flatMap((byte) => [0x41 + (byte >> 4), 0x41 + (byte & 15)]);
  return Buffer.concat([vector(1, Buffer.from(letters)), Buffer.from([0])]);
}

/** A registration request (RFC 1002 §4.2.2). */
function registration(name: string, address: string, flags = 0, suffix = 0): Buffer {
  const header = Buffer.concat([7, 0x2910, 1, 0, 0, 1].map(be16));
  const question = Buffer.concat([netbiosName(name, suffix), be16(0x20), be16(1)]);
  const data = vector(2, be16(flags), addressBytes(address));
  return Buffer.concat([header, question, be16(0xc00c), be16(0x20), be16(1), be32(300_000), data]);
}

/** A DHCP message (RFC 2131 §2). */
function dhcp(
  operation: number,
  addresses: { client?: string; your?: string },
  ...options: [number, Buffer][]
): Buffer {
  const fixed = Buffer.alloc(240);
  fixed.set([operation, 1, 6, 0, 0xca, 0xfe, 0, 1]);
  fixed.set(addressBytes(addresses.client ?? '0.0.0.0'), 12);
  fixed.set(addressBytes(addresses.your ?? '0.0.0.0'), 16);
  fixed.writeUInt32BE(0x63825363, 236);
  const encoded = options.map(([code, value]) => Buffer.concat([Buffer.from([code]), vector(1, value)]));
  return Buffer.concat([fixed, ...encoded, Buffer.from([255])]);
}

function hostsOf(packets: readonly ForgedPacket[]) {
  const { hosts } = reportOf(packets, { facts: FACTS });
  return new Map(hosts.map((host) => [host.address, host]));
}

/** Names of the PC, which has sent something. */
function namesOfPc(...packets: ForgedPacket[][]) {
  const hosts = hostsOf([...packets.flat(), ...datagrams(PC, 5000, '10.0.0.9', 4444, DATA)]);
  return hosts.get(PC)!.names;
}

describe('names of hosts', () => {
  it('are those that a DNS answer gave to the client that then connects', () => {
    const packets = [
      ...lookup(PC, 'www.Example.org', 1, [{ name: 'www.Example.org', type: 'A', address: '198.51.100.7' }]),
      ...lookup(PC, 'v6.example.org', 28, [{ name: 'v6.example.org', type: 'AAAA', address: '2001:db8::7' }]),
      ...datagrams(PC, 5000, '198.51.100.7', 4444, DATA),
      ...datagrams('10.0.0.3', 5000, '198.51.100.8', 4444, DATA),
    ];
    const hosts = hostsOf(packets);
    expect(hosts.get('198.51.100.7')?.names).toEqual([{ name: 'www.example.org', source: 'dns' }]);
    expect(hosts.get('198.51.100.8')?.names).toEqual([]);
    expect(hosts.get(PC)?.names).toEqual([]);
  });

  it('are those of pointers, to IPv4 and IPv6 addresses', () => {
    const v4 = '20.1.168.192.in-addr.arpa';
    const v6 = `7.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa`;
    const hosts = hostsOf([
      ...lookup(PC, v4, 12, [{ name: v4, type: 'PTR', target: 'pc.lan' }]),
      ...lookup(PC, v6, 12, [{ name: v6, type: 'PTR', target: 'six.lan' }]),
      ...datagrams('2001:db8::1', 5000, '2001:db8::7', 4444, DATA),
    ]);
    expect(hosts.get(PC)?.names).toEqual([{ name: 'pc.lan', source: 'dns-ptr' }]);
    expect(hosts.get('2001:db8::7')?.names).toEqual([{ name: 'six.lan', source: 'dns-ptr' }]);
    expect(reverseAddress('256.1.1.1.in-addr.arpa')).toBeNull();
    expect(reverseAddress('_http._tcp.local')).toBeNull();
  });

  it('are those of pointers over TCP', () => {
    const name = '20.1.168.192.in-addr.arpa';
    const question = { name, type: 12 };
    const talk = new TcpConversation({ client: { address: PC, port: 40_000 }, server: { address: ROUTER, port: 53 } })
      .handshake()
      .send('client', dnsOverTcp(dnsQuery(1, question)))
      .send('server', dnsOverTcp(dnsResponse(1, question, [{ name, type: 'PTR', target: 'pc.lan' }])), {
        segments: [20, 13],
      });
    expect(hostsOf(talk.packets).get(PC)?.names).toEqual([{ name: 'pc.lan', source: 'dns-ptr' }]);
  });

  it.each<[string, Buffer[], string | undefined]>([
    ['in wire form', [Buffer.from([4, 0, 0]), dnsName('Desk.corp.example')], 'Desk.corp.example'],
    ['in wire form without the root', [Buffer.from([5, 0, 0]), vector(1, Buffer.from('desk'))], 'desk'],
    ['as text', [Buffer.from([0, 0, 0]), Buffer.from('desk.corp.example')], 'desk.corp.example'],
    ['cut off', [Buffer.from([4, 0, 0]), Buffer.from([9, 0x61, 0x62])], undefined],
    ['of no length', [Buffer.from([4, 0, 0])], undefined],
  ])('are those of option 81 of DHCP: %s', (_, value, expected) => {
    const request = dhcp(1, { client: PC }, [53, Buffer.from([3])], [81, Buffer.concat(value)]);
    const names = namesOfPc(datagrams(PC, 68, ROUTER, 67, request));
    expect(names.map(({ name }) => name)).toEqual(expected === undefined ? [] : [expected]);
  });

  it('are those of mDNS announcements and LLMNR responses', () => {
    const mdns = announcement({ name: 'Living-Room.local', type: 'A', address: PC });
    const llmnr = dnsResponse(3, { name: 'deskpc' }, [{ name: 'deskpc', type: 'A', address: PC }]);
    expect(
      namesOfPc(datagrams(PC, 5353, '224.0.0.251', 5353, mdns), datagrams(PC, 5355, '192.168.1.30', 50_000, llmnr)),
    ).toEqual([
      { name: 'living-room.local', source: 'mdns' },
      { name: 'deskpc', source: 'llmnr' },
    ]);
  });

  it('are those of NetBIOS registrations, but not of groups or other services', () => {
    const broadcast = (...payloads: Buffer[]) => datagrams(PC, 137, '192.168.1.255', 137, ...payloads);
    expect(
      namesOfPc(
        broadcast(
          registration('WORKGROUP', PC, 0x8000),
          registration('__MSBROWSE__', PC, 0, 1),
          registration('DESKPC', PC),
          registration('DESKPC', PC, 0, 0x20),
        ),
      ),
    ).toEqual([{ name: 'DESKPC', source: 'nbns' }]);
  });

  it('are those that DHCP clients ask with, and DHCP says who routes', () => {
    const request = dhcp(1, {}, [53, Buffer.from([3])], [12, Buffer.from('deskpc')]);
    const options: [number, Buffer][] = [
      [53, Buffer.from([5])],
      [54, addressBytes(ROUTER)],
      [3, addressBytes(ROUTER)],
    ];
    const packets = [
      ...datagrams('0.0.0.0', 68, '255.255.255.255', 67, request),
      ...datagrams(ROUTER, 67, PC, 68, dhcp(2, { your: PC }, ...options)),
    ];
    expect(namesOfPc(packets)).toEqual([{ name: 'deskpc', source: 'dhcp' }]);
    expect(hostsOf(packets).get(ROUTER)?.roles).toEqual(['dhcp-server', 'gateway']);
    const renewal = dhcp(1, { client: PC }, [53, Buffer.from([3])], [12, Buffer.from('deskpc\0')]);
    expect(namesOfPc(datagrams(PC, 68, ROUTER, 67, renewal))).toEqual([{ name: 'deskpc', source: 'dhcp' }]);
    const damaged = dhcp(1, { client: PC }, [53, Buffer.from([3])], [12, Buffer.from([0x1b, 0x5b, 0x41])]);
    expect(namesOfPc(datagrams(PC, 68, ROUTER, 67, damaged))).toEqual([]);
  });

  it('are four at most, the better sources first, each once', () => {
    const records = [1, 2, 3, 4].map((n) => ({ name: `m${n}.local`, type: 'A' as const, address: PC }));
    const v4 = '20.1.168.192.in-addr.arpa';
    const names = namesOfPc(
      lookup('10.0.0.3', v4, 12, [{ name: v4, type: 'PTR', target: 'm1.local' }]),
      lookup('10.0.0.4', v4, 12, [{ name: v4, type: 'PTR', target: 'pc.lan' }]),
      datagrams(PC, 5353, '224.0.0.251', 5353, announcement(...records)),
      datagrams(PC, 137, '192.168.1.255', 137, registration('DESKPC', PC)),
    );
    expect(names).toEqual(records.map(({ name }) => ({ name, source: 'mdns' })));
  });
});

describe('parsers of host names', () => {
  const samples = [
    announcement({ name: 'a.local', type: 'A', address: PC }, { name: 'a.local', type: 'AAAA', address: '::1' }),
    registration('DESKPC', PC),
    dhcp(1, { client: PC }, [53, Buffer.from([3])], [12, Buffer.from('deskpc')]),
  ];

  it('survive a cut at every length', () => {
    for (const sample of samples) {
      for (let len = 0; len <= sample.length; len++) {
        const bytes = Buffer.from(sample.subarray(0, len));
        const records = new HostRecords();
        readHostRecords(bytes, 0, len, records);
        for (let n = 0; n < records.count; n++) expect(records.dataEnd[n]).toBeLessThanOrEqual(len);
        const message = new DhcpMessage();
        if (readDhcp(bytes, 0, len, message)) expect(message.hostNameEnd).toBeLessThanOrEqual(len);
        expect(typeof netbiosHostName(bytes, 12, len)).toBe('string');
      }
    }
  });
});
