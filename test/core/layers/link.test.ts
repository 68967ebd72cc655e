import { describe, expect, it } from 'vitest';
import { TOO_MANY_LAYERS, UNSUPPORTED_LINK_TYPE } from '../../../src/core/common/anomaly.js';
import { DECODED, MALFORMED, UNSUPPORTED } from '../../../src/core/layers/packet-view.js';
import { decode, ETHERNET, ethernet, hex, INNER, INNER_V6, payloadText, tuple, u16be } from './frames.js';

const V4 = '192.0.2.1:40000 > 192.0.2.2:443 6';
const V6 = '[2001:db8::1]:40000 > [2001:db8::2]:443 17';
const join = (head: string, payload: Buffer) => Buffer.concat([hex(head), payload]);
const snap = (etherType: string, payload: Buffer) => join(`aaaa03 000000 ${etherType}`, payload);

/** An 802.11 data frame header: frame control as it stands in the frame, then the rest of the basic header. */
const wlan = (control: string, payload: Buffer, rest = '') =>
  join(`${control} 2c00 020000000001 020000000002 020000000003 1000 ${rest}`, payload);

const cases: [name: string, linkType: number, frame: Buffer, expected: string][] = [
  ['Ethernet II', 1, ethernet(0x0800, INNER), V4],
  ['Ethernet II with IPv6', 1, ethernet(0x86dd, INNER_V6), V6],
  ['IPv6 under the EtherType of IPv4', 1, ethernet(0x0800, INNER_V6), V6],
  ['802.3 with LLC and SNAP', 1, ethernet(8 + INNER.length, snap('0800', INNER)), V4],
  ['802.3 with LLC and an IP SAP', 1, ethernet(3 + INNER.length, join('060603', INNER)), V4],
  ['bridged Ethernet in SNAP', 1, ethernet(0x8870, join('aaaa03 0080c2 0007 0000', ethernet(0x0800, INNER))), V4],
  ['802.1Q', 1, ethernet(0x8100, join('e0640800', INNER)), V4],
  ['802.1ad and 802.1Q', 1, ethernet(0x88a8, join('0001 8100 0064 0800', INNER)), V4],
  ['old stacked tags', 1, ethernet(0x9100, join('0001 9200 0002 8100 0064 0800', INNER)), V4],
  ['802.1Q before LLC', 1, ethernet(0x8100, Buffer.concat([u16be(100, 8 + INNER.length), snap('0800', INNER)])), V4],
  ['802.1ah', 1, ethernet(0x88e7, join('00000001 020000000003 020000000004 0800', INNER)), V4],
  ['VN-Tag', 1, ethernet(0x8926, join('00010002 0800', INNER)), V4],
  ['FabricPath', 1, ethernet(0x8903, join('0420', ethernet(0x0800, INNER))), V4],
  ['NSH', 1, ethernet(0x894f, join('0fc20202 00000100', INNER_V6)), V6],
  ['MPLS, two labels', 1, ethernet(0x8847, join('00010040 00011140', INNER)), V4],
  ['MPLS with IPv6', 1, ethernet(0x8847, join('00011140', INNER_V6)), V6],
  ['MPLS pseudowire', 1, ethernet(0x8847, join('00011140 00000000', ethernet(0x0800, INNER))), V4],
  ['PPPoE', 1, ethernet(0x8864, Buffer.concat([hex('11000001'), u16be(2 + INNER.length), hex('0021'), INNER])), V4],
  [
    'PPPoE with a compressed protocol',
    1,
    ethernet(0x8864, Buffer.concat([hex('11000001'), u16be(1 + INNER_V6.length), hex('57'), INNER_V6])),
    V6,
  ],
  ['null, little-endian', 0, join('02000000', INNER), V4],
  ['null, big-endian', 0, join('00000002', INNER), V4],
  ['null, IPv6 of Linux', 0, join('0a000000', INNER_V6), V6],
  ['null, IPv6 of NetBSD', 0, join('18000000', INNER_V6), V6],
  ['null, IPv6 of FreeBSD', 0, join('0000001c', INNER_V6), V6],
  ['null, IPv6 of macOS', 0, join('1e000000', INNER_V6), V6],
  ['loop', 108, join('00000002', INNER), V4],
  ['enc', 109, join('02000000 12345678 00000000', INNER), V4],
  ['raw 12', 12, INNER, V4],
  ['raw 14', 14, INNER_V6, V6],
  ['raw 101', 101, INNER, V4],
  ['raw IPv4', 228, INNER, V4],
  ['raw IPv6', 229, INNER_V6, V6],
  ['PPP with address and control', 9, join('ff03 0021', INNER), V4],
  ['PPP without', 9, join('0057', INNER_V6), V6],
  ['PPP with MPLS', 50, join('ff03 0281 00011140', INNER), V4],
  ['Cisco HDLC labelled PPP', 9, join('0f00 0800', INNER), V4],
  ['PPPoE as link type', 51, Buffer.concat([hex('11000001'), u16be(2 + INNER.length), hex('0021'), INNER]), V4],
  ['Cisco HDLC', 104, join('0f00 0800', INNER), V4],
  ['Cisco HDLC with MPLS', 104, join('0f00 8847 00011140', INNER), V4],
  ['PPP in HDLC', 104, join('ff03 0021', INNER), V4],
  ['PPP with direction', 204, join('01 ff03 0021', INNER), V4],
  ['pppd', 166, join('0103 0021', INNER), V4],
  ['HDLC with direction', 205, join('01 0f00 0800', INNER), V4],
  ['Linux cooked', 113, join('0000 0001 0006 020000000001 0000 0800', INNER), V4],
  ['Linux cooked with a tag', 113, join('0000 0001 0006 020000000001 0000 8100 0064 86dd', INNER_V6), V6],
  ['Linux cooked with LLC', 113, join('0000 0001 0006 020000000001 0000 0004', snap('0800', INNER)), V4],
  ['Linux cooked 2', 276, join('86dd 0000 00000002 0001 00 06 0200000000010000', INNER_V6), V6],
  ['FDDI', 10, join('57 020000000001 020000000002', snap('0800', INNER)), V4],
  ['ATM with LLC', 11, snap('0800', INNER), V4],
  ['802.11 to the distribution system', 105, wlan('0801', snap('0800', INNER)), V4],
  ['802.11 with four addresses', 105, wlan('0803', snap('0800', INNER), '020000000004'), V4],
  ['802.11 QoS', 105, wlan('8802', snap('86dd', INNER_V6), '0000'), V6],
  ['802.11 QoS with HT control', 105, wlan('8882', snap('0800', INNER), '0000 00000000'), V4],
  [
    '802.11 A-MSDU',
    105,
    wlan(
      '8802',
      Buffer.concat([hex('020000000001 020000000002'), u16be(8 + INNER.length), snap('0800', INNER)]),
      '8000',
    ),
    V4,
  ],
  ['radiotap', 127, Buffer.concat([hex('0000 0800 00000000'), wlan('0801', snap('0800', INNER))]), V4],
  [
    'radiotap, check sequence',
    127,
    Buffer.concat([
      hex('0000 1900 03000080 00000000 00000000 0000000000000000 10'),
      wlan('0801', snap('0800', INNER)),
      hex('deadbeef'),
    ]),
    V4,
  ],
  [
    'radiotap, padded header',
    127,
    Buffer.concat([hex('0000 0900 02000000 20'), wlan('8801', snap('0800', INNER), '0000 0000')]),
    V4,
  ],
  ['PPI', 192, join('00000800 69000000', wlan('0801', snap('0800', INNER))), V4],
  ['PPI with Ethernet', 192, join('00000c00 01000000 00000000', ethernet(0x0800, INNER)), V4],
  ['Prism', 119, join('44000000 10000000 0000000000000000', wlan('0801', snap('0800', INNER))), V4],
  ['AVS under Prism', 119, join('80211001 00000010 0000000000000000', wlan('0801', snap('0800', INNER))), V4],
  ['AVS', 163, join('80211001 00000010 0000000000000000', wlan('0801', snap('0800', INNER))), V4],
  [
    'NFLOG',
    239,
    Buffer.concat([hex('02000000 0500 0a00 61000000'), Buffer.from([4 + INNER.length, 0, 9, 0]), INNER]),
    V4,
  ],
  ['NFLOG, big-endian', 239, Buffer.concat([hex('0a000000'), u16be(4 + INNER_V6.length, 9), INNER_V6]), V6],
  ['IP over IEEE 1394', 138, join('0102030405060708 0102030405060708 0800', INNER), V4],
  ['Cisco Meta Data with a security group tag', 1, ethernet(0x8909, join('0101 0001 0010 0800', INNER)), V4],
  ['Cisco Meta Data under a VLAN tag', 1, ethernet(0x8100, join('0064 8909 0101 0001 0010 86dd', INNER_V6)), V6],
  ['HSR', 1, ethernet(0x892f, Buffer.concat([u16be(INNER.length + 6, 7, 0x0800), INNER])), V4],
  ['HSR before a VLAN tag', 1, ethernet(0x892f, join('002f 0007 8100 0064 0800', INNER)), V4],
  ['PRP trailer', 1, Buffer.concat([ethernet(0x0800, INNER), hex('0007 a033 88fb')]), V4],
  ['E-tag', 1, ethernet(0x893f, join('e000 0001 0000 0800', INNER)), V4],
  ['MACsec without encryption', 1, ethernet(0x88e5, join('20 00 00000001 0200000000010001 0800', INNER)), V4],
  ['MACsec without a channel', 1, ethernet(0x88e5, join('00 00 00000001 0800', INNER)), V4],
  [
    'MACsec with a short length, padding and check value',
    1,
    ethernet(
      0x88e5,
      Buffer.concat([hex('00'), Buffer.from([2 + INNER.length]), hex('00000001 0800'), INNER, hex('0000deadbeef')]),
    ),
    V4,
  ],
  ['Arista time stamp, 64 bits', 1, ethernet(0xd28b, join('0001 0010 6000000000000001 0800', INNER)), V4],
  ['Arista time stamp, 48 bits, UTC', 1, ethernet(0xd28b, join('0001 0120 600000000001 86dd', INNER_V6)), V6],
  ['EDSA by its EtherType', 1, ethernet(0xdada, join('0000 c0080001 0800', INNER)), V4],
  ['Broadcom tag by its EtherType', 1, ethernet(0x8874, join('00000001 0800', INNER)), V4],
  [
    'ISL',
    1,
    Buffer.concat([
      hex('01000c000000 020000000001 005e aaaa03 00000c 0014 0001 0000'),
      ethernet(0x0800, INNER),
      hex('deadbeef'),
    ]),
    V4,
  ],
  [
    'ISL with token ring',
    1,
    Buffer.concat([
      hex('03000c000010 020000000001 005e aaaa03 00000c 0014 0001 0000'),
      join('1040 020000000002 020000000001', snap('0800', INNER)),
    ]),
    V4,
  ],
  ['DSA', 284, join('020000000002 020000000001 c0080001 0800', INNER), V4],
  [
    'DSA before LLC',
    284,
    Buffer.concat([hex('020000000002 020000000001 c0080001'), u16be(8 + INNER.length), snap('0800', INNER)]),
    V4,
  ],
  ['EDSA', 285, join('020000000002 020000000001 dada 0000 c0080001 0800', INNER), V4],
  ['Broadcom tag', 281, join('020000000002 020000000001 00000001 0800', INNER), V4],
  ['Broadcom tag in front', 282, join('00000001', ethernet(0x0800, INNER)), V4],
  ['token ring', 6, join('1040 020000000002 020000000001', snap('0800', INNER)), V4],
  ['token ring with a source route', 6, join('1040 020000000002 820000000001 0630 0011 0020', snap('0800', INNER)), V4],
  ['ARCnet', 7, join('0102 d4 00 0001', INNER), V4],
  ['ARCnet, an exception frame', 7, join('0102 d4 ff ffff d4 00 0001', INNER), V4],
  ['ARCnet, the first of several pieces', 7, join('0102 d4 01 0001', INNER), V4],
  ['ARCnet of RFC 1051', 7, join('0102 f0', INNER), V4],
  ['ARCnet with IPv6', 129, join('0102 0000 c4 00 0001', INNER_V6), V6],
  ['ARCnet on Linux', 129, join('0102 0000 d4 00 0001', INNER), V4],
  ['frame relay', 107, join('1841 03 cc', INNER), V4],
  ['frame relay with IPv6', 107, join('1841 03 8e', INNER_V6), V6],
  ['frame relay with a pad', 107, join('1841 03 00 cc', INNER), V4],
  ['frame relay with SNAP', 107, join('1841 03 00 80 000000 0800', INNER), V4],
  ['frame relay with bridged Ethernet', 107, join('1841 03 00 80 0080c2 0007', ethernet(0x0800, INNER)), V4],
  ['frame relay with PPP', 107, join('1841 03 cf 0021', INNER), V4],
  ['frame relay of Cisco', 107, join('1841 0800', INNER), V4],
  ['frame relay with a long address', 107, join('18400041 03 cc', INNER), V4],
  ['frame relay with direction', 206, join('00 1841 03 cc', INNER), V4],
  ['ipnet', 226, join('01 02 0000 00000040 00000001 00000000 00000000 00000000', INNER), V4],
  [
    'IP over InfiniBand',
    242,
    Buffer.concat([Buffer.alloc(20), hex('80000550 fe800000000000000010e000664ab451 0800 0000'), INNER]),
    V4,
  ],
  ['PKTAP', 258, join('10000000 01000000 01000000 00000000', ethernet(0x0800, INNER)), V4],
  ['PKTAP under the old number', 149, join('10000000 01000000 0c000000 00000000', INNER), V4],
  ['Juniper Ethernet', 178, join('4d4743 80 0006 010203040506', ethernet(0x0800, INNER)), V4],
  ['Juniper without a link header', 178, join('4d4743 02 02000000', INNER), V4],
  ['ATM Classical IP', 19, join('aaaa03 000000 0800', INNER), V4],
  ['ATM Classical IP without LLC', 106, INNER, V4],
  ['null, an EtherType in the family', 0, join('00080000', INNER), V4],
  ['null, an EtherType behind another byte', 0, join('0f000800', INNER), V4],
  ['IP over Fibre Channel', 122, join('0000020000000001 0000020000000002', snap('0800', INNER)), V4],
];

