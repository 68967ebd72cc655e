/** What the contract of Inspector promises, of every inspector and on any bytes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Finding,
  FOUND,
  InspectContext,
  type Inspector,
  MALFORMED,
  NEED_MORE,
  NOT_MINE,
} from '../../../src/core/inspect/inspector.js';
import { DATAGRAM_INSPECTORS, STREAM_INSPECTORS } from '../../../src/core/inspect/registry.js';
import { dnsQuery } from '../../forge/dns.js';
import { dtlsHelloBody, dtlsRecord } from '../../forge/dtls.js';
import { hex, vector } from '../../forge/fields.js';
import { chlo, q043Packet, streamFrame } from '../../forge/google-quic.js';
import { httpRequest } from '../../forge/http.js';
import { cryptoFrame, initialPacket } from '../../forge/quic.js';
import { clientHello, clientHelloRecord } from '../../forge/tls.js';
import { headersFrames, PREFACE, settingsFrame } from './http2/http2-bytes.js';
import { DATAGRAM_SAMPLES } from './protocols/datagram-samples.js';
import { STREAM_SAMPLES } from './protocols/stream-samples.js';

interface Message {
  readonly bytes: Buffer;
  readonly srcPort: number;
  readonly dstPort: number;
}

const NAME = 'www.example.org';
const HELLO = clientHelloRecord({ serverName: NAME });
const QUIC_ID = hex('8394c8f03e515708');
const CRYPTO = cryptoFrame({ offset: 0, data: clientHello({ serverName: NAME, postQuantum: false }) });

const STREAM_MESSAGES: readonly Buffer[] = [
  HELLO,
  Buffer.concat([Buffer.from('PROXY TCP4 192.0.2.1 192.0.2.2 5 443\r\n'), HELLO]),
  hex('0d0a0d0a000d0a515549540a 21 11 000c 7f000001 7f000002 1234 01bb'),
  hex('05 01 00 05 01 00 03 0b 6578616d706c652e6f7267 01bb'),
  hex('04 01 01bb 00000001 00 6578616d706c652e6f726700'),
  Buffer.concat([PREFACE, settingsFrame(), headersFrames(1, NAME, { fragments: 2, padding: 3, priority: true })]),
  httpRequest({ host: NAME, body: Buffer.alloc(30, 0x61) }),
  httpRequest({ method: 'CONNECT', target: `${NAME}:443`, host: null }),
  vector(2, dnsQuery(7, { name: NAME })),
];
const DATAGRAM_MESSAGES: readonly Buffer[] = [
  initialPacket(CRYPTO, { destinationConnectionId: QUIC_ID }),
  q043Packet(1, streamFrame(0, chlo(NAME))),
  dtlsRecord(1, 0, dtlsHelloBody(NAME)),
  dnsQuery(7, { name: NAME }),
];

const KINDS = [
  { kind: 'stream', inspectors: STREAM_INSPECTORS, samples: STREAM_SAMPLES, messages: STREAM_MESSAGES },
  { kind: 'datagram', inspectors: DATAGRAM_INSPECTORS, samples: DATAGRAM_SAMPLES, messages: DATAGRAM_MESSAGES },
];

/** Offset in the buffer, and what lies round the message there: it must not matter. */
const SURROUNDINGS = [
  [3, Buffer.alloc(100, 0xc3)],
  [41, Buffer.from('www.elsewhere.example\r\nHost: elsewhere.example\r\n\r\n\x16\x03\x01'.padEnd(100, '\0'), 'latin1')],
] as const;

