/** What a network, or somebody who wants to hide, may do to a message on its way: it says the same in the end. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headersFrames, PREFACE, settingsFrame } from '../core/inspect/http2/http2-bytes.js';
import { dnsQuery } from '../forge/dns.js';
import { dtlsHelloBody, dtlsRecord } from '../forge/dtls.js';
import { hex, vector } from '../forge/fields.js';
import { httpRequest } from '../forge/http.js';
import { fragmentIp } from '../forge/ip.js';
import { ethernet } from '../forge/link.js';
import { FORGE_EPOCH_MICROS, type ForgedPacket } from '../forge/packet.js';
import { Prng } from '../forge/prng.js';
import { cryptoFrame, initialPacket } from '../forge/quic.js';
import { clientHello } from '../forge/tls.js';
import { udpPacket } from '../forge/transport.js';
import { UdpConversation } from '../forge/udp-conversation.js';
import { analyzePackets, browserHello, conversation, labels, NAME, smallHello } from './engine.js';

/** A stretch of a message, as offsets in it. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * Cuts of a message of `len` bytes at any places, each stretch grown over its neighbours, some of them twice, in any
 * order. Together they cover the message.
 */
function stretches(len: number, most: number): fc.Arbitrary<Stretch[]> {
  const piece = fc.record({ before: fc.nat(40), behind: fc.nat(40), twice: fc.boolean() });
  return fc
    .tuple(
      fc.uniqueArray(fc.integer({ min: 1, max: len - 1 }), { maxLength: most - 1 }),
      fc.array(piece, { minLength: most, maxLength: most }),
      fc.nat(),
    )
    .map(([cuts, pieces, order]) => {
      const edges = [0, ...cuts.sort((a, b) => a - b), len];
      const all = edges.slice(1).flatMap((end, i) => {
        const { before, behind, twice } = pieces[i]!;
        const start = edges[i]!;
        const grown = { from: Math.max(0, start - before), to: Math.min(len, end + behind) };
        return twice ? [grown, { from: start, to: end }] : [grown];
      });
      return new Prng(order).shuffle(all);
    });
}

const RUNS = { numRuns: 100 };

const STREAMS: readonly [string, string, Buffer][] = [
  ['a small ClientHello', `${NAME} by tls`, smallHello()],
  ['a browser’s ClientHello', `${NAME} by tls`, browserHello()],
  ['an HTTP/1 request', `${NAME} by http`, httpRequest({ host: NAME })],
  ['an HTTP/1 request with a long field before Host', `${NAME} by http`, withLongField()],
  [
    'an HTTP/2 request',
    `${NAME} by http`,
    Buffer.concat([PREFACE, settingsFrame(), headersFrames(1, NAME, { fragments: 3 })]),
  ],
  ['a DNS query', `${NAME} by dns`, vector(2, dnsQuery(7, { name: NAME }))],
  [
    'a ClientHello behind the PROXY protocol',
    `${NAME} by tls`,
    Buffer.concat([Buffer.from('PROXY TCP4 192.0.2.1 192.0.2.2 5 443\r\n'), smallHello()]),
  ],
];

function withLongField(): Buffer {
  return Buffer.from(`GET / HTTP/1.1\r\nCookie: ${'x'.repeat(3000)}\r\nHost: ${NAME}\r\n\r\n`);
}

describe('segments cut, grown, repeated and in any order', () => {
  it.each(STREAMS)('%s', (_, found, message) => {
    fc.assert(
      fc.property(stretches(message.length, 7), fc.constantFrom(0, 0x7fffff80, 0xffffff80), (pieces, clientIsn) => {
        const one = conversation(0, { clientIsn }).handshake();
        for (const { from, to } of pieces) one.segment('client', from, message.subarray(from, to));
        expect(labels(analyzePackets(one.close().packets))).toEqual([found]);
      }),
      RUNS,
    );
  });
});

