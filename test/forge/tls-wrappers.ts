import { hex } from './fields.js';
import type { Side } from './tcp-conversation.js';

/** What one side says. */
export type Line = readonly [side: Side, text: string | Buffer];

/** What comes before the TLS of a connection: name, port of the server, lines. */
export type Wrapper = readonly [name: string, port: number, lines: readonly Line[]];

export const SMTP_STARTTLS: readonly Line[] = [
  ['server', '220 mx.example.org ESMTP Postfix\r\n'],
  ['client', 'EHLO client.example.org\r\n'],
  ['server', '250-mx.example.org\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250-STARTTLS\r\n250 DSN\r\n'],
  ['client', 'STARTTLS\r\n'],
  ['server', '220 2.0.0 Ready to start TLS\r\n'],
];

/** Protocols that begin in clear and agree on TLS. */
export const STARTTLS: readonly Wrapper[] = [
  ['SMTP', 25, SMTP_STARTTLS],
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
];

/** Proxies on the way to `host`. */
export function proxied(host: string): readonly Wrapper[] {
  return [
    [
      'SOCKS 5 with a password',
      1080,
      [
        ['client', hex('050102')],
        ['server', hex('0502')],
        ['client', Buffer.concat([hex('0104'), Buffer.from('user'), hex('04'), Buffer.from('pass')])],
        ['server', hex('0100')],
        ['client', Buffer.concat([hex('05010003 0f'), Buffer.from(host), hex('01bb')])],
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
        ['client', Buffer.concat([hex('040101bb00000001'), Buffer.from(`me\0${host}\0`)])],
        ['server', hex('005a000000000000')],
      ],
    ],
    ['the PROXY protocol, version 1', 443, [['client', 'PROXY TCP4 198.51.100.1 203.0.113.10 50000 443\r\n']]],
    [
      'the PROXY protocol, version 2',
      443,
      [['client', hex('0d0a0d0a000d0a515549540a 21 11 000c c6336401 cb00710a c350 01bb')]],
    ],
  ];
}
