import { describe, expect, it } from 'vitest';
import { PacketBatch } from '../../../src/core/capture/packet-batch.js';
import { FURTHER_CAPTURE_FILE } from '../../../src/core/common/anomaly.js';
import { AddressTable } from '../../../src/core/flow/address-table.js';
import { DecodeStage } from '../../../src/core/flow/decode-stage.js';
import { PacketColumns } from '../../../src/core/flow/packet-columns.js';
import { UnreadCounts } from '../../../src/core/flow/unread-counts.js';
import { FragmentTable } from '../../../src/core/layers/fragments.js';
import { PacketView } from '../../../src/core/layers/packet-view.js';
import { UNREAD_ETHER_TYPE, UNREAD_LINK_TYPE, UNREAD_OTHER } from '../../../src/core/layers/unread.js';
import { ethernet, hex, INNER, INNER_V6, ipv4, ipv6, tcp, udp } from '../layers/frames.js';

const wlan = (control: string) => hex(`${control} 2c00 020000000001 020000000002 020000000003 1000 aaaa03 000000 0800`);

/** What the decode stage counts for one frame, of which the capture holds `capturedLen` bytes. */
function countsOf(frame: Buffer, linkType = 1, capturedLen = frame.length): { rows: string[]; notIp: number } {
  const stage = new DecodeStage(new PacketView(Buffer.alloc(0), new FragmentTable()), new AddressTable(1), 1);
  const batch = new PacketBatch();
  batch.buf = frame;
  batch.count = 1;
  batch.frameStart[0] = 0;
  batch.frameEnd[0] = capturedLen;
  batch.wireLen[0] = frame.length;
  batch.linkType[0] = linkType;
  stage.run(batch, new PacketColumns());
  const rows = stage.unread.rows();
  for (const { packets, bytes } of rows) expect([packets, bytes]).toEqual([1, frame.length]);
  const { packets, bytes } = stage.unread.notIp;
  expect(bytes).toBe(packets * frame.length);
  return { rows: rows.map(({ cause, value }) => (value === null ? cause : `${cause} ${value}`)), notIp: packets };
}

const unreadCases: [name: string, linkType: number, frame: Buffer, expected: string][] = [
  ['a link type', 272, Buffer.alloc(60), 'unsupported_link_type 272'],
  ['a link type inside PPI', 192, hex('00000800 10010000 0000'), 'unsupported_link_type 272'],
  ['an EtherType', 1, ethernet(0x88b5, Buffer.alloc(46)), 'unknown_ether_type 34997'],
  ['an EtherType behind a VLAN tag', 1, ethernet(0x8100, hex('0064 88b5 00000000')), 'unknown_ether_type 34997'],
  [
    'an EtherType inside VXLAN',
    101,
    ipv4(17, udp(9, 4789, Buffer.concat([hex('08000000 00000100'), ethernet(0x88b5, Buffer.alloc(46))]))),
    'unknown_ether_type 34997',
  ],
  ['an IP protocol', 101, ipv4(115, Buffer.alloc(20)), 'unknown_ip_protocol 115'],
  ['IPComp', 101, ipv6(108, Buffer.alloc(20)), 'unknown_ip_protocol 108'],
  ['MACsec, encrypted', 1, ethernet(0x88e5, hex('2c00 00000001 0200000000010001 9f3c5a7700112233')), 'macsec'],
  ['MACsec, changed', 1, ethernet(0x88e5, hex('0400 00000001 9f3c5a7700112233')), 'macsec'],
  ['a protected WLAN frame', 105, wlan('0841'), 'encrypted_wlan'],
  ['ESP', 101, ipv4(50, Buffer.alloc(40)), 'encrypted_tunnel'],
  ['MPPE', 9, hex('ff03 00fd 9000 1122334455'), 'encrypted_tunnel'],
  ['an IP version of seven', 101, hex('70000000 00000000'), 'other'],
  ['a TCP header that contradicts itself', 101, ipv4(6, Buffer.alloc(20)), 'other'],
  ['a header that the frame ends in', 101, ipv4(6, Buffer.alloc(4)), 'other'],
  ['IPv6 extension headers beyond the bound', 101, ipv6(60, Buffer.alloc(8 * 70, hex('3c00 0104 00000000'))), 'other'],
  ['IEEE 802.15.4', 195, hex('4188 01 3412 ffff 0100 3f'), 'unsupported_link_type 195'],
  ['layers without an end', 1, ethernet(0x8100, Buffer.alloc(200, hex('00018100'))), 'other'],
];

const controlCases: [name: string, linkType: number, frame: Buffer][] = [
  ['ARP', 1, ethernet(0x0806, Buffer.alloc(46))],
  ['LLDP', 1, ethernet(0x88cc, Buffer.alloc(46))],
  ['LACP', 1, ethernet(0x8809, Buffer.alloc(46))],
  ['EAPOL', 1, ethernet(0x888e, Buffer.alloc(46))],
  ['spanning tree', 1, ethernet(38, hex('424203 0000'))],
  ['Cisco discovery', 1, ethernet(20, hex('aaaa03 00000c 2000 0000'))],
  ['NetBIOS session', 1, ethernet(20, hex('f0f07f 0000'))],
  ['ARP under a security group tag', 1, ethernet(0x8909, hex('0101 0001 0010 0806 0001'))],
  ['PPPoE discovery', 1, ethernet(0x8863, hex('11090001 0000'))],
  ['PPP link control', 9, hex('ff03 c021 01010004')],
  ['WLAN beacon', 105, wlan('8000')],
];

