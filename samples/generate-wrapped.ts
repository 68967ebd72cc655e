import { dtlsHelloBody, dtlsRecord } from '../test/forge/dtls.js';
import { be16, be24, be32 } from '../test/forge/fields.js';
import { httpRequest } from '../test/forge/http.js';
import { delay, FORGE_EPOCH_MICROS, type ForgedPacket } from '../test/forge/packet.js';
import { TcpConversation } from '../test/forge/tcp-conversation.js';
import { clientHelloRecord, serverFlight } from '../test/forge/tls.js';
import { proxied, STARTTLS, type Wrapper } from '../test/forge/tls-wrappers.js';
import { UdpConversation } from '../test/forge/udp-conversation.js';
import { client, pcapSample, type Sample, server } from './generate-sample.js';

const YOUTUBE = 'www.youtube.com';

/** Names behind another protocol's beginning, in HTTP/2 in clear, in DTLS, and in a hello that lost a part. */
export function wrappedSamples(): Sample[] {
  return [
    pcapSample('tls-behind-starttls', behind(STARTTLS)),
    pcapSample('tls-behind-proxies', behind([...proxied(YOUTUBE), connect()])),
    pcapSample('tls-lost-segment', lostSegment()),
    pcapSample('http2-prior-knowledge', priorKnowledge()),
    pcapSample('dtls-hello-fragments', helloFragments()),
  ];
}

/** A connection a second for each of `wrappers`. */
function behind(wrappers: readonly Wrapper[]): ForgedPacket[] {
  return wrappers.flatMap(([, port, lines], index) => {
    const one = new TcpConversation({ client: client(50_100 + index), server: server(30, port) }).handshake();
    for (const [side, text] of lines) one.send(side, typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
    const hello = clientHelloRecord({ serverName: YOUTUBE, postQuantum: false, grease: false });
    one.send('client', hello).send('server', serverFlight());
    return delay(one.close().packets, index * 1e6);
  });
}

function connect(): Wrapper {
  const request = httpRequest({ method: 'CONNECT', target: `${YOUTUBE}:443`, host: `${YOUTUBE}:443` });
  return [
    'HTTP CONNECT',
    3128,
    [
      ['client', request],
      ['server', 'HTTP/1.1 200 Connection established\r\n\r\n'],
    ],
  ];
}

/** The second of three segments of a hello never came; the name is in the third. */
function lostSegment(): ForgedPacket[] {
  const record = clientHelloRecord({ serverName: YOUTUBE, serverNameAt: 'last' });
  const one = new TcpConversation({ client: client(50_120), server: server(10) }).handshake();
  one.send('client', record, { segments: [700, 300, 1460], order: [0, 2] });
  return one.send('server', serverFlight()).close().packets;
}

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const HEADERS = 1;
const SETTINGS = 4;
const END_STREAM_AND_HEADERS = 5;
/** Indexed :method GET, :scheme http, :path /; and :authority with its value as it is (RFC 7541 §6.2.1). */
const REQUEST = Buffer.concat([Buffer.from('828684410f', 'hex'), Buffer.from('www.example.com')]);

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  return Buffer.concat([be24(payload.length), Buffer.from([type, flags]), be32(stream), payload]);
}

/** RFC 9113 §3.3, on a port of its own. */
function priorKnowledge(): ForgedPacket[] {
  const bytes = [PREFACE, frame(SETTINGS, 0, 0, Buffer.alloc(0)), frame(HEADERS, END_STREAM_AND_HEADERS, 1, REQUEST)];
  const one = new TcpConversation({ client: client(50_130), server: server(31, 3000) }).handshake();
  one.send('client', Buffer.concat(bytes)).send('server', frame(SETTINGS, 0, 0, Buffer.alloc(0)));
  return one.close().packets;
}

/** Version, random, no session id, a cipher suite, no compression. */
const SERVER_HELLO = Buffer.concat([be16(0xfefd), Buffer.alloc(32, 1), Buffer.from('00c02f00', 'hex')]);

/** A DTLS hello in two fragments, the second first, and the server's answer. */
function helloFragments(): ForgedPacket[] {
  const body = dtlsHelloBody(YOUTUBE);
  const one = new UdpConversation({
    client: client(50_140),
    server: server(32, 4433),
    startMicros: FORGE_EPOCH_MICROS,
  });
  one.send('client', dtlsRecord(1, 0, body, 60), dtlsRecord(1, 0, body, 0, 60));
  return one.send('server', dtlsRecord(2, 0, SERVER_HELLO)).packets;
}
