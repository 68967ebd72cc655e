import { describe, expect, it } from 'vitest';
import { DECODED, type PacketView } from '../../../src/core/layers/packet-view.js';
import {
  decode,
  ethernet,
  hex,
  INNER,
  INNER_V6,
  ipv4,
  ipv6,
  payloadText,
  RAW,
  tcp,
  tuple,
  u16be,
  udp,
} from './frames.js';

const V4 = '192.0.2.1:40000 > 192.0.2.2:443 6';
const V6 = '[2001:db8::1]:40000 > [2001:db8::2]:443 17';
const join = (head: string, payload: Buffer) => Buffer.concat([hex(head), payload]);
const gre = (head: string, payload: Buffer) => ipv4(47, join(head, payload));
const over = (port: number, head: string, payload: Buffer) => ipv4(17, udp(50_000, port, join(head, payload)));
const INNER_ETHERNET = ethernet(0x0800, INNER);
const TEREDO = ipv6(17, udp(40_000, 443, Buffer.from('inner')), '20010000000000000000000000000001');
const TEREDO_TUPLE = '[2001::1]:40000 > [2001:db8::2]:443 17';
const WLAN = Buffer.concat([hex('0108 2c00 020000000001 020000000002 020000000003 0110 aaaa03 000000 0800'), INNER]);

const cases: [name: string, packet: Buffer, expected: string][] = [
  ['IP in IP', ipv4(4, INNER), V4],
  ['6in4', ipv4(41, INNER_V6), V6],
  ['4in6', ipv6(4, INNER), V4],
  ['6in6in6', ipv6(41, ipv6(41, INNER_V6)), V6],
  ['GRE', gre('0000 0800', INNER), V4],
  ['GRE with checksum, key and sequence', gre('b000 86dd 00000000 00000001 00000002', INNER_V6), V6],
  ['GRE with source routes', gre('4000 0800 00000000 0800 0004 0a000001 0000 0000', INNER), V4],
  ['GRE with Ethernet', gre('0000 6558', INNER_ETHERNET), V4],
  ['GRE with PPP', gre('0000 880b', join('ff03 0021', INNER)), V4],
  ['PPTP', gre(`3081 880b 00${(INNER.length + 4).toString(16)} 0001 00000001 00000000`, join('ff03 0021', INNER)), V4],
  ['ERSPAN type I', gre('0000 88be', INNER_ETHERNET), V4],
  ['ERSPAN type II', gre('1000 88be 00000001 10640001 00000000', INNER_ETHERNET), V4],
  ['ERSPAN type III', gre('1000 22eb 00000001 20640001 00000000 0000 0000', INNER_ETHERNET), V4],
  [
    'ERSPAN type III with a subheader',
    gre('1000 22eb 00000001 20640001 00000000 0000 0001 0000000000000000', INNER_ETHERNET),
    V4,
  ],
  ['ERSPAN type III with IP', gre('1000 22eb 00000001 20640001 00000000 0000 0800', INNER), V4],
  ['WCCP', gre('0000 883e 00000000', INNER), V4],
  ['WCCP without a redirect header', gre('0000 883e', INNER), V4],
  ['PIM Register', ipv4(103, join('21000000 00000000', INNER)), V4],
  ['PIM Register of a border router, with IPv6', ipv4(103, join('21000000 80000000', INNER_V6)), V6],
  ['MPLS in IP', ipv4(137, join('00011140', INNER)), V4],
  ['EtherIP', ipv4(97, join('3000', INNER_ETHERNET)), V4],
  ['AH', ipv4(51, join('0404 0000 00000001 00000001 000000000000000000000000', INNER)), V4],
  ['VXLAN', over(4789, '08000000 00000100', INNER_ETHERNET), V4],
  ['VXLAN with a group policy', over(4789, '88000001 00000100', INNER_ETHERNET), V4],
  ['VXLAN with reserved bits set', over(4789, 'ff01d1f2 00000b00', INNER_ETHERNET), V4],
  ['VXLAN on Linux’ old port', over(8472, '08000000 00000100', INNER_ETHERNET), V4],
  ['VXLAN-GPE', over(4790, '0c000002 00000100', INNER_V6), V6],
  ['Geneve', over(6081, '0040 6558 00000100', INNER_ETHERNET), V4],
  ['Geneve with options and IP', over(6081, '0200 0800 00000100 0103800100000001', INNER), V4],
  ['GTP-U', over(2152, `30ff 00${INNER.length.toString(16)} 00000001`, INNER), V4],
  [
    'GTP-U with a sequence number',
    over(2152, `32ff 00${(INNER.length + 4).toString(16)} 00000001 00010000`, INNER),
    V4,
  ],
  [
    'GTP-U with extension headers',
    over(2152, `34ff 00${(INNER.length + 12).toString(16)} 00000001 00000085 01100985 01100900`, INNER),
    V4,
  ],
  ['GTP version 0', over(3386, `1eff 00${INNER.length.toString(16)} 0000 0000 ffffffff 0000000000000000`, INNER), V4],
  ['Teredo', over(3544, '', TEREDO), TEREDO_TUPLE],
  ['Teredo with an origin', over(3544, '0000 ffff ffffffff', TEREDO), TEREDO_TUPLE],
  [
    'Teredo with authentication and origin',
    over(3544, '0001 0000 0000000000000000 00 0000 ffff ffffffff', TEREDO),
    TEREDO_TUPLE,
  ],
  ['Teredo on another port', over(61_000, '', TEREDO), TEREDO_TUPLE],
  ['L2TP', over(1701, '0002 0001 0002', join('ff03 0021', INNER)), V4],
  [
    'L2TP with length, sequence and offset',
    over(1701, `4a02 00${(INNER.length + 20).toString(16)} 0001 0002 0000 0000 0002 0000`, join('ff03 0021', INNER)),
    V4,
  ],
  [
    'AYIYA',
    over(
      5072,
      '4052 1129 00000000 00000000000000000000000000000000 0000000000000000000000000000000000000000',
      INNER_V6,
    ),
    V6,
  ],
  ['CAPWAP with Ethernet', over(5247, '00100000 00000000', INNER_ETHERNET), V4],
  ['CAPWAP with 802.11 swapped', over(5247, '00100300 00000000', WLAN), V4],
  ['GRE in UDP', over(4754, '0000 0800', INNER), V4],
  ['MPLS in UDP', over(6635, '00011140', INNER), V4],
  [
    'GTP-U with its port as source',
    ipv4(17, udp(2152, 50_000, join(`30ff 00${INNER.length.toString(16)} 00000001`, INNER))),
    V4,
  ],
  [
    'VXLAN in GRE in 802.1Q',
    ipv4(47, join('0000 6558', ethernet(0x8100, join('0064 0800', over(4789, '08000000 00000100', INNER_ETHERNET))))),
    V4,
  ],
];

