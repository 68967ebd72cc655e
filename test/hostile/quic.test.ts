import { describe, expect, it } from 'vitest';
import { hex } from '../forge/fields.js';
import { chlo, googleCryptoFrame, q043Packet, q046Packet, streamFrame } from '../forge/google-quic.js';
import { delay, type ForgedPacket } from '../forge/packet.js';
import { Prng } from '../forge/prng.js';
import {
  type CryptoPiece,
  cryptoFrame,
  cutCrypto,
  type InitialOptions,
  initialPacket,
  opaqueLongPacket,
  opaqueShortPacket,
  PING_FRAME,
  retryPacket,
  transportParameters,
  versionNegotiation,
} from '../forge/quic.js';
import {
  GOOGLE_Q050,
  GOOGLE_T050,
  GOOGLE_T051,
  QUIC_DRAFT_27,
  QUIC_DRAFT_29,
  QUIC_V1,
  QUIC_V2,
} from '../forge/quic-keys.js';
import { type ClientHelloOptions, clientHello, serverHello } from '../forge/tls.js';
import { UdpConversation } from '../forge/udp-conversation.js';
import { all, analyzePackets, DECOY, labels, NAME, permutations } from './engine.js';

const FOUND = `${NAME} by quic`;
const DESTINATION_ID = hex('d0d1d2d3d4d5d6d7');
const SOURCE_ID = hex('5051525354');
const SERVER_ID = hex('f0f1f2f3f4f5f6f7');

function hello(options: ClientHelloOptions = {}): Buffer {
  return clientHello({ serverName: NAME, quicTransportParameters: transportParameters(SOURCE_ID), ...options });
}

function initial(frames: Buffer, packetNumber: number, options: Partial<InitialOptions> = {}): Buffer {
  return initialPacket(frames, {
    destinationConnectionId: DESTINATION_ID,
    sourceConnectionId: SOURCE_ID,
    packetNumber,
    ...options,
  });
}

function frames(...pieces: CryptoPiece[]): Buffer {
  return Buffer.concat(pieces.map(cryptoFrame));
}

function start(index = 0, port = 443): UdpConversation {
  return new UdpConversation({
    client: { address: '192.0.2.7', port: 20_000 + index },
    server: { address: '203.0.113.10', port },
    stepMicros: 100,
  });
}

/** One connection for each variant; what each is called. */
function labelsOf<T>(variants: readonly T[], packetsOf: (variant: T, index: number) => ForgedPacket[]): string[] {
  const packets = variants.flatMap((one, index) => delay(packetsOf(one, index), index * 1e5));
  const connections = analyzePackets(packets);
  expect(connections.length).toBe(variants.length);
  return labels(connections);
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}

