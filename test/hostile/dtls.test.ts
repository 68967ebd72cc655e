import { describe, expect, it } from 'vitest';
import { be8, be16, be24, hex, vector } from '../forge/fields.js';
import { delay } from '../forge/packet.js';
import { Prng } from '../forge/prng.js';
import { serverNameBody } from '../forge/tls.js';
import { UdpConversation } from '../forge/udp-conversation.js';
import { all, analyzePackets, DECOY, labels, NAME } from './engine.js';

const FOUND = `${NAME} by dtls`;

/** A DTLS 1.2 ClientHello body (RFC 6347 §4.2.1). */
function helloBody(name: string, cookie = Buffer.alloc(0)): Buffer {
  const serverName = serverNameBody(Buffer.from(name));
  const extensions = [
    Buffer.concat([be16(10), vector(2, hex('0004001d0017'))]),
    Buffer.concat([be16(0), vector(2, serverName)]),
    Buffer.concat([be16(14), vector(2, hex('00040001000200'))]),
  ];
  return Buffer.concat([
    be16(0xfefd),
    new Prng('dtls').bytes(32),
    vector(1),
    vector(1, cookie),
    vector(2, hex('c02bc02f')),
    vector(1, be8(0)),
    vector(2, ...extensions),
  ]);
}

/** One fragment of a handshake message in a record of its own. */
function record(type: number, seq: number, body: Buffer, from = 0, to = body.length): Buffer {
  const fragment = Buffer.concat([
    be8(type),
    be24(body.length),
    be16(seq),
    be24(from),
    be24(to - from),
    body.subarray(from, to),
  ]);
  return Buffer.concat([be8(22), be16(0xfeff), hex('0000 000000000000'), vector(2, fragment)]);
}

function start(index = 0, port = 443): UdpConversation {
  return new UdpConversation({
    client: { address: '192.0.2.7', port: 30_000 + index },
    server: { address: '203.0.113.10', port },
    stepMicros: 100,
  });
}

describe('DTLS', () => {
  const body = helloBody(NAME);

  it('names its host in one record, on any port', () => {
    for (const port of [443, 4433, 5684, 12_345]) {
      expect(labels(analyzePackets(start(0, port).send('client', record(1, 0, body)).packets))).toEqual([FOUND]);
    }
  });

  it('is read from two fragments cut anywhere, in either order, in one datagram or two', () => {
    const count = (body.length - 1) * 3;
    const packets = Array.from({ length: count }, (_, index) => {
      const at = 1 + Math.floor(index / 3);
      const parts = [record(1, 0, body, 0, at), record(1, 0, body, at)];
      if (index % 3 === 1) parts.reverse();
      const datagrams = index % 3 === 2 ? [Buffer.concat(parts)] : parts;
      return delay(start(index).send('client', ...datagrams).packets, index * 1e5);
    }).flat();
    expect(labels(analyzePackets(packets))).toEqual(all(FOUND, count));
  });

  it('keeps the first copy of fragments that come twice', () => {
    const forged = helloBody(DECOY);
    const half = 60;
    const parts = [record(1, 0, body, half), record(1, 0, forged, half), record(1, 0, body, 0, half)];
    expect(labels(analyzePackets(start().send('client', ...parts).packets))).toEqual([FOUND]);
  });

  it('is read from the hello that is sent again with a cookie', () => {
    const verify = record(3, 0, Buffer.concat([be16(0xfeff), vector(1, Buffer.alloc(20, 9))]));
    const one = start()
      .send('client', record(1, 0, body, 0, 50))
      .send('server', verify);
    const again = helloBody(NAME, Buffer.alloc(20, 9));
    one.send('client', record(1, 1, again, 70), record(1, 1, again, 0, 70));
    expect(labels(analyzePackets(one.packets))).toEqual([FOUND]);
  });
});
