/** Headers of links and tunnels that carry more than the frame's two addresses. */
import { describe } from 'vitest';
import { be8, be16, be32, hex, vector } from '../../forge/fields.js';
import { addressBytes } from '../../forge/ip.js';
import {
  frame,
  INNER,
  INNER_V6,
  ip,
  type Kind,
  leakTests,
  llc,
  MAC_BYTES,
  macs,
  SERVER,
  TIME,
  text,
  tlv,
  USER,
  udp,
  udpBoth,
  V4,
  V6,
  v4,
  wlan,
} from './leak-kinds.js';

const LINKS: Kind[] = [
  { name: 'Ethernet', frames: [ip(INNER), ip(INNER_V6)] },
  { name: 'padding of a short frame', frames: [Buffer.concat([ip(INNER), text(USER)])] },
  { name: 'radiotap', linkType: 127, frames: [Buffer.concat([hex('0000080000000000'), wlan('0801', llc(INNER))])] },
  {
    name: 'radiotap with a timer and a vendor part',
    linkType: 127,
    frames: [
      Buffer.concat([
        hex('00002c00'),
        be32(0x0300_0040),
        hex('0000000000000000'),
        TIME,
        TIME,
        hex('00000000'),
        text('wunderlich--'),
        wlan('0801', llc(INNER)),
      ]),
    ],
  },
  { name: '802.11 without a radio header', linkType: 105, frames: [wlan('0801', llc(INNER))] },
  {
    name: '802.11 between access points',
    linkType: 105,
    frames: [Buffer.concat([wlan('0803'), MAC_BYTES, llc(INNER)])],
  },
  {
    name: '802.11 beacon',
    linkType: 105,
    frames: [Buffer.concat([wlan('8000'), TIME, TIME, hex('64001104'), tlv(0, text('wunderlich'))])],
    bytes: [Buffer.concat([TIME, TIME])],
  },
  { name: 'protected 802.11', linkType: 105, frames: [wlan('0841', hex('01020320'), text(USER))] },
  {
    name: 'CAPWAP with swapped fields',
    frames: [udp(5247, hex('0018030000000000'), hex('06001b215ec7e700'), wlan('0108', llc(INNER)))],
  },
  {
    name: 'token ring with a source route',
    linkType: 6,
    frames: [Buffer.concat([hex('1040'), hex('0050569abc3d'), hex('801b215ec7e7'), hex('06303fa1fb20'), llc(INNER)])],
  },
  { name: 'FDDI', linkType: 10, frames: [Buffer.concat([hex('50'), macs, llc(INNER)])] },
  {
    name: 'ISL',
    frames: [
      Buffer.concat([hex('01000c0000'), be8(0), MAC_BYTES, be16(90), hex('aaaa03001b2100c80000 0000'), ip(INNER)]),
    ],
    bytes: [hex('03001b21')],
  },
  {
    name: 'cooked, with 8 bytes of address',
    linkType: 113,
    frames: [Buffer.concat([be16(0), be16(1), be16(8), hex('021b21fffe5ec7e7'), be16(0x0800), INNER])],
  },
  {
    name: 'cooked, with the address of a tunnel',
    linkType: 113,
    frames: [Buffer.concat([be16(0), be16(776), be16(4), addressBytes(V4), be32(0), be16(0x0800), INNER])],
  },
  {
    name: 'cooked, version 2',
    linkType: 276,
    frames: [Buffer.concat([be16(0x0800), be16(0), be32(2), be16(1), hex('0006'), MAC_BYTES, be16(0xc7e7), INNER])],
  },
  { name: 'provider backbone', frames: [frame(0x88e7, hex('00000001'), macs, be16(0x0800), INNER)] },
  {
    name: 'MACsec without encryption',
    frames: [frame(0x88e5, hex('200000000001'), MAC_BYTES, hex('0001'), be16(0x0800), INNER, Buffer.alloc(16))],
  },
  {
    name: 'IP over Fibre Channel',
    linkType: 122,
    frames: [Buffer.concat([be16(0x1000), hex('0050569abc3d'), be16(0x1000), MAC_BYTES, llc(INNER)])],
  },
  {
    name: 'IP over IEEE 1394',
    linkType: 138,
    frames: [Buffer.concat([hex('021b21fffe5ec7e7'), hex('001b21fffe5ec7e7'), be16(0x0800), INNER])],
  },
  {
    name: 'Juniper, with names of interfaces',
    linkType: 178,
    frames: [Buffer.concat([hex('4d474381'), vector(2, tlv(2, text('wunderlich-0')), tlv(1, be16(7))), ip(INNER)])],
  },
  {
    name: 'PKTAP, with the name of a process',
    linkType: 258,
    frames: [Buffer.concat([hex('20000000 01000000 01000000'), Buffer.from('wunderlich'.padEnd(20, '\0')), ip(INNER)])],
  },
  {
    name: 'NFLOG, with a prefix',
    linkType: 239,
    frames: [
      Buffer.concat([hex('02000000'), hex('10000a00'), text('wunderlich\0\0'), hex('2c000900'), INNER]),
      Buffer.concat([hex('02000000'), hex('0010000a'), text('wunderlich\0\0'), hex('002c0009'), INNER]),
    ],
  },
  {
    name: 'time stamps of Arista',
    frames: [frame(0xd28b, hex('00010010'), TIME, TIME, be16(0x0800), INNER)],
    bytes: [TIME],
  },
  {
    name: 'ERSPAN, type III',
    frames: [v4(47, hex('100022eb'), be32(1), hex('20010001'), TIME, hex('00000001'), TIME, TIME, ip(INNER))],
    bytes: [TIME],
  },
  {
    name: 'NSH, with contexts',
    frames: [frame(0x894f, hex('0fc60101 00000100'), text('wunderlich------'), INNER)],
  },
  {
    name: 'GRE, with a source route',
    frames: [
      v4(47, hex('40000800 00000000'), hex('08000008'), addressBytes(V4), addressBytes(SERVER), hex('00000000'), INNER),
    ],
  },
  {
    name: 'L2TP, with padding',
    frames: [udpBoth(1701, hex('0202 0001 0001'), be16(12), text('wunderlich--'), hex('ff030021'), INNER)],
  },
  {
    name: 'Geneve, with an option',
    frames: [udp(6081, hex('0400 6558 00000700'), hex('0102 8003'), text('wunderlich--'), ip(INNER))],
  },
  {
    name: 'Teredo, with an origin',
    frames: [udp(3544, hex('0000 3c34'), Buffer.from(addressBytes(V4).map((byte) => ~byte)), INNER_V6)],
  },
  {
    name: 'AYIYA',
    frames: [udp(5072, hex('44520129'), TIME, addressBytes(V6), Buffer.alloc(20), INNER_V6)],
    bytes: [],
  },
];

describe('links and tunnels', () => leakTests(LINKS));