describe('CRYPTO frames', () => {
  const message = hello({ serverNameAt: 3 });

  it('over two Initials, cut at any of many offsets, in either order', () => {
    const cuts = range(Math.floor(1100 / 7))
      .map((n) => 700 + 7 * n)
      .filter((at) => at < message.length - 1);
    const found = labelsOf([...cuts, ...cuts], (at, index) => {
      const [first, second] = cutCrypto(message, [at]);
      const packets = [initial(frames(first!), 0), initial(frames(second!), 1)];
      if (index >= cuts.length) packets.reverse();
      return start(index).send('client', ...packets).packets;
    });
    expect(found).toEqual(all(FOUND, 2 * cuts.length));
  });

  it('over three Initials in every order', () => {
    const pieces = cutCrypto(message, [600, 1200]);
    const found = labelsOf(
      permutations(3),
      (order, index) => start(index).send('client', ...order.map((n) => initial(frames(pieces[n]!), n))).packets,
    );
    expect(found).toEqual(all(FOUND, 6));
  });

  it('cut small and shuffled over ten Initials, overlapping and repeated, with PING and PADDING between', () => {
    const random = new Prng('crypto');
    const found = labelsOf(range(30), (index) => {
      const pieces: CryptoPiece[] = [];
      for (let at = 0; at < message.length; ) {
        const from = Math.max(0, at - random.int(20));
        const to = Math.min(message.length, at + random.between(20, 120));
        pieces.push({ offset: from, data: message.subarray(from, to) });
        if (random.chance(0.2)) pieces.push(pieces[random.int(pieces.length)]!);
        at = to;
      }
      const mixed = random.shuffle(pieces);
      const perPacket = Math.ceil(mixed.length / 10);
      const packets = range(10).map((n) => {
        const own = mixed.slice(n * perPacket, (n + 1) * perPacket);
        const parts = own.flatMap((piece) => [cryptoFrame(piece), PING_FRAME, Buffer.alloc(random.int(4))]);
        return initial(Buffer.concat([PING_FRAME, ...parts]), n);
      });
      return start(index).send('client', ...packets).packets;
    });
    expect(found).toEqual(all(FOUND, 30));
  });

  it('of which later ones say something else: both names count, and neither is certain', () => {
    const forged = Buffer.from(message.toString('latin1').replace(NAME, DECOY), 'latin1');
    const half = 900;
    const packets = [0, 1].flatMap((which, index) => {
      const late = { offset: which * half, data: forged.subarray(which * half, (which + 1) * half) };
      const first = { offset: 0, data: message.subarray(0, half) };
      const second = { offset: half, data: message.subarray(half) };
      const sent = start(index).send(
        'client',
        initial(frames(which === 0 ? first : second), 0),
        initial(frames(late), 1),
        initial(frames(which === 0 ? second : first), 2),
      );
      return delay(sent.packets, index * 1e5);
    });
    const found = analyzePackets(packets).map(({ domains, confidence }) => [[...domains].sort(), confidence]);
    const both = [[NAME, DECOY].sort(), 'likely'];
    expect(found).toContainEqual(both);
    expect(found.every(([domains]) => domains!.includes(NAME))).toBe(true);
  });

  it('of a hello of 8 KB with the name last, shuffled', () => {
    const random = new Prng('8k');
    const big = hello({ serverNameAt: 'last', messageLen: 8192 });
    const pieces = cutCrypto(big, [1100, 2200, 3300, 4400, 5500, 6600, 7700]);
    const found = labelsOf(range(20), (index) => {
      const order = index === 0 ? range(8) : random.shuffle(range(8));
      return start(index).send('client', ...order.map((n) => initial(frames(pieces[n]!), n))).packets;
    });
    expect(found).toEqual(all(FOUND, 20));
  });

  it('of which one never comes: the name is read where its bytes are there', () => {
    const big = hello({ serverNameAt: 'last', messageLen: 4000 });
    const pieces = cutCrypto(big, [1100, 2200, 3300]);
    // The padding extension fills the third piece.
    const packets = start().send('client', ...[0, 1, 3].map((n) => initial(frames(pieces[n]!), n))).packets;
    expect(labels(analyzePackets(packets))).toEqual([FOUND]);
    const early = cutCrypto(hello({ serverNameAt: 1 }), [900]);
    expect(labels(analyzePackets(start().send('client', initial(frames(early[0]!), 0)).packets))).toEqual([FOUND]);
  });

  it('and then the packet that brought the last byte of it is the evidence, whatever follows', () => {
    const [first, second] = cutCrypto(hello({ serverNameAt: 1 }), [400, 900]);
    const one = start().send('server', opaqueShortPacket(DESTINATION_ID, 40, 3));
    one.send('client', initial(frames(second!), 1), initial(frames(first!), 0), initial(frames(second!), 2));
    one.send('server', opaqueLongPacket(2, SOURCE_ID, SERVER_ID, 150, 8));
    one.send('client', opaqueLongPacket(2, DESTINATION_ID, SOURCE_ID, 150, 8));
    expect(analyzePackets(one.packets)[0]).toMatchObject({ domain: NAME, evidence_packet: 3 });
  });
});