describe('tunnels', () => {
  it.each(cases)('%s leads to the innermost connection', (_name, packet, expected) => {
    const view = decode(packet, RAW);
    expect(tuple(view)).toBe(expected);
    expect(view.status).toBe(DECODED);
    expect(payloadText(view)).toBe('inner');
  });
});

describe('what only looks like a tunnel', () => {
  const OUTER = (port: number) => `10.0.0.1:50000 > 10.0.0.2:${port} 17`;
  const expectOuter = (view: PacketView, port: number) => {
    expect(tuple(view)).toBe(OUTER(port));
    expect(view.hasTransport).toBe(true);
    expect(view.status).toBe(DECODED);
  };

  it.each([1701, 2152, 3386, 3544, 4789, 4790, 5072, 5247, 6081, 8472])(
    'text on port %i is that connection’s payload',
    (port) => {
      const view = decode(
        over(port, '', Buffer.from('GET / HTTP/1.1, and so on until it is longer than a header')),
        RAW,
      );
      expectOuter(view, port);
      expect(payloadText(view)).toContain('GET / HTTP/1.1');
    },
  );

  it.each([1701, 2152, 3544, 4789, 5072, 5247, 6081])('an empty datagram on port %i stands', (port) => {
    expectOuter(decode(over(port, '', Buffer.alloc(0)), RAW), port);
  });

  it('a Teredo bubble stays with its outer connection', () => {
    const bubble = ipv6(59, Buffer.alloc(0), '20010000000000000000000000000001');
    expectOuter(decode(over(3544, '', bubble), RAW), 3544);
  });

  it.each([
    ['a wrong length', ipv6(17, udp(1, 2, Buffer.from('x')), '20010000000000000000000000000001', '', 99)],
    ['other addresses', INNER_V6],
  ])('IPv6 off the Teredo port with %s is payload', (_name, packet) => {
    expectOuter(decode(over(61_000, '', packet), RAW), 61_000);
  });

  it('an unreadable inside leaves the outer connection standing', () => {
    const view = decode(over(4789, '08000000 00000100', ethernet(0x0800, hex('4000'))), RAW);
    expect(tuple(view)).toBe(OUTER(4789));
    expect(view.hasTransport).toBe(true);
  });

  it('an inner packet without ports does not keep those of the tunnel', () => {
    const ping = ipv4(1, hex('08000000 00010001'), { src: '192.0.2.1', dst: '192.0.2.2' });
    const view = decode(over(4789, '08000000 00000100', ethernet(0x0800, ping)), RAW);
    expect(tuple(view)).toBe('192.0.2.1:0 > 192.0.2.2:0 1');
  });

  it('a PPTP acknowledgment and a GRE keep-alive are GRE', () => {
    expect(decode(gre('2081 880b 0000 0001 00000001', Buffer.alloc(0)), RAW)).toMatchObject({ ipProto: 47 });
    expect(decode(gre('0000 0000', Buffer.alloc(0)), RAW)).toMatchObject({ ipProto: 47, status: DECODED });
  });

  it('a source of 4789 answering DNS is no tunnel', () => {
    const view = decode(
      ipv4(17, udp(53, 4789, Buffer.concat([u16be(0x0812, 0x8180, 1, 1, 0, 0), Buffer.alloc(40)]))),
      RAW,
    );
    expect(tuple(view)).toBe('10.0.0.1:53 > 10.0.0.2:4789 17');
  });

  it('TCP of the tunnel ports is never a tunnel', () => {
    expect(payloadText(decode(ipv4(6, tcp(1, 4789, INNER_ETHERNET)), RAW))).toBe(INNER_ETHERNET.toString('latin1'));
  });
});
