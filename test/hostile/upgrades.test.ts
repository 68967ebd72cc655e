import { describe, expect, it } from 'vitest';
import { hex } from '../forge/fields.js';
import { httpRequest } from '../forge/http.js';
import type { Side, TcpConversation } from '../forge/tcp-conversation.js';
import { serverFlight } from '../forge/tls.js';
import { analyzePackets, browserHello, conversation, DECOY, labels, NAME, smallHello } from './engine.js';

const FOUND = `${NAME} by tls`;
const HELLO = browserHello();

type Line = readonly [side: Side, text: string | Buffer];

function dialogue(one: TcpConversation, lines: readonly Line[]): TcpConversation {
  for (const [side, text] of lines) one.send(side, typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
  return one;
}

/** Both halves of the hello, the second before the first, behind the dialogue; with and without the handshake. */
function labelsBehind(port: number, lines: readonly Line[]): string[] {
  return [true, false].flatMap((handshake) => {
    const one = conversation(0, { server: { address: '203.0.113.10', port } });
    if (handshake) one.handshake();
    dialogue(one, lines).send('client', HELLO, { segments: [900], order: handshake ? [1, 0] : [0, 1] });
    return labels(analyzePackets(one.send('server', serverFlight()).close().packets));
  });
}

const SMTP: Line[] = [
  ['server', '220 mx.example.org ESMTP Postfix\r\n'],
  ['client', 'EHLO client.example.org\r\n'],
  ['server', '250-mx.example.org\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250-STARTTLS\r\n250 DSN\r\n'],
  ['client', 'STARTTLS\r\n'],
  ['server', '220 2.0.0 Ready to start TLS\r\n'],
];

describe('TLS behind', () => {
  it.each<[string, number, Line[]]>([
    ['SMTP', 25, SMTP],
    [
      'IMAP',
      143,
      [
        ['server', '* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] Dovecot ready.\r\n'],
        ['client', 'a1 CAPABILITY\r\n'],
        ['server', '* CAPABILITY IMAP4rev1 STARTTLS\r\na1 OK done\r\n'],
        ['client', 'a2 STARTTLS\r\n'],
        ['server', 'a2 OK Begin TLS negotiation now.\r\n'],
      ],
    ],
    [
      'POP3',
      110,
      [
        ['server', '+OK Dovecot ready.\r\n'],
        ['client', 'CAPA\r\n'],
        ['server', '+OK\r\nSTLS\r\nUSER\r\n.\r\n'],
        ['client', 'STLS\r\n'],
        ['server', '+OK Begin TLS negotiation\r\n'],
      ],
    ],
    [
      'FTP',
      21,
      [
        ['server', '220 (vsFTPd 3.0.3)\r\n'],
        ['client', 'AUTH TLS\r\n'],
        ['server', '234 Proceed with negotiation.\r\n'],
      ],
    ],
    [
      'LDAP',
      389,
      [
        ['client', hex('301d02010177188016312e332e362e312e342e312e313436362e3230303337')],
        ['server', hex('300c02010178070a010004000400')],
      ],
    ],
    [
      'PostgreSQL',
      5432,
      [
        ['client', hex('00000008 04d2162f')],
        ['server', 'S'],
      ],
    ],
    [
      'MySQL',
      3306,
      [
        [
          'server',
          Buffer.concat([
            hex('4a000000 0a'),
            Buffer.from('8.0.36\0', 'latin1'),
            hex('0b000000 3a2b4c5d6e7f1122 00 ffff ff 0200 ffdf 15 00000000000000000000'),
            Buffer.alloc(35, 0x41),
          ]),
        ],
        ['client', Buffer.concat([hex('20000001 05aefa19 00000001 ff'), Buffer.alloc(23)])],
      ],
    ],
    [
      'XMPP',
      5222,
      [
        ['client', "<?xml version='1.0'?><stream:stream to='example.org' xmlns='jabber:client'>"],
        ['server', "<?xml version='1.0'?><stream:stream from='example.org' id='1' xmlns='jabber:client'>"],
        ['server', "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>"],
        ['client', "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"],
        ['server', "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"],
      ],
    ],
    [
      'NNTP',
      119,
      [
        ['server', '200 news.example.org ready\r\n'],
        ['client', 'STARTTLS\r\n'],
        ['server', '382 Continue with TLS negotiation\r\n'],
      ],
    ],
    [
      'RDP',
      3389,
      [
        ['client', hex('0300 0013 0ee0 0000 0000 0001 0008 0003 0000 00')],
        ['server', hex('0300 0013 0ed0 0000 1234 0002 0f08 0002 0000 00')],
      ],
    ],
    [
      'SOCKS 5 with a password',
      1080,
      [
        ['client', hex('050102')],
        ['server', hex('0502')],
        ['client', Buffer.concat([hex('0104'), Buffer.from('user'), hex('04'), Buffer.from('pass')])],
        ['server', hex('0100')],
        ['client', Buffer.concat([hex('05010003 0f'), Buffer.from(NAME), hex('01bb')])],
        ['server', hex('05000001 00000000 0000')],
      ],
    ],
    [
      'SOCKS 5 to an IPv6 address',
      9050,
      [
        ['client', hex('05020001')],
        ['server', hex('0500')],
        ['client', hex('05010004 20010db8000000000000000000000010 01bb')],
        ['server', hex('05000001 00000000 0000')],
      ],
    ],
    [
      'SOCKS 4A',
      1080,
      [
        ['client', Buffer.concat([hex('040101bb00000001'), Buffer.from(`me\0${NAME}\0`)])],
        ['server', hex('005a000000000000')],
      ],
    ],
    ['the PROXY protocol, version 1', 443, [['client', 'PROXY TCP4 198.51.100.1 203.0.113.10 50000 443\r\n']]],
    [
      'the PROXY protocol, version 2',
      443,
      [['client', hex('0d0a0d0a000d0a515549540a 21 11 000c c6336401 cb00710a c350 01bb')]],
    ],
    ['nothing at all', 443, []],
  ])('%s', (_, port, lines) => {
    const expected = lines.some(([, text]) => text.toString('latin1').includes('CONNECT ')) ? '' : FOUND;
    expect(labelsBehind(port, lines)).toEqual([expected, expected]);
  });

  it.each<[string, Buffer]>([
    ['a PROXY line', Buffer.from('PROXY TCP6 2001:db8::1 2001:db8::2 50000 443\r\n')],
    ['an unknown PROXY line', Buffer.from('PROXY UNKNOWN\r\n')],
    ['a binary PROXY header', hex('0d0a0d0a000d0a515549540a 21 11 000c c6336401 cb00710a c350 01bb')],
    ['a binary PROXY header that is LOCAL', hex('0d0a0d0a000d0a515549540a 20 00 0000')],
    ['MySQL’s request', Buffer.concat([hex('20000001 05aefa19 00000001 ff'), Buffer.alloc(23)])],
    ['two PROXY headers', Buffer.from('PROXY UNKNOWN\r\nPROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n')],
  ])('%s in the same segment, wherever it is cut', (_, head) => {
    const hello = smallHello();
    const bytes = Buffer.concat([head, hello]);
    // MySQL's packet is only sought where the hello follows in the same segment.
    const first = head[0] === 0x20 ? head.length + 2 : 1;
    for (let at = first; at < head.length + 12; at++) {
      const one = conversation()
        .handshake()
        .send('client', bytes, { segments: [at, bytes.length] });
      expect(labels(analyzePackets(one.packets)), `cut at ${at}`).toEqual([FOUND]);
    }
    const [whole] = analyzePackets(conversation().handshake().send('client', bytes).packets);
    expect(whole).toMatchObject({ domain: NAME, evidence_packet: 4 });
  });

  it('a greeting of a hundred lines, each in a segment of its own', () => {
    const lines: Line[] = Array.from({ length: 100 }, (_, n) => ['server', `220-line ${n} of a long greeting\r\n`]);
    expect(labelsBehind(25, [...lines, ...SMTP])).toEqual([FOUND, FOUND]);
  });

  it('a lost answer', () => {
    const lossy = dialogue(
      conversation(0, { server: { address: '203.0.113.10', port: 25 } }).handshake(),
      SMTP.slice(0, 3),
    );
    const request = Buffer.from('STARTTLS\r\n');
    lossy.send('client', request, { order: [] }).send('client', HELLO, { segments: [900] });
    for (let n = 0; n < 14; n++) lossy.send('client', smallHello(DECOY));
    expect(labels(analyzePackets(lossy.packets))).toEqual([FOUND]);
  });
});

describe('HTTP CONNECT', () => {
  const connect = httpRequest({ method: 'CONNECT', target: `${NAME}:443`, host: `${NAME}:443` });
  const established = Buffer.from('HTTP/1.1 200 Connection established\r\n\r\n');

  it('names its target and what the hello behind it says', () => {
    const one = conversation(0, { server: { address: '203.0.113.10', port: 3128 } }).handshake();
    one
      .send('client', connect)
      .send('server', established)
      .send('client', browserHello('inner.example.org'), {
        segments: [700],
      });
    const [found] = analyzePackets(one.packets);
    expect(found).toMatchObject({ domain: NAME, domains: [NAME, 'inner.example.org'], detected_by: 'http' });
  });

  it('is followed by the hello in the same segment', () => {
    const address = httpRequest({ method: 'CONNECT', target: '192.0.2.80:443', host: null });
    const one = conversation()
      .handshake()
      .send('client', Buffer.concat([address, smallHello()]));
    expect(analyzePackets(one.packets)[0]!.domains).toEqual(['192.0.2.80', NAME]);
  });
});

describe('hellos in other clothes', () => {
  it('a hello compatible with SSL 2.0 is TLS without a name', () => {
    const body = Buffer.concat([hex('01 0303 0006 0000 0010 00002f 000035'), Buffer.alloc(16, 7)]);
    const bytes = Buffer.concat([Buffer.from([0x80, body.length]), body]);
    for (const segments of [[bytes.length], [1], [2, 30]]) {
      const [one] = analyzePackets(conversation().handshake().send('client', bytes, { segments }).packets);
      expect(one).toMatchObject({ app_protocol: 'tls', domain: null });
    }
  });
});