describe('packets', () => {
  const pieces = cutCrypto(hello(), [500, 1000, 1500]);

  it('coalesced in one datagram, padded outside of them, with others between', () => {
    const small = (n: number): Buffer => initial(frames(pieces[n]!), n, { packetLen: 0 });
    const early = opaqueLongPacket(1, DESTINATION_ID, SOURCE_ID, 150, 8);
    const padding = Buffer.alloc(200);
    const found = labelsOf(
      [
        [Buffer.concat([small(0), small(1), early]), Buffer.concat([small(2), early, small(3)])],
        [Buffer.concat([small(3), small(2), small(1), small(0), padding])],
        [Buffer.concat([early, small(0)]), Buffer.concat([small(1), small(2), padding]), small(3)],
      ],
      (datagrams, index) => start(index).send('client', ...datagrams).packets,
    );
    expect(found).toEqual(all(FOUND, 3));
  });

  it('numbered in one to four bytes, from any number on', () => {
    const found = labelsOf(
      [1, 2, 3, 4] as const,
      (packetNumberLen, index) =>
        start(index).send('client', ...range(4).map((n) => initial(frames(pieces[n]!), 200 + n, { packetNumberLen })))
          .packets,
    );
    expect(found).toEqual(all(FOUND, 4));
  });

  it('on any port, from either side of the canonical order', () => {
    const found = labelsOf(
      [1, 53, 80, 443, 5353, 50_000, 65_535],
      (port, index) =>
        start(index, port).send('client', ...range(4).map((n) => initial(frames(pieces[n]!), n))).packets,
    );
    expect(found).toEqual(all(FOUND, 7));
  });

  it('with a server between them that goes on', () => {
    const acknowledgement = initialPacket(hex('0200000000'), {
      destinationConnectionId: SOURCE_ID,
      sourceConnectionId: SERVER_ID,
      keyConnectionId: DESTINATION_ID,
      side: 'server',
      packetLen: 0,
    });
    const one = start();
    for (let n = 0; n < 4; n++) {
      one.send('client', initial(frames(pieces[n]!), n)).send('server', acknowledgement);
    }
    one.send('server', opaqueLongPacket(2, SOURCE_ID, SERVER_ID, 900, 5), opaqueShortPacket(SOURCE_ID, 700, 7));
    expect(labels(analyzePackets(one.packets))).toEqual([FOUND]);
  });
});

