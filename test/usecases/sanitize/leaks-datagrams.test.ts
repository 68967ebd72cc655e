/** Payloads of UDP that carry addresses, names and times. */
import { describe } from 'vitest';
import { der, sequence } from '../../forge/certificate.js';
import { dnsName } from '../../forge/dns.js';
import { be8, be16, be32, hex, vector } from '../../forge/fields.js';
import { addressBytes } from '../../forge/ip.js';
import { retryPacket } from '../../forge/quic.js';
import { udpPacket } from '../../forge/transport.js';
import {
  ends,
  ip,
  type Kind,
  leakTests,
  MAC,
  MAC_BYTES,
  NAME,
  SERVER,
  TIME,
  text,
  tlv,
  USER,
  udp,
  udpBoth,
  V4,
  V6,
  V6_SERVER,
} from './leak-kinds.js';
import { netbios } from './secrets.js';

const dhcp = (...options: Buffer[]) =>
  Buffer.concat([
    hex('010106003903f32600000000'),
    addressBytes(V4),
    addressBytes(V4),
    addressBytes(SERVER),
    be32(0),
    MAC_BYTES,
    Buffer.alloc(10),
    Buffer.from(USER.padEnd(64, '\0')),
    Buffer.from(NAME.padEnd(128, '\0')),
    hex('63825363 350101'),
    ...options,
    hex('ff'),
  ]);
const xored = Buffer.from(addressBytes(V4).map((byte, i) => byte ^ [0x21, 0x12, 0xa4, 0x42][i]!));
const answer = (name: Buffer, type: number, data: Buffer) =>
  Buffer.concat([name, be16(type), hex('0001 00000078'), vector(2, data)]);
const dns = (...records: Buffer[]) =>
  Buffer.concat([hex('000084000000'), be16(records.length), hex('00000000'), ...records]);
const nbName = (name: string) => Buffer.concat([be8(32), text(netbios(`${name.padEnd(15)}\0`)), be8(0)]);

