import { DNS_A, DNS_AAAA, dnsQuery, dnsResponse } from '../test/forge/dns.js';
import { hex } from '../test/forge/fields.js';
import { httpRequest } from '../test/forge/http.js';
import { Prng } from '../test/forge/prng.js';
import { cryptoFrame, cutCrypto, initialPacket, transportParameters } from '../test/forge/quic.js';
import { initialKeys, QUIC_V1 } from '../test/forge/quic-keys.js';
import { serverFlight, serverHello } from '../test/forge/tls.js';
import { ACK, FIN, PSH, SYN } from '../test/forge/transport.js';
import type { CaptureStream } from './capture-stream.js';
import { type Connection, connection, type Step } from './connection.js';
import { HelloTemplate } from './hello-template.js';
import { hostNames, pickName } from './names.js';
import { interleave } from './schedule.js';

const CONNECTIONS = 500_000;
/** 1,800 µs apart: 500,000 connections in 15 minutes, some 3,000 of them open at a time. */
const ARRIVAL_MICROS = 1800;
const MSS = 1460;
const CLIENTS = 4000;
const RESOLVER = Buffer.from([10, 255, 0, 53]);
const SOURCE_ID = hex('c0ffee');

/**
 * Mixed traffic of an office: TLS with ClientHellos of 1.9 KB, QUIC with real protection and a connection id for each,
 * HTTP, DNS, and a few long transfers. At size 1: 500,000 connections, 3.1 million packets, 1.09 GB.
 */
export function writeMix(out: CaptureStream, size: number): number {
  const count = Math.max(10, Math.round(CONNECTIONS * size));
  const traffic = new MixedTraffic();
  interleave(out, new Prng('mix schedule'), count, ARRIVAL_MICROS, (index) => traffic.make(index));
  return count;
}

/** Parts of the connections, in percent; what is left is bulk data. */
const TLS_SHARE = 23.6;
const QUIC_SHARE = 10.5;
const HTTP_SHARE = 13.8;
const DNS_SHARE = 52;

class MixedTraffic {
  private readonly random = new Prng('mix');
  private readonly names = hostNames();
  private readonly noise = new Prng('noise').bytes(1 << 20);
  private readonly flights = Array.from({ length: 64 }, (_, index) => serverFlight(index, 780));
  private readonly tlsHellos = [0, 3, 5, 8, 11, 'last' as const].map(
    (serverNameAt) => new HelloTemplate({ serverNameAt, echPayloadLen: 144, seed: `hello ${serverNameAt}` }, true),
  );
  private readonly quicHellos = [0, 2, 4, 6, 'last' as const].map((serverNameAt) => {
    const quicTransportParameters = transportParameters(SOURCE_ID);
    return new HelloTemplate(
      { serverNameAt, echPayloadLen: 240, seed: `q ${serverNameAt}`, quicTransportParameters },
      false,
    );
  });

  make(index: number): Connection {
    const { random } = this;
    const kind = random.int(1000) / 10;
    const nameIndex = pickName(random);
    const name = this.names[nameIndex]!;
    if (kind < TLS_SHARE) return this.over(index, nameIndex, 443, true, this.tls(name), 90_000);
    if (kind < TLS_SHARE + QUIC_SHARE) return this.over(index, nameIndex, 443, false, this.quic(name), 60_000);
    if (kind < TLS_SHARE + QUIC_SHARE + HTTP_SHARE)
      return this.over(index, nameIndex, 80, true, this.http(name), 60_000);
    if (kind < TLS_SHARE + QUIC_SHARE + HTTP_SHARE + DNS_SHARE) return this.dns(index, name, nameIndex);
    return this.over(index, nameIndex, 443, true, this.bulk(name), 12_000);
  }

  private over(
    index: number,
    name: number,
    port: number,
    isTcp: boolean,
    steps: Step[],
    gapMicros: number,
  ): Connection {
    const isV4 = index % 10 !== 7;
    const client = clientAddress(index % CLIENTS, isV4);
    const clientPort = 32_768 + (((index % CLIENTS) * 131 + Math.floor(index / CLIENTS) * 3) % 28_000);
    const ends = { client, server: serverAddress(name, isV4), clientPort, serverPort: port };
    return connection(ends, isTcp, steps, gapMicros, this.random.uint32());
  }

  private tls(name: Buffer): Step[] {
    const { random } = this;
    const hello = random.pick(this.tlsHellos).render(name, random);
    return [
      ...open(),
      up(hello.subarray(0, MSS), ACK),
      up(hello.subarray(MSS)),
      down(null),
      down(random.pick(this.flights)),
      up(this.record(64, 80)),
      up(this.record(90, 400)),
      down(this.record(100, 700)),
      ...close(),
    ];
  }