describe('connection ids and keys', () => {
  const [first, second] = cutCrypto(hello({ serverNameAt: 'last' }), [1000]);

  it('Retry: the hello comes again under keys from the id that the server chose', () => {
    const token = new Prng('token').bytes(64);
    const again = { destinationConnectionId: SERVER_ID, token };
    const retry = retryPacket({
      destinationConnectionId: SOURCE_ID,
      sourceConnectionId: SERVER_ID,
      originalDestinationConnectionId: DESTINATION_ID,
      token,
    });
    // Whole, and with a packet lost before the Retry or behind it.
    const found = labelsOf([0, 1, 2], (lost, index) => {
      const one = start(index).send('client', initial(frames(first!), 0));
      if (lost !== 1) one.send('client', initial(frames(second!), 1));
      one.send('server', retry);
      if (lost !== 2) one.send('client', initial(frames(first!), 2, again));
      return one.send('client', initial(frames(second!), 3, again)).packets;
    });
    expect(found).toEqual(all(FOUND, 3));
  });

  it('the second Initial goes to the id that the server chose, under the old keys', () => {
    const one = start().send('client', initial(frames(first!), 0));
    const answer = initialPacket(cryptoFrame({ offset: 0, data: serverHello(4, 0) }), {
      destinationConnectionId: SOURCE_ID,
      sourceConnectionId: SERVER_ID,
      keyConnectionId: DESTINATION_ID,
      side: 'server',
      packetNumber: 0,
    });
    one.send('server', answer);
    const moved = { destinationConnectionId: SERVER_ID, keyConnectionId: DESTINATION_ID };
    one.send('client', initial(frames(second!), 1, moved));
    expect(labels(analyzePackets(one.packets))).toEqual([FOUND]);
  });

  it('version negotiation: from a greased version to one that the server speaks', () => {
    const found = labelsOf([QUIC_V1, QUIC_V2], (version, index) => {
      const one = start(index).send('client', initial(frames(first!), 0, { version: 0x5a6a_7a8a }));
      one.send('server', versionNegotiation(SOURCE_ID, DESTINATION_ID, [version, 0x6a7a_8a9a]));
      const fresh = { version, destinationConnectionId: hex('e0e1e2e3e4e5e6e7e8') };
      return one.send('client', initial(frames(first!), 0, fresh), initial(frames(second!), 1, fresh)).packets;
    });
    expect(found).toEqual(all(FOUND, 2));
  });

  it('a later hello of another host on the same ports changes nothing', () => {
    const one = start().send('client', initial(frames(first!), 0), initial(frames(second!), 1));
    const decoy = clientHello({ serverName: DECOY, quicTransportParameters: transportParameters(SOURCE_ID) });
    const fresh = { destinationConnectionId: hex('e0e1e2e3e4e5e6e7e8') };
    const [a, b] = cutCrypto(decoy, [1000]);
    one.send('client', initial(frames(a!), 0, fresh), initial(frames(b!), 1, fresh));
    expect(labels(analyzePackets(one.packets))).toEqual([FOUND]);
  });
});

describe('versions', () => {
  const [first, second] = cutCrypto(hello(), [1000]);

  it.each([
    ['1', QUIC_V1],
    ['2', QUIC_V2],
    ['draft 27', QUIC_DRAFT_27],
    ['draft 28', 0xff00_001c],
    ['draft 29', QUIC_DRAFT_29],
    ['draft 32', 0xff00_0020],
    ['0x1a2a3a4a', 0x1a2a_3a4a],
    ['0xfafafafa', 0xfafa_fafa],
  ])('%s', (_, version) => {
    const packets = [initial(frames(first!), 0, { version }), initial(frames(second!), 1, { version })];
    expect(labels(analyzePackets(start().send('client', ...packets).packets))).toEqual([FOUND]);
  });

  it.each([
    ['T050', GOOGLE_T050],
    ['T051', GOOGLE_T051],
  ])('%s: TLS in Google’s frames', (_, version) => {
    const packets = [first!, second!].map((piece, n) =>
      initial(googleCryptoFrame(piece.offset, piece.data), n, { version }),
    );
    expect(labels(analyzePackets(start().send('client', ...packets).packets))).toEqual([FOUND]);
    expect(labels(analyzePackets(start().send('client', ...packets.reverse()).packets))).toEqual([FOUND]);
  });

  it('Q050: Google’s own handshake in protected Initials', () => {
    const packet = initial(googleCryptoFrame(0, chlo(NAME)), 0, { version: GOOGLE_Q050 });
    expect(labels(analyzePackets(start().send('client', packet).packets))).toEqual([FOUND]);
  });

  it.each([
    ['Q043', q043Packet],
    ['Q046', q046Packet],
  ])('%s: the handshake in clear, in one packet or two in either order', (_, packet) => {
    const message = chlo(NAME);
    const halves = [streamFrame(0, message.subarray(0, 400)), streamFrame(400, message.subarray(400))];
    const found = labelsOf(
      [
        [packet(1, Buffer.concat([streamFrame(0, message), Buffer.alloc(80)]))],
        [packet(1, halves[0]!), packet(2, halves[1]!)],
        [packet(2, halves[1]!), packet(1, halves[0]!)],
      ],
      (datagrams, index) => start(index).send('client', ...datagrams).packets,
    );
    expect(found).toEqual(all(FOUND, 3));
  });
});
