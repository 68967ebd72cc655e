import { describe, expect, it } from 'vitest';
import { dtlsHelloBody, dtlsRecord } from '../forge/dtls.js';
import { be16, vector } from '../forge/fields.js';
import { delay } from '../forge/packet.js';
import { UdpConversation } from '../forge/udp-conversation.js';
import { all, analyzePackets, DECOY, labels, NAME } from './engine.js';

const FOUND = `${NAME} by dtls`;

function start(index = 0, port = 443): UdpConversation {
  return new UdpConversation({
    client: { address: '192.0.2.7', port: 30_000 + index },
    server: { address: '203.0.113.10', port },
    stepMicros: 100,
  });
}

describe('DTLS', () => {
  const body = dtlsHelloBody(NAME);

  it('names its host in one record, on any port', () => {
    for (const port of [443, 4433, 5684, 12_345]) {
      expect(labels(analyzePackets(start(0, port).send('client', dtlsRecord(1, 0, body)).packets))).toEqual([FOUND]);
    }
  });

  it('is read from two fragments cut anywhere, in either order, in one datagram or two', () => {
    const count = (body.length - 1) * 3;
    const packets = Array.from({ length: count }, (_, index) => {
      const at = 1 + Math.floor(index / 3);
      const parts = [dtlsRecord(1, 0, body, 0, at), dtlsRecord(1, 0, body, at)];
      if (index % 3 === 1) parts.reverse();
      const datagrams = index % 3 === 2 ? [Buffer.concat(parts)] : parts;
      return delay(start(index).send('client', ...datagrams).packets, index * 1e5);
    }).flat();
    expect(labels(analyzePackets(packets))).toEqual(all(FOUND, count));
  });

  it('keeps the first copy of fragments that come twice', () => {
    const forged = dtlsHelloBody(DECOY);
    const half = 60;
    const parts = [dtlsRecord(1, 0, body, half), dtlsRecord(1, 0, forged, half), dtlsRecord(1, 0, body, 0, half)];
    expect(labels(analyzePackets(start().send('client', ...parts).packets))).toEqual([FOUND]);
  });

  it('that never becomes whole is proven by the packet that brought its last byte', () => {
    const whole = dtlsHelloBody(NAME);
    const len = whole.length - 1;
    const parts = [dtlsRecord(1, 0, whole, 60, len), dtlsRecord(1, 0, whole, 0, 60), dtlsRecord(1, 0, whole, 60, len)];
    const alert = Buffer.from('15fefd0000000000000000000202 28'.replace(' ', ''), 'hex');
    const one = start()
      .send('client', ...parts)
      .send('server', alert)
      .send('client', alert);
    expect(analyzePackets(one.packets)[0]).toMatchObject({ domain: NAME, evidence_packet: 2 });
  });

  it('is read from the hello that is sent again with a cookie', () => {
    const verify = dtlsRecord(3, 0, Buffer.concat([be16(0xfeff), vector(1, Buffer.alloc(20, 9))]));
    const one = start()
      .send('client', dtlsRecord(1, 0, body, 0, 50))
      .send('server', verify);
    const again = dtlsHelloBody(NAME, Buffer.alloc(20, 9));
    one.send('client', dtlsRecord(1, 1, again, 70), dtlsRecord(1, 1, again, 0, 70));
    expect(labels(analyzePackets(one.packets))).toEqual([FOUND]);
  });
});
