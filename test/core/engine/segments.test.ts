import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_SEGMENTS, SegmentTable } from '../../../src/core/flow/segment-table.js';
import type { ConnectionRecord } from '../../../src/core/report/model.js';
import { dnsQuery } from '../../forge/dns.js';
import { fragmentIp } from '../../forge/ip.js';
import { type Encapsulate, ethernet, vlanEthernet } from '../../forge/link.js';
import { FORGE_EPOCH_MICROS, type ForgedPacket } from '../../forge/packet.js';
import { pcapFile } from '../../forge/pcap.js';
import { TcpConversation } from '../../forge/tcp-conversation.js';
import { clientHelloRecord, serverFlight } from '../../forge/tls.js';
import { udpPacket } from '../../forge/transport.js';
import { geneve, gre, vxlan } from '../../forge/tunnels.js';
import { analyzed } from '../../support/analyzed.js';

const ENDS = { from: '172.16.0.1', to: '172.16.0.2' };
const V4 = { client: { address: '192.0.2.10', port: 50_000 }, server: { address: '203.0.113.5', port: 443 } };
const V6 = { client: { address: '2001:db8::1', port: 50_000 }, server: { address: '2001:db8::5', port: 443 } };
const untagged: Encapsulate = (ip) => ethernet(ip);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dpi-vlans-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(packets: readonly ForgedPacket[], ignoreVlan = false): Promise<ConnectionRecord[]> {
  const file = join(folder, 'capture.pcap');
  writeFileSync(file, pcapFile([...packets].sort((a, b) => a.timeMicros - b.timeMicros)));
  return analyzed(file, { ignoreVlan });
}

/** A TLS connection whose frames `encapsulate` makes of the IP packets. */
function tls(name: string, encapsulate: Encapsulate, ends = V4, isn = 1000): ForgedPacket[] {
  const one = new TcpConversation({ ...ends, clientIsn: isn, serverIsn: isn * 7, encapsulate });
  one.handshake().send('client', clientHelloRecord({ serverName: name, postQuantum: false }), { segments: [150] });
  return one.send('server', serverFlight()).close().packets;
}

const isFromClient = (ip: Buffer) => (ip[0]! >> 4 === 6 ? ip[8 + 15] === 1 : ip[15] === 10);
const byDirection =
  (out: Encapsulate, back: Encapsulate): Encapsulate =>
  (ip) =>
    isFromClient(ip) ? out(ip) : back(ip);

const namesOf = (records: readonly ConnectionRecord[]) => records.map(({ domains }) => domains.join(','));

const SEGMENTS: [string, Encapsulate, Encapsulate, string | null, string | null][] = [
  ['two VLANs', vlanEthernet([10]), vlanEthernet([20]), '10', '20'],
  ['a VLAN and none', untagged, vlanEthernet([20]), null, '20'],
  ['two service tags', vlanEthernet([1, 10]), vlanEthernet([2, 10]), '1.10', '2.10'],
  ['two VNIs of VXLAN', vxlan(ENDS, 1), vxlan(ENDS, 2), 'vxlan:1', 'vxlan:2'],
  ['two VNIs of Geneve', geneve(ENDS, 7), geneve(ENDS, 8), 'geneve:7', 'geneve:8'],
  ['two keys of GRE', gre(ENDS, 5), gre(ENDS, 0xffff_ffff), 'gre:5', 'gre:4294967295'],
  ['VXLAN and Geneve with one VNI', vxlan(ENDS, 9), geneve(ENDS, 9), 'vxlan:9', 'geneve:9'],
];

