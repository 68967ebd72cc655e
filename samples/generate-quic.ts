import { hex } from '../test/forge/fields.js';
import type { ForgedPacket } from '../test/forge/packet.js';
import { Prng } from '../test/forge/prng.js';
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
} from '../test/forge/quic.js';
import { QUIC_DRAFT_27, QUIC_DRAFT_29, QUIC_V1, QUIC_V2 } from '../test/forge/quic-keys.js';
import { type ClientHelloOptions, clientHello, serverHello } from '../test/forge/tls.js';
import { UdpConversation } from '../test/forge/udp-conversation.js';
import { client, pcapSample, type Sample, server } from './generate-sample.js';

const YOUTUBE = 'www.youtube.com';
const DESTINATION_ID = hex('d0d1d2d3d4d5d6d7');
const SOURCE_ID = hex('5051525354');
const SERVER_ID = hex('f0f1f2f3f4f5f6f7');

/** QUIC handshakes whose name no single packet shows, or in versions seldom met. */
export function quicSamples(): Sample[] {
  return [
    pcapSample('quic-v1-two-initials', inOrder({})),
    pcapSample('quic-v2', inOrder({ version: QUIC_V2 })),
    pcapSample('quic-draft-29', inOrder({ version: QUIC_DRAFT_29 })),
    pcapSample('quic-draft-27', inOrder({ version: QUIC_DRAFT_27 })),
    pcapSample('quic-greased-version', inOrder({ version: 0x1a2a_3a4a })),
    pcapSample('quic-short-packet-number', inOrder({ packetNumberLen: 1 })),
    pcapSample('quic-crypto-shuffled', shuffled()),
    pcapSample('quic-ten-initials-shuffled', tenInitials()),
    pcapSample('quic-crypto-overlap-duplicates', overlapping()),
    pcapSample('quic-hello-8k', bigHello()),
    pcapSample('quic-coalesced', coalesced()),
    pcapSample('quic-retry', retry()),
    pcapSample('quic-version-negotiation', negotiation()),
    pcapSample('quic-server-chosen-id', serverChosenId()),
    pcapSample('quic-odd-port', inOrder({}, 8443)),
    pcapSample('quic-ech', inOrder({}, 443, { serverName: 'cloudflare-ech.com', echPayloadLen: 208 })),
  ];
}

function hello(options: ClientHelloOptions = {}): Buffer {
  return clientHello({ serverName: YOUTUBE, quicTransportParameters: transportParameters(SOURCE_ID), ...options });
}

function initial(pieces: readonly CryptoPiece[], packetNumber: number, options: Partial<InitialOptions> = {}): Buffer {
  return initialPacket(Buffer.concat(pieces.map(cryptoFrame)), {
    destinationConnectionId: DESTINATION_ID,
    sourceConnectionId: SOURCE_ID,
    packetNumber,
    ...options,
  });
}

/** What a server answers: an Initial with its ServerHello, a Handshake packet, 1-RTT both ways. */
function answer(conversation: UdpConversation, options: Partial<InitialOptions> = {}): ForgedPacket[] {
  const keyConnectionId = options.keyConnectionId ?? options.destinationConnectionId ?? DESTINATION_ID;
  const first = initialPacket(cryptoFrame({ offset: 0, data: serverHello(4, 0) }), {
    ...options,
    destinationConnectionId: SOURCE_ID,
    sourceConnectionId: SERVER_ID,
    keyConnectionId,
    token: undefined,
    side: 'server',
    packetNumber: 0,
  });
  conversation.send('server', first, opaqueLongPacket(2, SOURCE_ID, SERVER_ID, 900, 5));
  conversation.send('client', opaqueShortPacket(SERVER_ID, 60, 6)).send('server', opaqueShortPacket(SOURCE_ID, 700, 7));
  return conversation.packets;
}

function start(port = 443): UdpConversation {
  return new UdpConversation({ client: client(51_000), server: server(10, port) });
}

function inOrder(options: Partial<InitialOptions>, port = 443, helloOptions: ClientHelloOptions = {}): ForgedPacket[] {
  const [first, second] = cutCrypto(hello(helloOptions), [1000]);
  return answer(start(port).send('client', initial([first!], 0, options), initial([second!], 1, options)), options);
}