const DATAGRAMS: Kind[] = [
  {
    name: 'DHCP',
    frames: [
      ip(
        udpPacket(
          { ...ends, port: 68 },
          { address: SERVER, port: 67 },
          dhcp(
            tlv(61, Buffer.concat([be8(1), MAC_BYTES])),
            tlv(50, addressBytes(V4)),
            tlv(12, text('geheimnis')),
            tlv(15, text('example-werk.org')),
            tlv(60, text(USER)),
            tlv(43, text(USER)),
            tlv(66, text(NAME)),
            tlv(67, text(USER)),
            tlv(77, text(USER)),
            tlv(82, tlv(1, MAC_BYTES)),
            tlv(81, Buffer.concat([hex('040000'), dnsName(NAME)])),
            tlv(119, dnsName(NAME)),
            tlv(121, Buffer.concat([hex('18cb0071'), addressBytes(V4)])),
            tlv(125, text(USER)),
            tlv(56, text(USER)),
          ),
        ),
      ),
    ],
  },
  {
    name: 'BOOTP without a cookie',
    frames: [ip(udpPacket({ ...ends, port: 68 }, { address: SERVER, port: 67 }, dhcp().subarray(0, 236)))],
  },
  {
    name: 'DHCPv6',
    frames: [
      ip(
        udpPacket(
          { address: V6, port: 546 },
          { address: V6_SERVER, port: 547 },
          Buffer.concat([
            hex('01a1b2c3 0001000e000100012a3b4c5d'),
            MAC_BYTES,
            hex('0027'),
            vector(2, be8(0), dnsName(NAME)),
            hex('0005'),
            vector(2, addressBytes(V6), be32(0), be32(0)),
          ]),
        ),
      ),
    ],
  },
  {
    name: 'DNS',
    frames: [
      ip(
        udpPacket(
          { address: SERVER, port: 53 },
          ends,
          dns(
            answer(dnsName(NAME), 1, addressBytes(V4)),
            answer(dnsName(NAME), 28, addressBytes(V6)),
            answer(dnsName('77.113.0.203.in-addr.arpa'), 12, dnsName(NAME)),
            answer(dnsName(`${[...addressBytes(V6).toString('hex')].reverse().join('.')}.ip6.arpa`), 12, dnsName(NAME)),
            answer(dnsName(NAME), 16, vector(1, text(`user=${USER}`))),
            answer(dnsName(NAME), 6, Buffer.concat([dnsName(NAME), dnsName(`alice.${NAME}`), Buffer.alloc(20)])),
            answer(
              dnsName(NAME),
              35,
              Buffer.concat([
                be32(1),
                vector(1, text('s')),
                vector(1, text(USER)),
                vector(1, text(NAME)),
                dnsName(NAME),
              ]),
            ),
            answer(dnsName(NAME), 47, Buffer.concat([dnsName(`alice.${NAME}`), hex('000140')])),
            answer(dnsName(NAME), 13, vector(1, text(USER))),
            answer(dnsName(NAME), 257, Buffer.concat([hex('0005'), text(`issue${NAME}`)])),
            answer(
              be8(0),
              41,
              Buffer.concat([hex('0008 0008 0001 2000'), addressBytes(V4), hex('fde9'), vector(2, MAC_BYTES)]),
            ),
          ),
        ),
      ),
    ],
  },
  {
    name: 'mDNS',
    frames: [
      ip(
        udpPacket(
          { ...ends, port: 5353 },
          { address: '224.0.0.251', port: 5353 },
          dns(
            answer(
              dnsName('_http._tcp.local'),
              12,
              Buffer.concat([vector(1, text('Wunderlich Alice printer')), dnsName('_http._tcp.local')]),
            ),
            answer(dnsName('_001b215ec7e7._sub._apple-mobdev2._tcp.local'), 12, dnsName('geheimnis.local')),
            answer(dnsName('geheimnis.local'), 33, Buffer.concat([hex('000000000050'), dnsName('geheimnis.local')])),
            answer(dnsName('geheimnis.local'), 16, vector(1, text('deviceid=00:1B:21:5E:C7:E7'))),
            answer(dnsName('geheimnis.local'), 47, Buffer.concat([dnsName('geheimnis.local'), hex('000440000008')])),
          ),
        ),
      ),
    ],
  },
  { name: 'LLMNR', frames: [udp(5355, hex('123400000001000000000000'), dnsName('geheimnis'), hex('00010001'))] },
  {
    name: 'NetBIOS names',
    frames: [
      udpBoth(
        137,
        hex('123429100001000000000001'),
        nbName('GEHEIMNIS'),
        hex('00200001 c00c0020 0001 00000000 0006 0000'),
        addressBytes(V4),
      ),
    ],
  },
  {
    name: 'NetBIOS node status',
    frames: [
      udpBoth(
        137,
        hex('123484000000000100000000'),
        nbName('GEHEIMNIS'),
        hex('00210001 00000000'),
        vector(2, be8(1), text('GEHEIMNIS      '), hex('000400'), MAC_BYTES, Buffer.alloc(40)),
      ),
    ],
  },
  {
    name: 'NetBIOS datagrams',
    frames: [
      udpBoth(
        138,
        hex('110a1234'),
        addressBytes(V4),
        hex('008a00c00000'),
        nbName('GEHEIMNIS'),
        nbName('WUNDERLICH'),
        hex('ff534d4225000000'),
        Buffer.alloc(24),
        text('\\MAILSLOT\\BROWSE\0'),
        text('GEHEIMNIS\0'),
      ),
    ],
  },
  {
    name: 'STUN',
    frames: [
      udp(
        3478,
        hex('01010030 2112a442 0102030405060708090a0b0c 00200008 0001c3b5'),
        xored,
        hex('00010008 0001e2ab'),
        addressBytes(V4),
        hex('00060010'),
        text(USER),
      ),
    ],
  },
  {
    name: 'SSDP',
    frames: [
      udp(
        1900,
        text(
          `NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nLOCATION: http://${V4}:80/${USER}.xml\r\nSERVER: ${NAME}\r\nUSN: uuid:${MAC.replaceAll(':', '')}\r\nNT: upnp:rootdevice\r\n\r\n`,
        ),
      ),
    ],
  },
  {
    name: 'SIP',
    frames: [
      udpBoth(
        5060,
        text(
          `INVITE sip:${USER}@${NAME} SIP/2.0\r\nVia: SIP/2.0/UDP ${V4}:5060;branch=z9hG4bK77\r\nFrom: "Alice" <sip:${USER}@${NAME}>;tag=1\r\nCall-ID: 77@${V4}\r\nContact: <sip:${USER}@${V4}>\r\nContent-Type: application/sdp\r\nContent-Length: 60\r\n\r\nv=0\r\no=${USER} 1 1 IN IP4 ${V4}\r\ns=-\r\nc=IN IP4 ${V4}\r\nm=audio 49170 RTP/AVP 0\r\n`,
        ),
      ),
    ],
  },
  {
    name: 'SNMP',
    frames: [
      udp(
        161,
        sequence(
          der(2, be8(1)),
          der(4, text('wunderlich')),
          der(
            0xa0,
            der(2, be8(1)),
            der(2, be8(0)),
            der(2, be8(0)),
            sequence(sequence(der(6, hex('2b06010201010500')), der(4, text(NAME)))),
          ),
        ),
      ),
    ],
  },
  {
    name: 'syslog',
    frames: [udp(514, text(`<34>Oct 11 22:14:15 geheimnis su: 'su root' failed for ${USER} on ${V4} ${MAC}`))],
  },
  { name: 'TFTP', frames: [udp(69, hex('0001'), text(`${USER}.cfg\0octet\0`))] },
  {
    name: 'collectd, whose host name must be text',
    frames: [
      udp(
        25_826,
        hex('0000000f'),
        text('wunderlich\0'),
        hex('0001000c'),
        Buffer.alloc(8),
        hex('0007000c'),
        Buffer.alloc(8),
      ),
    ],
  },
  {
    name: 'NTP',
    frames: [
      udpBoth(123, hex('240206e7 00000a1b 00000b2c'), addressBytes(V4), TIME, TIME, TIME, TIME, TIME, TIME, TIME, TIME),
    ],
    bytes: [TIME],
  },
  {
    name: 'RADIUS',
    frames: [
      udp(
        1812,
        hex('01070060'),
        Buffer.alloc(16, 7),
        tlv(1, text(USER)),
        tlv(4, addressBytes(V4)),
        tlv(31, text(MAC)),
        tlv(32, text(NAME)),
        Buffer.alloc(5),
      ),
    ],
  },
  {
    name: 'Kerberos',
    frames: [
      udp(
        88,
        der(
          0x6a,
          sequence(
            der(0xa1, der(2, be8(5))),
            der(0xa2, der(2, be8(10))),
            der(
              0xa4,
              sequence(
                der(0xa1, sequence(der(0xa0, der(2, be8(1))), der(0xa1, sequence(der(0x1b, text(USER)))))),
                der(0xa2, der(0x1b, text('EXAMPLE-WERK.ORG'))),
              ),
            ),
          ),
        ),
      ),
    ],
  },
  {
    name: 'CLDAP',
    frames: [
      udp(
        389,
        sequence(
          der(2, be8(1)),
          der(
            0x63,
            der(4),
            der(0x0a, be8(0)),
            der(0x0a, be8(0)),
            der(2, be8(0)),
            der(2, be8(0)),
            der(1, be8(0)),
            der(0xa3, der(4, text('DnsDomain')), der(4, text(NAME))),
          ),
        ),
      ),
    ],
  },
  {
    name: 'a QUIC Retry',
    frames: [
      udp(
        443,
        retryPacket({
          destinationConnectionId: hex('0102030405060708'),
          sourceConnectionId: hex('1112131415161718'),
          originalDestinationConnectionId: hex('21222324'),
          token: text(`${USER} ${V4}`),
        }),
      ),
    ],
  },
];

describe('datagrams', () => leakTests(DATAGRAMS));