describe('network segments', () => {
  it.each(SEGMENTS)('tell connections of %s apart', async (_, first, second, firstTag, secondTag) => {
    const records = await run([...tls('one.example', first), ...tls('two.example', second, V4, 77_000)]);
    expect(namesOf(records)).toEqual(['one.example', 'two.example']);
    expect(records.map(({ vlan, network }) => vlan ?? network)).toEqual([firstTag, secondTag]);
    expect(records.map(({ tcp_state: state }) => state)).toEqual(['closed', 'closed']);
    const total = records[0]!.packets + records[1]!.packets;
    expect(records[0]!.packets).toBe(total / 2);
  });

  it.each(SEGMENTS)('do not count of %s with ignoreVlan', async (_, first, second) => {
    const one = tls('one.example', first);
    const copies = tls('one.example', second).map((packet) => ({ ...packet, timeMicros: packet.timeMicros + 40 }));
    const records = await run([...one, ...copies], true);
    expect(namesOf(records)).toEqual(['one.example']);
    expect(records[0]).toMatchObject({ packets: 2 * one.length, vlan: null, network: null });
  });

  it('are those of IPv6 connections too', async () => {
    const records = await run([
      ...tls('one.example', vlanEthernet([10]), V6),
      ...tls('two.example', vlanEthernet([20]), V6),
    ]);
    expect(namesOf(records)).toEqual(['one.example', 'two.example']);
  });

  it('of datagrams count as well', async () => {
    const ask = (name: string, vlan: number): ForgedPacket => ({
      data: vlanEthernet([vlan])(udpPacket(V4.client, { ...V4.server, port: 53 }, dnsQuery(1, { name }))),
      timeMicros: FORGE_EPOCH_MICROS + vlan,
    });
    expect(namesOf(await run([ask('one.example', 10), ask('two.example', 20)]))).toEqual([
      'one.example',
      'two.example',
    ]);
  });

  it.each([
    ['another VLAN', vlanEthernet([10]), vlanEthernet([20]), '10'],
    ['no VLAN', vlanEthernet([10]), untagged, '10'],
    ['a VLAN, though requests have none', untagged, vlanEthernet([20]), null],
    ['another VNI', vxlan(ENDS, 1), vxlan(ENDS, 2), null],
  ])('keep a connection whole whose answers come in %s', async (_, out, back, vlan) => {
    for (const ends of [V4, V6]) {
      const packets = tls('one.example', byDirection(out, back), ends);
      const records = await run([...packets, ...tls('two.example', vlanEthernet([99]), ends, 9_000_000)]);
      expect(namesOf(records)).toEqual(['one.example', 'two.example']);
      expect(records[0]).toMatchObject({ packets: packets.length, vlan, tcp_state: 'closed' });
    }
  });

  it('keep connections without a handshake whole, and the answers of datagrams', async () => {
    const encapsulate = byDirection(vlanEthernet([10]), vlanEthernet([20]));
    const midway = tls('one.example', encapsulate).slice(3);
    const dns = { ...V4.server, port: 53 };
    const datagrams = [
      [V4.client, dns],
      [dns, V4.client],
    ].map(([from, to], n) => ({
      data: encapsulate(udpPacket(from!, to!, dnsQuery(1, { name: 'two.example' }))),
      timeMicros: FORGE_EPOCH_MICROS + n,
    }));
    const records = await run([...midway, ...datagrams]);
    expect(records.map(({ packets }) => packets).sort()).toEqual([2, midway.length]);
  });

  it('are not joined by an answer that does not acknowledge the SYN', async () => {
    const out = tls('one.example', vlanEthernet([10])).filter(({ data }) => isFromClient(data.subarray(18)));
    const back = tls('two.example', vlanEthernet([20]), V4, 80_000_000).filter(
      ({ data }) => !isFromClient(data.subarray(18)),
    );
    expect((await run([...out, ...back])).length).toBe(2);
  });

  it('leave copies of a mirror port their names', async () => {
    const one = tls('one.example', vlanEthernet([10]));
    const copies = tls('one.example', (ip) => {
      const routed = Buffer.from(ip);
      routed[8]! -= 1;
      return vlanEthernet([20])(routed);
    }).map((packet) => ({ ...packet, timeMicros: packet.timeMicros + 40 }));
    const both = await run([...one, ...copies]);
    expect(namesOf(both)).toEqual(['one.example', 'one.example']);
    const oneWay = [...one, ...copies].filter(({ data }) => isFromClient(data.subarray(18)));
    expect(namesOf(await run(oneWay))).toEqual(['one.example', 'one.example']);
    expect(namesOf(await run([...one, ...copies], true))).toEqual(['one.example']);
  });

  it('keep fragments apart', async () => {
    const fragments = (name: string, vlan: number): ForgedPacket[] => {
      const packet = udpPacket(
        V4.client,
        { ...V4.server, port: 53 },
        dnsQuery(1, { name: `a-long-label-in-front.${name}` }),
      );
      return fragmentIp(packet, 32, 7).map((ip, n) => ({
        data: vlanEthernet([vlan])(ip),
        timeMicros: FORGE_EPOCH_MICROS + 10 * n + vlan,
      }));
    };
    const records = await run([...fragments('one.example', 1), ...fragments('two.example', 2)]);
    expect(namesOf(records)).toEqual(['a-long-label-in-front.one.example', 'a-long-label-in-front.two.example']);
  });
});

describe('the table of network segments', () => {
  it('numbers each once', () => {
    const table = new SegmentTable(3);
    const ids = [table.ofVlan(10), table.idOf(10, -1), table.idOf(0x1_00a, -1), table.idOf(0, 5), table.idOf(10, 5)];
    expect(ids).toEqual([1, 1, 2, 3, 4]);
    expect([table.vlansOf(4), table.networkOf(4), table.networkOf(1), table.vlansOf(0)]).toEqual([10, 5, -1, 0]);
    expect(table.ofVlan(0)).toBe(0);
  });

  it('takes no more than it has ids for, and counts the others', () => {
    const table = new SegmentTable(3);
    for (let network = 0; network < MAX_SEGMENTS; network++) table.idOf(0, network);
    expect([table.size, table.idOf(0, MAX_SEGMENTS + 1), table.ofVlan(3), table.refused]).toEqual([
      MAX_SEGMENTS,
      0,
      0,
      2,
    ]);
    expect(table.networkOf(table.idOf(0, 777))).toBe(777);
  });
});