/** As Chromium does it: small pieces in any order, PING and PADDING between them, the name cut in two. */
function shuffled(): ForgedPacket[] {
  const message = hello({ serverNameAt: 3 });
  const inName = message.indexOf('youtube') + 2;
  const random = new Prng('shuffled');
  const pieces = random.shuffle(cutCrypto(message, [40, 90, inName, inName + 200, inName + 700, inName + 1100]));
  const frames = (from: readonly CryptoPiece[]): Buffer =>
    Buffer.concat(from.flatMap((piece) => [cryptoFrame(piece), PING_FRAME, Buffer.alloc(random.int(12))]));
  const base = { destinationConnectionId: DESTINATION_ID, sourceConnectionId: SOURCE_ID };
  const conversation = start().send(
    'client',
    initialPacket(frames(pieces.slice(0, 3)), { ...base, packetNumber: 1 }),
    initialPacket(frames(pieces.slice(3)), { ...base, packetNumber: 0 }),
  );
  return answer(conversation);
}

function tenInitials(): ForgedPacket[] {
  const message = hello({ serverNameAt: 'last' });
  const step = Math.ceil(message.length / 10);
  const pieces = cutCrypto(
    message,
    Array.from({ length: 9 }, (_, index) => (index + 1) * step),
  );
  const packets = pieces.map((piece, number) => initial([piece], number));
  return answer(start().send('client', ...new Prng('ten').shuffle(packets)));
}

function overlapping(): ForgedPacket[] {
  const message = hello({ serverNameAt: 2 });
  const piece = (from: number, to: number): CryptoPiece => ({ offset: from, data: message.subarray(from, to) });
  const end = message.length;
  const conversation = start().send(
    'client',
    initial([piece(600, 1200), piece(100, 400)], 3),
    initial([piece(1000, end)], 1),
    initial([piece(600, 1200), piece(100, 400)], 3),
    initial([piece(0, 650), piece(0, 120)], 0),
  );
  return answer(conversation);
}

function bigHello(): ForgedPacket[] {
  const message = hello({ serverNameAt: 'last', messageLen: 8192 });
  const cuts = Array.from({ length: 7 }, (_, index) => (index + 1) * 1100);
  return answer(start().send('client', ...cutCrypto(message, cuts).map((piece, number) => initial([piece], number))));
}

/** Two Initials and a 0-RTT packet in each datagram. */
function coalesced(): ForgedPacket[] {
  const pieces = cutCrypto(hello(), [500, 1000, 1500]);
  const small = (index: number): Buffer => initial([pieces[index]!], index, { packetLen: 0 });
  const early = opaqueLongPacket(1, DESTINATION_ID, SOURCE_ID, 150, 8);
  const datagrams = [Buffer.concat([small(0), small(1), early]), Buffer.concat([small(2), early, small(3)])];
  return answer(start().send('client', ...datagrams));
}

/** After the Retry the keys come from the id that the server chose, and the hello is sent again with its token. */
function retry(): ForgedPacket[] {
  const pieces = cutCrypto(hello(), [1000]);
  const token = new Prng('token').bytes(64);
  const again = { destinationConnectionId: SERVER_ID, token };
  const conversation = start().send('client', initial([pieces[0]!], 0), initial([pieces[1]!], 1));
  conversation.send(
    'server',
    retryPacket({
      destinationConnectionId: SOURCE_ID,
      sourceConnectionId: SERVER_ID,
      originalDestinationConnectionId: DESTINATION_ID,
      token,
    }),
  );
  conversation.send('client', initial([pieces[0]!], 2, again), initial([pieces[1]!], 3, again));
  return answer(conversation, { keyConnectionId: SERVER_ID });
}

/** A reserved version (RFC 9000 §15), the server's list, and the handshake anew in version 1. */
function negotiation(): ForgedPacket[] {
  const pieces = cutCrypto(hello(), [1000]);
  const unknown = initial([pieces[0]!], 0, { version: 0x5a6a_7a8a });
  const conversation = start().send('client', unknown);
  conversation.send('server', versionNegotiation(SOURCE_ID, DESTINATION_ID, [QUIC_V1, QUIC_V2, 0x6a7a_8a9a]));
  const fresh = { destinationConnectionId: hex('e0e1e2e3e4e5e6e7e8') };
  return answer(conversation.send('client', initial([pieces[0]!], 0, fresh), initial([pieces[1]!], 1, fresh)), fresh);
}

/** The server answers the first Initial; the second goes to the id it chose, under the old keys. */
function serverChosenId(): ForgedPacket[] {
  const pieces = cutCrypto(hello({ serverNameAt: 'last' }), [1000]);
  const conversation = start().send('client', initial([pieces[0]!], 0));
  const acknowledgement = initialPacket(hex('0200000000'), {
    destinationConnectionId: SOURCE_ID,
    sourceConnectionId: SERVER_ID,
    keyConnectionId: DESTINATION_ID,
    side: 'server',
    packetLen: 0,
  });
  conversation.send('server', acknowledgement);
  conversation.send(
    'client',
    initial([pieces[1]!], 1, { destinationConnectionId: SERVER_ID, keyConnectionId: DESTINATION_ID }),
  );
  return answer(conversation);
}