/** Asks one inspector, and returns all that it says, with offsets counted from the message's start. */
function answer(one: Inspector, { bytes, srcPort, dstPort }: Message, final: boolean, which: 0 | 1): unknown {
  const [start, around] = SURROUNDINGS[which];
  const buf = Buffer.concat([around.subarray(0, start), bytes, around]);
  const end = start + bytes.length;
  const context = new InspectContext();
  context.srcPort = srcPort;
  context.dstPort = dstPort;
  context.final = final;
  const finding = new Finding();
  const status = one.inspect(buf, start, end, context, finding);
  one.end?.(context.state);
  expect([NOT_MINE, NEED_MORE, FOUND, MALFORMED]).toContain(status);
  if (status === NEED_MORE) {
    if (one.ipProto === 6 && !final) expect(finding.neededLen, `${one.name} needs`).toBeGreaterThan(bytes.length);
    return { status, neededLen: finding.neededLen };
  }
  if (status !== FOUND) return { status };
  const { nameBuf, nameStart, nameEnd, consumedEnd, protocol, app, confidence, ech, nameEncrypted, role } = finding;
  if (nameBuf !== null && nameStart >= 0) {
    const [low, high] = nameBuf === buf ? [start, end] : [0, nameBuf.length];
    expect(low <= nameStart && nameStart <= nameEnd && nameEnd <= high, `${one.name} names bytes outside`).toBe(true);
  }
  if (consumedEnd !== -1) expect(consumedEnd, `${one.name} consumed`).toBeGreaterThan(start);
  const name = nameBuf === null || nameStart < 0 ? null : nameBuf.toString('latin1', nameStart, nameEnd);
  const consumedLen = consumedEnd < 0 ? -1 : consumedEnd - start;
  return { status, name, consumedLen, protocol, app, confidence, ech, nameEncrypted, role };
}

describe.each(KINDS)('every $kind inspector', ({ inspectors, samples, messages }) => {
  const pool: Message[] = [
    ...messages.map((bytes) => ({ bytes, srcPort: 40_000, dstPort: 40_001 })),
    ...samples.map(({ bytes, srcPort = 40_000, dstPort = 40_001 }) => {
      return { bytes: typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, srcPort, dstPort };
    }),
  ];

  /** Those that the engine would show it to. */
  function asked(message: Message): Inspector[] {
    return inspectors.filter(({ firstBytes, ports }) =>
      firstBytes?.length === 0
        ? ports.includes(message.dstPort) || ports.includes(message.srcPort)
        : firstBytes === null || firstBytes.includes(message.bytes[0]!),
    );
  }

  function expectSound(message: Message, final: boolean): void {
    for (const one of asked(message)) {
      const first = answer(one, message, final, 0);
      const second = answer(one, message, final, 1);
      if (JSON.stringify(first) !== JSON.stringify(second))
        expect({ [one.name]: second }).toEqual({ [one.name]: first });
    }
  }

  it('reads nothing outside a message, wherever it is cut off', () => {
    for (const { bytes, ...ports } of pool) {
      for (let len = 1; len <= bytes.length; len += len < 48 ? 1 : 41) {
        expectSound({ bytes: bytes.subarray(0, len), ...ports }, len % 2 === 0);
      }
    }
  });

  it('reads nothing outside a reply of ONC RPC whose verifier is longer than the message', () => {
    const reply = Buffer.from('123456780000000100000000000000000000000000000801', 'hex');
    for (let len = 1; len <= 0xff; len++) {
      reply.writeUInt32BE(len, 16);
      expectSound({ bytes: reply, srcPort: 111, dstPort: 40_001 }, false);
    }
  });

  it('reads nothing outside a message, whatever was changed in it', () => {
    const change = fc.tuple(fc.nat(), fc.constantFrom(0, 1, 2, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xfe, 0xff));
    fc.assert(
      fc.property(fc.constantFrom(...pool), fc.array(change, { maxLength: 4 }), fc.nat(), fc.boolean(), (...all) => {
        const [{ bytes, ...ports }, changes, cut, final] = all;
        const changed = Buffer.from(bytes);
        // The beginning decides who is asked, and holds the lengths: change it more often than the rest.
        for (const [at, value] of changes)
          changed[at % 2 === 0 ? at % changed.length : (at >> 1) % Math.min(64, changed.length)] = value;
        expectSound(
          { bytes: cut % 3 === 0 ? changed.subarray(0, 1 + (cut % changed.length)) : changed, ...ports },
          final,
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('reads nothing outside noise', () => {
    const noise = fc.uint8Array({ minLength: 1, maxLength: 120 });
    fc.assert(
      fc.property(noise, fc.constantFrom(...pool), fc.boolean(), (bytes, { srcPort, dstPort }, final) => {
        expectSound({ bytes: Buffer.from(bytes), srcPort, dstPort }, final);
      }),
      { numRuns: 1000 },
    );
  });
});
