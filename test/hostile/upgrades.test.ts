import { describe, expect, it } from 'vitest';
import { hex } from '../forge/fields.js';
import { httpRequest } from '../forge/http.js';
import type { TcpConversation } from '../forge/tcp-conversation.js';
import { serverFlight } from '../forge/tls.js';
import { type Line, proxied, SMTP_STARTTLS, STARTTLS, type Wrapper } from '../forge/tls-wrappers.js';
import { analyzePackets, browserHello, conversation, DECOY, labels, NAME, smallHello } from './engine.js';

const FOUND = `${NAME} by tls`;
const HELLO = browserHello();

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

describe('TLS behind', () => {
  it.each<Wrapper>([...STARTTLS, ...proxied(NAME), ['nothing at all', 443, []]])('%s', (_, port, lines) => {
    const asked = lines.map(([, text]) => text.toString('latin1')).find((text) => text.includes(NAME));
    const expected = asked === undefined ? FOUND : `${NAME} by socks`;
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
    expect(labelsBehind(25, [...lines, ...SMTP_STARTTLS])).toEqual([FOUND, FOUND]);
  });

  it('a lost answer', () => {
    const lossy = dialogue(
      conversation(0, { server: { address: '203.0.113.10', port: 25 } }).handshake(),
      SMTP_STARTTLS.slice(0, 3),
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