describe('more connections at a time than the table begins with', () => {
  it('keep what each has shown so far', () => {
    const COUNT = 5_000;
    const hello = smallHello();
    const began = Array.from({ length: COUNT }, (_, index) => {
      const one = conversation(index).handshake();
      one.segment('client', 0, hello.subarray(0, 100));
      one.segment('client', 100, hello.subarray(100));
      return one.packets;
    });
    const inTurn = [began.flatMap((packets) => packets.slice(0, -1)), began.map((packets) => packets.at(-1)!)].flat();
    const packets = inTurn.map((packet) => ({ ...packet, timeMicros: FORGE_EPOCH_MICROS }));
    expect(labels(analyzePackets(packets))).toEqual(new Array(COUNT).fill(`${NAME} by tls`));
  });
});

describe('a segment that overlaps bytes which came before their predecessor', () => {
  it('goes on behind them, whatever has been read of them', () => {
    const [, found, message] = STREAMS.find(([name]) => name === 'an HTTP/2 request')!;
    for (let cut = 2; cut < message.length; cut++) {
      for (let overlap = 0; overlap < Math.min(cut, 12); overlap++) {
        const one = conversation().handshake();
        one.segment('client', 1, message.subarray(1, cut));
        one.segment('client', 0, message.subarray(0, 1));
        one.segment('client', cut - overlap, message.subarray(cut - overlap));
        expect(labels(analyzePackets(one.close().packets)), `cut at ${cut}, overlap ${overlap}`).toEqual([found]);
      }
    }
  });
});

const start = () =>
  new UdpConversation({
    client: { address: '192.0.2.7', port: 30_000 },
    server: { address: '203.0.113.10', port: 443 },
  });

describe('datagrams with pieces cut, grown, repeated and in any order', () => {
  it('a ClientHello in CRYPTO frames of QUIC', () => {
    const message = clientHello({ serverName: NAME });
    const id = hex('8394c8f03e515708');
    fc.assert(
      fc.property(stretches(message.length, 6), (pieces) => {
        const datagrams = pieces.map(({ from, to }, packetNumber) => {
          const frame = cryptoFrame({ offset: from, data: message.subarray(from, to) });
          return initialPacket(frame, { destinationConnectionId: id, packetNumber });
        });
        expect(labels(analyzePackets(start().send('client', ...datagrams).packets))).toEqual([`${NAME} by quic`]);
      }),
      RUNS,
    );
  });

  it('a ClientHello in fragments of DTLS', () => {
    const body = dtlsHelloBody(NAME);
    fc.assert(
      fc.property(stretches(body.length, 6), (pieces) => {
        const datagrams = pieces.map(({ from, to }) => dtlsRecord(1, 0, body, from, to));
        expect(labels(analyzePackets(start().send('client', ...datagrams).packets))).toEqual([`${NAME} by dtls`]);
      }),
      RUNS,
    );
  });

  it('a DNS query in fragments of IP, equal ones twice', () => {
    const query = dnsQuery(7, { name: `${'a'.repeat(60)}.${'b'.repeat(60)}.${NAME}` });
    const packet = udpPacket({ address: '192.0.2.7', port: 4000 }, { address: '192.0.2.53', port: 53 }, query, {
      id: 9,
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(), (step, key) => {
        const prng = new Prng(key);
        const fragments = fragmentIp(packet, 20 + step * 8, 9);
        const sent = prng.shuffle([...fragments, ...fragments.filter(() => prng.chance(0.3))]);
        // Repeats of what came whole begin a datagram of their own: only the first coming counts.
        const packets = sent.map(
          (data, i): ForgedPacket => ({ data: ethernet(data), timeMicros: FORGE_EPOCH_MICROS + i }),
        );
        const found = labels(analyzePackets(packets));
        expect(found[0]).toBe(`${'a'.repeat(60)}.${'b'.repeat(60)}.${NAME} by dns`);
      }),
      RUNS,
    );
  });
});