describe('a packet that is not read', () => {
  it.each(unreadCases)('counts by its cause: %s', (_name, linkType, frame, expected) => {
    expect(countsOf(frame, linkType)).toEqual({ rows: [expected], notIp: 0 });
  });

  it.each([6, 17, 132, 1, 58])('counts as cut when the snapshot length ends in its header: IP protocol %i', (proto) => {
    const packet = proto === 58 ? ipv6(proto, Buffer.alloc(30, 0x50)) : ipv4(proto, Buffer.alloc(30, 0x50));
    const headerAt = packet.length - 30;
    for (let len = headerAt; len < headerAt + 8; len++) {
      expect(countsOf(packet, 101, len)).toEqual({ rows: ['cut_header'], notIp: 0 });
    }
    expect(countsOf(packet, 101, headerAt + 20).rows).toEqual([]);
  });

  it.each(controlCases)('is not IP: %s', (_name, linkType, frame) => {
    expect(countsOf(frame, linkType)).toEqual({ rows: [], notIp: 1 });
  });

  it.each([
    ['TCP', 1, ethernet(0x0800, INNER)],
    ['UDP over IPv6', 1, ethernet(0x86dd, INNER_V6)],
    ['OSPF', 101, ipv4(89, Buffer.alloc(44))],
    ['VRRP', 101, ipv4(112, Buffer.alloc(20))],
    ['IGMP', 101, ipv4(2, Buffer.alloc(8))],
    ['PIM hello', 101, ipv4(103, hex('20000000 00010002 0069'))],
    ['no next header', 101, ipv6(59, Buffer.alloc(0))],
    [
      'AH around TCP',
      101,
      ipv4(
        51,
        Buffer.concat([hex('0604 0000 00000001 00000001 000000000000000000000000'), tcp(1, 2, Buffer.alloc(4))]),
      ),
    ],
    [
      'ARP inside VXLAN',
      101,
      ipv4(17, udp(9, 4789, Buffer.concat([hex('08000000 00000100'), ethernet(0x0806, Buffer.alloc(28))]))),
    ],
    ['a TCP header whose options are cut', 101, ipv4(6, tcp(1, 2, Buffer.alloc(0), Buffer.alloc(8, 1)))],
  ] as [string, number, Buffer][])('is none: %s', (_name, linkType, frame) => {
    expect(countsOf(frame, linkType)).toEqual({ rows: [], notIp: 0 });
  });
});

it('counts a further capture file in the same input', () => {
  const stage = new DecodeStage(new PacketView(Buffer.alloc(0), new FragmentTable()), new AddressTable(1), 1);
  const batch = new PacketBatch();
  for (const beginsFile of [false, true, false, true]) {
    batch.beginsFile = beginsFile;
    stage.run(batch, new PacketColumns());
  }
  expect(stage.counters.anomalies[FURTHER_CAPTURE_FILE]).toBe(2);
});

describe('UnreadCounts', () => {
  it('sums what repeats, those with the most packets first', () => {
    const counts = new UnreadCounts();
    counts.add(UNREAD_OTHER, 0, 60);
    counts.add(UNREAD_ETHER_TYPE, 0x88b5, 100);
    counts.add(UNREAD_ETHER_TYPE, 0x88b5, 200);
    expect(counts.rows()).toEqual([
      { cause: 'unknown_ether_type', value: 0x88b5, name: null, packets: 2, bytes: 300 },
      { cause: 'other', value: null, name: null, packets: 1, bytes: 60 },
    ]);
  });

  it('names link types', () => {
    const counts = new UnreadCounts();
    for (const linkType of [272, 150, 9999]) counts.add(UNREAD_LINK_TYPE, linkType, 10);
    expect(counts.rows().map(({ value, name }) => [value, name])).toEqual([
      [150, 'private use'],
      [272, 'Nordic Bluetooth Low Energy'],
      [9999, null],
    ]);
  });

  it('keeps a bounded number of values apart and sums the rest by cause', () => {
    const counts = new UnreadCounts();
    for (let value = 1; value <= 10_000; value++) counts.add(UNREAD_ETHER_TYPE, value, 10);
    for (let value = 1; value <= 100; value++) counts.add(UNREAD_LINK_TYPE, value, 10);
    const rows = counts.rows();
    expect(rows).toHaveLength(66);
    expect(rows[0]).toEqual({ cause: 'unknown_ether_type', value: null, name: null, packets: 9936, bytes: 99_360 });
    expect(rows[1]).toEqual({ cause: 'unsupported_link_type', value: null, name: null, packets: 100, bytes: 1000 });
    expect(rows.reduce((sum, { packets }) => sum + packets, 0)).toBe(10_100);
  });
});
