/** Payloads of TCP, and parts of capture files, that carry addresses and names. */
import { describe, expect, it } from 'vitest';
import { certificate, der, sequence, serverFlight12 } from '../../forge/certificate.js';
import { be8, be16, be32, hex, vector } from '../../forge/fields.js';
import { addressBytes } from '../../forge/ip.js';
import { pcapFile } from '../../forge/pcap.js';
import { PcapngWriter } from '../../forge/pcapng.js';
import { TcpConversation } from '../../forge/tcp-conversation.js';
import { clientHelloRecord } from '../../forge/tls.js';
import { tcpPacket } from '../../forge/transport.js';
import {
  asPackets,
  ends,
  INNER,
  ip,
  type Kind,
  leakTests,
  MAC,
  MAC_BYTES,
  NAME,
  SERVER,
  sanitizedCopy,
  text,
  USER,
  V4,
  V6,
  WHO,
} from './leak-kinds.js';
import { secretsIn } from './secrets.js';

const talk = (port: number, ...lines: (readonly ['client' | 'server', Buffer | string])[]): Buffer[] => {
  const conversation = new TcpConversation({
    client: ends,
    server: { address: SERVER, port },
    encapsulate: ip,
  }).handshake();
  for (const [side, line] of lines) conversation.send(side, typeof line === 'string' ? text(line) : line);
  return conversation.close().packets.map(({ data }) => data);
};
const generalNames = sequence(
  der(0x82, text(NAME)),
  der(0x81, text(`${USER}@${NAME}`)),
  der(0x86, text(`https://${NAME}/${USER}`)),
  der(0x87, addressBytes(V4)),
  der(0x87, addressBytes(V6)),
  der(0xa0, der(6, hex('2b060104018237140203')), der(0xa0, der(0x0c, text(`${USER}@${NAME}`)))),
  der(
    0xa4,
    sequence(der(0x31, sequence(der(6, hex('550403')), der(0x1e, Buffer.from('wunderlich', 'utf16le').swap16())))),
  ),
);
const ENTERPRISE = hex('2b0601040183a97b0102');
const AUTHORITY_SERIAL = hex('4a3b77c2d1e0f911224a3b77');
const CERTIFICATE = certificate({
  commonName: NAME,
  altNames: [NAME],
  extensions: [
    sequence(der(6, hex('551d11')), der(4, generalNames)),
    sequence(
      der(6, hex('551d20')),
      der(
        4,
        sequence(
          sequence(
            der(6, ENTERPRISE),
            sequence(sequence(der(6, hex('2b06010505070201')), der(0x16, text(`https://${NAME}/cps`)))),
          ),
        ),
      ),
    ),
    sequence(
      der(6, hex('551d23')),
      der(4, sequence(der(0x80, text('wunderlich')), der(0xa1, der(0xa4, sequence())), der(0x82, AUTHORITY_SERIAL))),
    ),
    sequence(der(6, ENTERPRISE), der(4, text(USER))),
  ],
});

