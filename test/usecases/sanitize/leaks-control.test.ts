/** Messages of links, of IP and of its extensions that carry addresses and names. */
import { describe } from 'vitest';
import { dnsName } from '../../forge/dns.js';
import { be16, be32, hex, vector } from '../../forge/fields.js';
import { addressBytes, ipPacket } from '../../forge/ip.js';
import {
  frame,
  INNER,
  INNER_V6,
  ip,
  type Kind,
  leakTests,
  MAC_BYTES,
  macs,
  NAME,
  SERVER,
  TIME,
  text,
  USER,
  udpBoth,
  V4,
  V6,
  V6_SERVER,
  v4,
  v6,
} from './leak-kinds.js';

const CONTROL: Kind[] = [
  {
    name: 'ARP',
    frames: [
      frame(0x0806, hex('0001080006040001'), MAC_BYTES, addressBytes(V4), hex('0050569abc3d'), addressBytes(SERVER)),
    ],
  },
  {
    name: 'ARP, padded with rests',
    frames: [
      frame(
        0x0806,
        hex('0001080006040001'),
        MAC_BYTES,
        addressBytes(V4),
        hex('0050569abc3d'),
        addressBytes(SERVER),
        text(USER),
      ),
    ],
  },
  {
    name: 'RARP',
    frames: [frame(0x8035, hex('0001080006040003'), MAC_BYTES, addressBytes(V4), MAC_BYTES, addressBytes(V4))],
  },
  {
    name: 'LLDP',
    frames: [
      frame(
        0x88cc,
        hex('020704'),
        MAC_BYTES,
        hex('0a10'),
        text(USER),
        hex('100c0501'),
        addressBytes(V4),
        hex('020000000100'),
      ),
    ],
  },
  {
    name: 'CDP',
    frames: [Buffer.concat([macs, be16(40), hex('aaaa0300000c2000'), hex('02b40000'), hex('00010014'), text(USER)])],
  },
  {
    name: 'spanning tree',
    frames: [
      Buffer.concat([
        macs,
        be16(38),
        hex('424203'),
        hex('0000000000'),
        be16(0x8000),
        MAC_BYTES,
        be32(0),
        be16(0x8000),
        MAC_BYTES,
        Buffer.alloc(10),
      ]),
    ],
  },
  {
    name: 'PPPoE discovery',
    frames: [frame(0x8863, hex('11090000'), vector(2, hex('01020010'), text(USER), hex('01030006'), MAC_BYTES))],
  },
  {
    name: 'PPP authentication',
    frames: [
      frame(
        0x8864,
        hex('11000001'),
        vector(2, hex('c023'), hex('01010020'), vector(1, text(USER)), vector(1, text('geheimnis'))),
      ),
    ],
  },
  { name: 'ICMP redirect', frames: [v4(1, hex('05010000'), addressBytes(V4), INNER)] },
  {
    name: 'ICMP error that names an interface',
    frames: [
      v4(
        1,
        hex('0b00000000110000'),
        INNER,
        Buffer.alloc(28),
        hex('20000000'),
        hex('0018020a'),
        addressBytes(V4),
        vector(1, text('wunderlich')),
      ),
    ],
  },
  { name: 'ICMP echo', frames: [v4(1, hex('0800000000010001'), text(`${NAME} ${USER}`))] },
  { name: 'ICMP router advertisement', frames: [v4(1, hex('09000000 01020708'), addressBytes(V4), be32(0))] },
  {
    name: 'neighbor solicitation',
    frames: [v6(58, hex('8700000000000000'), addressBytes(V6_SERVER), hex('0101'), MAC_BYTES)],
  },
  {
    name: 'router advertisement',
    frames: [
      v6(
        58,
        hex('8600000040000708 0000000000000000'),
        hex('0101'),
        MAC_BYTES,
        hex('1903000000000e10'),
        addressBytes(V6),
        hex('1f04000000000e10'),
        dnsName('geheimnis.werk'),
        Buffer.alloc(8),
        hex('030440c0000151800000384000000000'),
        addressBytes(V6),
      ),
    ],
  },
  {
    name: 'ICMPv6 redirect',
    frames: [
      v6(
        58,
        hex('8900000000000000'),
        addressBytes(V6),
        addressBytes(V6_SERVER),
        hex('0201'),
        MAC_BYTES,
        hex('0409000000000000'),
        INNER_V6,
      ),
    ],
  },
  {
    name: 'multicast listener report',
    frames: [
      v6(
        58,
        hex('8f00000000000001'),
        hex('01000001'),
        hex('ff3e0040'),
        addressBytes(V6).subarray(0, 8),
        hex('00000001'),
        addressBytes(V6),
      ),
    ],
  },
  { name: 'node information', frames: [v6(58, hex('8c00000000020000'), TIME, TIME, be32(0), dnsName(NAME))] },
  {
    name: 'a group made of a site prefix',
    frames: [
      ip(
        ipPacket(V6, `ff3e:40:2a02:26f0:7713:5678:0:1`, 17, Buffer.concat([be16(5000), be16(5000), be16(8), be16(0)])),
      ),
    ],
    bytes: [addressBytes(V6).subarray(0, 8)],
  },
  { name: 'IGMP', frames: [v4(2, hex('22000000 00000001 01000001'), hex('ef010203'), addressBytes(V4))] },
  {
    name: 'OSPF',
    frames: [
      v4(
        89,
        hex('0201002c'),
        addressBytes(V4),
        addressBytes(SERVER),
        Buffer.alloc(4),
        text('wunder'),
        be16(0),
        addressBytes(V4),
      ),
    ],
  },
  { name: 'VRRP', frames: [v4(112, hex('21016401 0001 0000'), addressBytes(V4), text('wunderlich'))] },
  { name: 'EIGRP', frames: [v4(88, hex('0205000000000000'), addressBytes(V4), text('wunderlich'))] },
  { name: 'PIM', frames: [v4(103, hex('20000000 00180006 0100'), addressBytes(V4))] },
  { name: 'HSRP', frames: [udpBoth(1985, hex('0000100303640100'), text('wunderlich'.slice(0, 8)), addressBytes(V4))] },
  {
    name: 'IPv4 options',
    frames: [
      ip(
        ipPacket(V4, SERVER, 17, INNER.subarray(20), {
          options: Buffer.concat([
            hex('070b0c'),
            addressBytes(V4),
            addressBytes(SERVER),
            hex('880b'),
            text('wunderlic'),
            hex('440c0d01'),
            addressBytes(V4),
            TIME,
            hex('0000'),
          ]).subarray(0, 40),
        }),
      ),
    ],
    bytes: [TIME],
  },
  {
    name: 'segment routing, with a TLV',
    frames: [
      v6(
        43,
        hex('06060401 02000000'),
        addressBytes(V6),
        addressBytes(V6_SERVER),
        addressBytes(V6),
        hex('0506'),
        text('wunder'),
        INNER_V6.subarray(40),
      ),
    ],
  },
  {
    name: 'a compressed source route',
    frames: [
      v6(
        43,
        hex('06020301 e8000000'),
        addressBytes(V6).subarray(8),
        addressBytes(V6_SERVER).subarray(8),
        INNER_V6.subarray(40),
      ),
    ],
  },
  {
    name: 'destination options',
    frames: [v6(60, hex('0603 0102 0000 c910'), addressBytes(V6), hex('1e06'), text('wunder'), INNER_V6.subarray(40))],
  },
  { name: 'host identity', frames: [v6(139, hex('3b0401110000 0000'), addressBytes(V6), addressBytes(V6_SERVER))] },
  { name: 'mobility', frames: [v6(135, hex('3b0305000000 0000'), hex('0310'), addressBytes(V6), hex('000000000000'))] },
  {
    name: 'AH',
    frames: [v4(51, hex('06050000 00000001 00000001'), text('wunderlich----'), be16(0), INNER.subarray(20))],
  },
  { name: 'a protocol of IP that is not known', frames: [v4(200, addressBytes(V4), text(USER))] },
  {
    name: 'an EtherType that is not known',
    frames: [frame(0x9876, macs, text(USER)), frame(0x9876, addressBytes(V4), text(USER))],
  },
  { name: 'a link type that is not known', linkType: 147, frames: [Buffer.concat([macs, text(USER)])] },
];

describe('control traffic', () => leakTests(CONTROL));