describe('link layers', () => {
  it.each(cases)('%s leads to the connection', (_name, linkType, frame, expected) => {
    const view = decode(frame, linkType);
    expect(tuple(view)).toBe(expected);
    expect(view.status).toBe(DECODED);
    expect(payloadText(view)).toBe('inner');
    expect(view.hasTransport).toBe(true);
  });

  it('keeps the innermost two VLAN identifiers', () => {
    expect(decode(ethernet(0x88a8, join('0001 8100 e064 0800', INNER))).vlans).toBe((1 << 12) | 100);
    expect(decode(ethernet(0x8100, join('0007 0800', INNER))).vlans).toBe(7);
    expect(decode(ethernet(0x0800, INNER)).vlans).toBe(0);
  });

  it('takes VLAN 0 for the priority that it is', () => {
    expect(decode(ethernet(0x8100, join('e000 0800', INNER))).vlans).toBe(0);
    expect(decode(ethernet(0x8100, join('2000 8100 0007 0800', INNER))).vlans).toBe(7);
  });

  it('keeps Ethernet padding and trailers out of the payload', () => {
    const view = decode(Buffer.concat([ethernet(0x0800, INNER), hex('000000000000deadbeef')]));
    expect(payloadText(view)).toBe('inner');
    expect(view.payloadWireLen).toBe(5);
  });

  it.each([
    ['ARP', ethernet(0x0806, Buffer.alloc(28))],
    ['PPPoE discovery', ethernet(0x8863, hex('11090001 0000'))],
    ['spanning tree', ethernet(38, hex('424203 0000'))],
    ['LLDP', ethernet(0x88cc, hex('0207'))],
    ['a length of zero', ethernet(0x8100, hex('0064 0806'))],
  ])('ends without an address at %s', (_name, frame) => {
    expect(decode(frame)).toMatchObject({ ipVersion: 0, status: DECODED, hasTransport: false });
  });

  it.each([
    ['protected', '0841'],
    ['management', '8000'],
    ['without data', '4801'],
  ])('stops at 802.11 frames that are %s', (_name, control) => {
    expect(decode(wlan(control, snap('0800', INNER)), 105)).toMatchObject({ ipVersion: 0, status: DECODED });
  });

  it('names a link type that it does not know', () => {
    for (const linkType of [2, 147, 195, 277, 65535, -1]) {
      expect(decode(INNER, linkType)).toMatchObject({ status: UNSUPPORTED, anomaly: UNSUPPORTED_LINK_TYPE });
    }
  });

  it('ends a stack of tags without an end', () => {
    const tags = Buffer.concat(Array.from({ length: 40 }, () => hex('0001 8100')));
    expect(decode(ethernet(0x8100, tags), ETHERNET)).toMatchObject({ status: MALFORMED, anomaly: TOO_MANY_LAYERS });
  });

  it('passes a long stack of 802.1ah tags as one layer', () => {
    const tag = hex('00000001 020000000003 020000000004 88e7');
    const tags = Buffer.concat(Array.from({ length: 50 }, () => tag));
    tags.writeUInt16BE(0x0800, tags.length - 2);
    expect(tuple(decode(ethernet(0x88e7, Buffer.concat([tags, INNER]))))).toBe(V4);
  });
});