const STREAMS: Kind[] = [
  {
    name: 'HTTP requests',
    frames: talk(
      80,
      [
        'client',
        `GET /${USER}?ip=${V4} HTTP/1.1\r\nHost: ${NAME}\r\nReferer: https://${NAME}/${USER}\r\nCookie: user=${USER}; mac=${MAC}\r\nAuthorization: Basic ${text(`${USER}:geheimnis`).toString('base64')}\r\nX-Forwarded-For: ${V4}, ${V6}\r\nX-Wunderlich: 1\r\nConnection: close, X-Wunderlich\r\nUpgrade: wunderlich/1\r\nContent-Type: multipart/form-data; boundary=wunderlich; name="${USER}.pdf"\r\nContent-Length: 20\r\n\r\nuser=${USER}`,
      ],
      [
        'server',
        `HTTP/1.1 302 wunderlich\r\nLocation: https://${NAME}/\r\nServer: geheimnis\r\nSet-Cookie: u=${USER}; Domain=${NAME}\r\nContent-Type: application/vnd.example-werk.alice+json\r\nTransfer-Encoding: wunderlich\r\n\r\n`,
      ],
    ),
  },
  {
    name: 'HTTP with a method of its own',
    frames: talk(80, ['client', `WUNDERLICH /${USER} HTTP/1.1\r\nHost: ${V4}\r\n\r\n`]),
  },
  {
    name: 'HTTP proxies',
    frames: talk(3128, [
      'client',
      `GET http://${USER}:geheimnis@${NAME}:8080/${USER} HTTP/1.1\r\nHost: ${NAME}\r\nProxy-Authorization: Negotiate ${text(NAME).toString('base64')}\r\n\r\n`,
    ]),
  },
  {
    name: 'TLS 1.2 certificates',
    frames: talk(443, ['client', clientHelloRecord({ serverName: NAME })], ['server', serverFlight12([CERTIFICATE])]),
    bytes: [ENTERPRISE.subarray(2), AUTHORITY_SERIAL.subarray(0, 4)],
  },
  {
    name: 'FTP',
    frames: talk(
      21,
      ['server', `220 ${NAME} FTP server ready\r\n`],
      ['client', `USER ${USER}\r\n`],
      ['server', '331 Password required\r\n'],
      ['client', 'PASS geheimnis\r\n'],
      ['server', `230 User ${USER} logged in\r\n`],
      ['client', `PORT ${V4.replaceAll('.', ',')},195,80\r\n`],
      ['server', `227 Entering Passive Mode (${SERVER.replaceAll('.', ',')},195,81)\r\n`],
    ),
  },
  {
    name: 'SMTP',
    frames: talk(
      25,
      ['server', `220 ${NAME} ESMTP\r\n`],
      ['client', `EHLO ${NAME}\r\n`],
      ['server', `250-${NAME} Hello ${V4}\r\n250 OK\r\n`],
      ['client', `MAIL FROM:<${USER}@${NAME}>\r\n`],
      ['server', '250 OK\r\n'],
    ),
  },
  {
    name: 'IMAP',
    frames: talk(
      143,
      ['server', `* OK ${NAME} IMAP4rev1 ready\r\n`],
      ['client', `a1 LOGIN ${USER} geheimnis\r\n`],
      ['server', 'a1 OK\r\n'],
    ),
  },
  {
    name: 'POP3',
    frames: talk(
      110,
      ['server', `+OK ${NAME} POP3 <1896.697170952@${NAME}>\r\n`],
      ['client', `USER ${USER}\r\n`],
      ['server', '+OK\r\n'],
    ),
  },
  {
    name: 'IRC',
    frames: talk(
      6667,
      ['client', `NICK alice\r\nUSER ${USER} 0 * :Alice\r\n`],
      ['server', `:${NAME} 001 alice :Welcome alice!${USER}@${V4}\r\n`],
      ['client', 'JOIN #wunderlich\r\n'],
    ),
  },
  {
    name: 'SOCKS 5',
    frames: talk(
      1080,
      ['client', hex('050100')],
      ['server', hex('0500')],
      ['client', Buffer.concat([hex('05010003'), vector(1, text(NAME)), be16(443)])],
      ['server', Buffer.concat([hex('05000001'), addressBytes(V4), be16(443)])],
      ['client', clientHelloRecord({ serverName: NAME })],
    ),
  },
  {
    name: 'SOCKS 4',
    frames: talk(
      1080,
      ['client', Buffer.concat([hex('040101bb'), addressBytes(V4), text(`${USER}\0`)])],
      ['server', Buffer.concat([hex('005a01bb'), addressBytes(V4)])],
    ),
  },
  {
    name: 'the PROXY protocol',
    frames: talk(
      443,
      ['client', `PROXY TCP4 ${V4} ${SERVER} 50123 443\r\n`],
      ['client', clientHelloRecord({ serverName: NAME })],
    ),
  },
  {
    name: 'RDP',
    frames: talk(
      3389,
      [
        'client',
        Buffer.concat([
          hex('0300002f2ae00000000000'),
          text(`Cookie: mstshash=${USER.slice(0, 9)}\r\n`),
          hex('0100080003000000'),
        ]),
      ],
      ['server', hex('030000130ed000001234000209080002000000')],
    ),
  },
  {
    name: 'SMB',
    frames: talk(
      445,
      [
        'client',
        Buffer.concat([
          hex('000000d4fe534d4240000000'),
          Buffer.alloc(52),
          hex('240005000100000000000000'),
          MAC_BYTES,
          Buffer.from(NAME, 'utf16le'),
          text('NTLMSSP\0'),
          hex('03000000'),
          Buffer.from('WUNDERLICH', 'utf16le'),
        ]),
      ],
      ['server', Buffer.concat([hex('000000d4fe534d4240000000'), Buffer.alloc(52), Buffer.from(NAME, 'utf16le')])],
    ),
  },
  {
    name: 'MySQL',
    frames: talk(
      3306,
      [
        'server',
        Buffer.concat([
          hex('4a0000000a'),
          text('8.0.33\0'),
          hex('08000000'),
          text('geheimni\0'),
          Buffer.alloc(40),
          text('mysql_native_password\0'),
        ]),
      ],
      [
        'client',
        Buffer.concat([
          hex('5400000185a6ff01000000012d'),
          Buffer.alloc(23),
          text(`${USER}\0`),
          be8(0),
          text('geheimnis\0'),
        ]),
      ],
    ),
  },
  {
    name: 'PostgreSQL',
    frames: talk(
      5432,
      ['client', Buffer.concat([be32(60), be32(196_608), text(`user\0${USER}\0database\0geheimnis\0\0`)])],
      ['server', hex('520000000800000000')],
    ),
  },
  {
    name: 'Telnet',
    frames: talk(
      23,
      ['server', Buffer.concat([hex('fffd18fffd1ffffd23fffd27'), text(`${NAME} login: `)])],
      ['client', `${USER}\r\n`],
    ),
  },
  {
    name: 'SSH',
    frames: talk(22, ['server', `SSH-2.0-geheimnis_1 ${NAME}\r\n`], ['client', `SSH-2.0-alice_2 wunderlich\r\n`]),
  },
  {
    name: 'LDAP',
    frames: talk(389, [
      'client',
      sequence(
        der(2, be8(1)),
        der(0x60, der(2, be8(3)), der(4, text(`cn=${USER},dc=geheimnis`)), der(0x80, text('wunderlich'))),
      ),
    ]),
  },
  {
    name: 'XMPP',
    frames: talk(
      5222,
      [
        'client',
        `<?xml version='1.0'?><stream:stream from='${USER}@${NAME}' to='${NAME}' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>`,
      ],
      [
        'server',
        `<?xml version='1.0'?><stream:stream from='${NAME}' id='1' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>`,
      ],
    ),
  },
  {
    name: 'MQTT',
    frames: talk(
      1883,
      [
        'client',
        Buffer.concat([
          hex('104000044d51545404c2003c'),
          vector(2, text(USER)),
          vector(2, text('wunderlich')),
          vector(2, text('geheimnis')),
        ]),
      ],
      ['server', hex('20020000')],
    ),
  },
  {
    name: 'RTSP',
    frames: talk(
      554,
      ['client', `DESCRIBE rtsp://${NAME}/${USER} RTSP/1.0\r\nCSeq: 2\r\nUser-Agent: ${USER}\r\n\r\n`],
      ['server', `RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Base: rtsp://${NAME}/\r\n\r\n`],
    ),
  },
  {
    name: 'a protocol that is not known',
    frames: talk(
      47_001,
      ['client', `${USER} ${NAME} ${V4} ${MAC}`],
      ['server', Buffer.concat([MAC_BYTES, addressBytes(V4), text(NAME)])],
    ),
  },
  {
    name: 'an experimental TCP option',
    frames: [
      ip(
        tcpPacket(
          ends,
          { address: SERVER, port: 443 },
          { seq: 1, flags: 2, options: Buffer.concat([hex('fd10f989'), text('wunderlich--')]) },
        ),
      ),
    ],
  },
];

describe('streams', () => leakTests(STREAMS));

describe('files', () => {
  it('leaves out the time zone of a pcap header', async () => {
    const capture = pcapFile(asPackets([ip(INNER)]));
    capture.writeInt32LE(-18_000, 8);
    expect((await sanitizedCopy(capture)).readInt32LE(8)).toBe(0);
  });

  it('leaves out all options and blocks of pcapng but those that reading needs', async () => {
    const writer = new PcapngWriter()
      .section(false, USER)
      .interface({ name: USER, resolution: 9, offsetSeconds: 3600 });
    writer.block(5, [be32(0), Buffer.alloc(8), text(USER)]);
    writer.block(9, [text(`_HOSTNAME=${NAME}`)]);
    writer.block(0xbad, [be32(1), text(USER)]);
    for (const packet of asPackets([ip(INNER)])) writer.packet(packet, 0, `${USER} ${V4} ${MAC}`);
    const capture = writer.bytes();
    expect(secretsIn(capture, WHO)).not.toEqual([]);
    expect(secretsIn(await sanitizedCopy(capture, 'in.pcapng'), WHO)).toEqual([]);
  });
});