  private bulk(name: Buffer): Step[] {
    const steps = this.tls(name).slice(0, -3);
    for (let packets = this.random.between(150, 290); packets > 0; packets--) {
      steps.push(down(this.record(MSS - 5, MSS - 5), ACK));
      if (packets % 2 === 0) steps.push(up(null));
    }
    return [...steps, ...close()];
  }

  private quic(name: Buffer): Step[] {
    const { random } = this;
    const hello = random.pick(this.quicHellos).render(name, random);
    const destinationConnectionId = random.bytes(8);
    const serverId = random.bytes(8);
    const middle = random.between(900, 1100);
    const cuts = [
      random.between(30, 200),
      random.between(300, 800),
      middle,
      random.between(middle + 100, hello.length - 100),
    ];
    const pieces = cutCrypto(hello, cuts);
    const keys = initialKeys(QUIC_V1, destinationConnectionId, 'client');
    const initial = (order: number[], packetNumber: number): Buffer =>
      initialPacket(Buffer.concat(random.shuffle(order).map((piece) => cryptoFrame(pieces[piece]!))), {
        destinationConnectionId,
        sourceConnectionId: SOURCE_ID,
        packetNumber,
        packetNumberLen: 1,
        keys,
      });
    const answer = initialPacket(cryptoFrame({ offset: 0, data: serverHello(random.uint32(), 0) }), {
      destinationConnectionId: SOURCE_ID,
      sourceConnectionId: serverId,
      keyConnectionId: destinationConnectionId,
      side: 'server',
    });
    const short = (id: Buffer, from: number, to: number): Buffer =>
      Buffer.concat([Buffer.from([0x40 | random.int(64)]), id, this.piece(from, to)]);
    return [
      up(initial([0, 1, 2], 1)),
      up(initial([3, 4], 2)),
      down(answer),
      up(short(serverId, 40, 90)),
      down(short(SOURCE_ID, 200, 1100)),
    ];
  }

  private http(name: Buffer): Step[] {
    const target = `/${this.random.uint32().toString(36)}/index.html`;
    const body = this.piece(150, 900);
    const head = `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${body.length}\r\n\r\n`;
    return [
      ...open(),
      up(httpRequest({ host: name, target, headers: BROWSER_HEADERS })),
      down(Buffer.concat([Buffer.from(head), body])),
      up(null),
      ...close(),
    ];
  }

  private dns(index: number, name: Buffer, nameIndex: number): Connection {
    const { random } = this;
    const question = { name: name.toString(), type: random.chance(0.7) ? DNS_A : DNS_AAAA };
    const isV4 = question.type === DNS_A;
    const address = serverAddress(nameIndex, isV4);
    const text = isV4 ? [...address].join('.') : (address.toString('hex').match(/.{4}/g) ?? []).join(':');
    const id = random.int(0x10000);
    const answer = { name: question.name, type: isV4 ? ('A' as const) : ('AAAA' as const), address: text };
    const steps = [up(dnsQuery(id, question)), down(dnsResponse(id, question, [answer]))];
    const client = clientAddress(index % CLIENTS, true);
    const ends = { client, server: RESOLVER, clientPort: 32_768 + random.int(28_000), serverPort: 53 };
    return connection(ends, false, steps, 20_000, 0);
  }

  /** An application-data record. */
  private record(from: number, to: number): Buffer {
    const body = this.piece(from, to);
    return Buffer.concat([Buffer.from([23, 3, 3, body.length >> 8, body.length & 0xff]), body]);
  }

  private piece(from: number, to: number): Buffer {
    const start = this.random.int(this.noise.length - to);
    return this.noise.subarray(start, start + this.random.between(from, to));
  }
}

const BROWSER_HEADERS: [string, string][] = [
  ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0'],
  ['Accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
  ['Accept-Language', 'en-US,en;q=0.5'],
  ['Accept-Encoding', 'gzip, deflate'],
  ['Connection', 'keep-alive'],
];

function up(payload: Buffer | null, flags = payload ? ACK | PSH : ACK): Step {
  return { fromClient: true, flags, payload };
}

function down(payload: Buffer | null, flags = payload ? ACK | PSH : ACK): Step {
  return { fromClient: false, flags, payload };
}

function open(): Step[] {
  return [up(null, SYN), down(null, SYN | ACK), up(null)];
}

function close(): Step[] {
  return [up(null, FIN | ACK), down(null, FIN | ACK), up(null)];
}

function clientAddress(index: number, isV4: boolean): Buffer {
  return isV4
    ? Buffer.from([10, 20, index >> 8, index & 0xff])
    : hex(`20010db800200000${index.toString(16).padStart(16, '0')}`);
}

/** Several names share an address, as behind a CDN. */
function serverAddress(name: number, isV4: boolean): Buffer {
  const host = name % 12_000;
  return isV4
    ? Buffer.from([23, 64 + (name % 3), host >> 8, host & 0xff])
    : hex(`26000db800010000${host.toString(16).padStart(16, '0')}`);
}
