import { dnsQuery, dnsResponse } from '../test/forge/dns.js';
import { FORGE_EPOCH_MICROS } from '../test/forge/packet.js';
import { Prng } from '../test/forge/prng.js';
import { clientHello, RECORD_HANDSHAKE, tlsRecords } from '../test/forge/tls.js';
import { ACK, PSH, RST, SYN } from '../test/forge/transport.js';
import type { CaptureStream } from './capture-stream.js';
import { type Connection, connection } from './connection.js';
import { HelloTemplate } from './hello-template.js';

const DATA = ACK | PSH;
const NOISE_LEN = 1 << 20;
const PACKETS = 1_000_000;
const STEP_MICROS = 10;
const NOTHING = Buffer.alloc(0);
/** Connections of the floods that keep as many open as streams may wait. */
const WAITING = 130_000;

/**
 * A flood on its way into a capture: as many packets as wanted, 10 µs apart, between clients and one server. Transport
 * checksums are wrong, as with senders that leave them to their network cards: then `dpi` computes all of them.
 */
class Flood {
  readonly random: Prng;
  private readonly noise: Buffer;
  private micros = FORGE_EPOCH_MICROS;
  private readonly of: Connection;

  constructor(
    private readonly out: CaptureStream,
    private readonly packets: number,
    seed: string,
  ) {
    this.random = new Prng(seed);
    this.noise = this.random.bytes(NOISE_LEN);
    const ends = { client: Buffer.alloc(4), server: Buffer.from([192, 0, 2, 1]), clientPort: 0, serverPort: 0 };
    this.of = connection(ends, true, [], 0, 0);
  }

  get isOver(): boolean {
    return this.out.packets >= this.packets;
  }

  /** Valid until the next call of the generator. */
  noisePiece(len: number): Buffer {
    const start = this.random.int(NOISE_LEN - len);
    return this.noise.subarray(start, start + len);
  }

  /** A segment of client number `n` to the server's port, with any sequence number. */
  tcp(n: number, port: number, seq: number, flags: number, payload: Buffer): void {
    this.turnTo(n, port);
    this.of.clientSeq = seq | 0;
    this.of.serverSeq = 1;
    this.out.tcp(this.tick(), this.of, true, flags, payload);
  }

  /** A segment of the server to client number `n`. */
  answer(n: number, port: number, seq: number, flags: number, payload: Buffer): void {
    this.turnTo(n, port);
    this.of.serverSeq = seq | 0;
    this.of.clientSeq = 1;
    this.out.tcp(this.tick(), this.of, false, flags, payload);
  }

  udp(n: number, port: number, payload: Buffer, fromClient = true): void {
    this.turnTo(n, port);
    this.out.udp(this.tick(), this.of, fromClient, payload);
  }

  /** The next packets come from random ends, whoever they are said to be of. */
  scatter(): void {
    const { of, random } = this;
    of.client.writeUInt32BE(random.uint32());
    of.server.writeUInt32BE(random.uint32());
    of.clientPort = random.int(65_536);
    of.serverPort = random.int(65_536);
  }

  /** A segment, or a datagram, of the ends that `scatter` chose. */
  scattered(isTcp: boolean, payload: Buffer): void {
    this.of.clientSeq = this.random.uint32() | 0;
    if (isTcp) this.out.tcp(this.tick(), this.of, true, DATA, payload);
    else this.out.udp(this.tick(), this.of, true, payload);
  }

  /** From now on time alternates between now and the year 2106. */
  warp(): void {
    this.micros = this.micros < 4e15 ? 4_294_967_295e6 : FORGE_EPOCH_MICROS;
  }

  frame(frame: Buffer): void {
    this.out.frame(this.tick(), frame, frame.length);
  }

  private turnTo(n: number, port: number): void {
    const { of } = this;
    of.client.writeUInt32BE((0x0a00_0000 | (n >>> 8)) >>> 0);
    of.clientPort = 1024 + (n & 0xff);
    of.serverPort = port;
  }

  private tick(): number {
    this.micros += STEP_MICROS;
    return this.micros;
  }
}

/** What an attacker may send to cost memory and time; docs/limits.md has what each costs. */
const KINDS: Readonly<Record<string, (flood: Flood) => void>> = {
  gaps(flood) {
    for (let n = 0; !flood.isOver; n++) {
      flood.tcp(n, 443, 1, SYN, NOTHING);
      flood.tcp(n, 443, 100, DATA, flood.noisePiece(10 + (n & 31)));
      flood.answer(n, 443, 1000, RST, NOTHING);
      flood.tcp(n, 443, 300, DATA, flood.noisePiece(10 + (n & 15)));
      flood.answer(n, 443, 2000, RST, NOTHING);
    }
  },
  tcpRandom: (flood) => scatterAll(flood, true),
  udpRandom: (flood) => scatterAll(flood, false),
  httpNoEnd: (flood) =>
    waitForever(flood, 80, (part) =>
      Buffer.from(part === 0 ? `GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(80)}ab` : `cd: y\r\n${'X: y\r\n'.repeat(80)}ab`),
    ),
  tlsDeclared(flood) {
    const hello = longHello();
    waitForever(flood, 443, (part) => hello.subarray(part * 10, part * 10 + 10));
  },
  tls64k(flood) {
    const hello = longHello();
    waitForever(flood, 443, (part) => hello.subarray(part * 1300, part * 1300 + 1300));
  },
  outOfOrder(flood) {
    waitForever(flood, 443, () => flood.noisePiece(600), 700);
  },
  oneByte(flood) {
    const hello = tlsRecords(RECORD_HANDSHAKE, clientHello({ serverName: 'one.byte.example', postQuantum: false }));
    const atATime = 2000;
    for (let first = 0; !flood.isOver; first += atATime) {
      for (let n = first; n < first + atATime; n++) flood.tcp(n, 443, 1, SYN, NOTHING);
      for (let at = 0; at + 1 < hello.length && !flood.isOver; at++) {
        for (let n = first; n < first + atATime; n++) flood.tcp(n, 443, 2 + at, DATA, hello.subarray(at, at + 1));
      }
    }
  },
  longSni(flood) {
    const hello = new HelloTemplate({ postQuantum: false, grease: false }, true);
    const name = Buffer.alloc(4000, 'a');
    for (let n = 0; !flood.isOver; n++) {
      name.write(String(n).padStart(8, '0'), name.length - 8);
      flood.tcp(n, 443, 1, SYN, NOTHING);
      flood.tcp(n, 443, 2, DATA, hello.render(name, flood.random));
    }
  },
  hosts(flood) {
    const connections = 2100;
    for (let n = 0; n < connections; n++) flood.tcp(n, 80, 1, SYN, NOTHING);
    let seq = 2;
    for (let request = 1000; !flood.isOver; request++) {
      let len = 0;
      for (let n = 1000; n < 1000 + connections; n++) {
        const text = Buffer.from(`GET / HTTP/1.1\r\nHost: h${n}-${request}.flood.example\r\n\r\n`);
        flood.tcp(n - 1000, 80, seq, DATA, text);
        len = text.length;
      }
      seq += len;
    }
  },
  h2(flood) {
    const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0');
    const connections = 1000;
    const seqs = new Array<number>(connections).fill(2 + preface.length);
    for (let n = 0; n < connections; n++) {
      flood.tcp(n, 80, 1, SYN, NOTHING);
      flood.tcp(n, 80, 2, DATA, preface);
    }
    for (let stream = 1; !flood.isOver; stream += 2) {
      for (let n = 0; n < connections; n++) {
        const frame = http2Headers(flood, stream);
        flood.tcp(n, 80, seqs[n]!, DATA, frame);
        seqs[n]! += frame.length;
      }
    }
  },
  quic: (flood) => initials(flood, 1200),
  quicCoalesced: (flood) => initials(flood, 40),
  dns(flood) {
    const query = dnsQuery(1, { name: 'abcdefgh.ijklmnop.example' });
    for (let n = 0; !flood.isOver; n++) {
      scribble(query, 13, 8, flood.random);
      scribble(query, 22, 8, flood.random);
      flood.udp(n, 53, query);
    }
  },
  dnsAnswers(flood) {
    const name = 'abcdefgh.ijklmnop.example';
    const records = Array.from({ length: 20 }, () => ({ name, type: 'A' as const, address: '203.0.113.1' }));
    const answer = dnsResponse(1, { name }, records);
    const firstAddress = answer.length - 20 * 16 + 12;
    for (let n = 0; !flood.isOver; n++) {
      scribble(answer, 13, 8, flood.random);
      for (let i = 0; i < 20; i++) answer.writeUInt32BE(flood.random.uint32(), firstAddress + 16 * i);
      flood.udp(n & 0xffff, 53, answer, false);
    }
  },
  warp(flood) {
    for (let n = 0; !flood.isOver; n = (n + 1) % 100_000) {
      flood.tcp(n, 443, n, ACK, flood.noisePiece(20));
      flood.warp();
    }
  },
  reuse(flood) {
    for (let n = 0; !flood.isOver; n = (n + 1) % 1000) flood.tcp(n, 443, flood.random.uint32(), SYN, NOTHING);
  },
  fragments(flood) {
    const frame = Buffer.alloc(14 + 20 + 1400);
    frame.writeUInt16BE(0x0800, 12);
    frame[14] = 0x45;
    frame.writeUInt16BE(20 + 1400, 16);
    frame.writeUInt16BE(0x2000, 20);
    frame.writeUInt16BE(0x4011, 22);
    frame.writeUInt32BE(0xc000_0201, 30);
    for (let n = 0; !flood.isOver; n++) {
      frame.writeUInt16BE(n & 0xffff, 18);
      frame.writeUInt32BE((0x0a00_0000 | (n >>> 6)) >>> 0, 26);
      flood.frame(frame);
    }
  },
};

export type FloodKind = `flood-${string}`;

/** The kinds of floods as names of data sets. */
export const FLOODS: readonly FloodKind[] = Object.keys(KINDS).map((kind) => `flood-${kind}` as const);

/** Writes a flood of a million packets at size 1. */
export function writeFlood(out: CaptureStream, kind: FloodKind, size: number): void {
  const name = kind.slice('flood-'.length);
  KINDS[name]!(new Flood(out, Math.round(PACKETS * size), name));
}

function scatterAll(flood: Flood, isTcp: boolean): void {
  while (!flood.isOver) {
    flood.scatter();
    flood.scattered(isTcp, flood.noisePiece(20 + flood.random.int(100)));
  }
}

/** Many connections at once, each of which goes on with the next part, `gap` bytes behind the last, and never ends. */
function waitForever(flood: Flood, port: number, part: (number: number) => Buffer, gap = 0): void {
  for (let n = 0; n < WAITING && !flood.isOver; n++) flood.tcp(n, port, 1, SYN, NOTHING);
  let seq = 2 + gap;
  for (let number = 0; !flood.isOver; number++) {
    let len = 0;
    for (let n = 0; n < WAITING && !flood.isOver; n++) {
      const payload = part(number);
      flood.tcp(n, port, seq, DATA, payload);
      len = payload.length;
    }
    seq += len + gap;
  }
}

/** A ClientHello of 60,000 bytes. */
function longHello(): Buffer {
  return tlsRecords(
    RECORD_HANDSHAKE,
    clientHello({ serverName: 'slow.example', serverNameAt: 'last', messageLen: 60_000 }),
  );
}

/** A HEADERS frame (RFC 9113 §6.2) of 40 fields that enter the table of its decoder. */
function http2Headers(flood: Flood, stream: number): Buffer {
  const fields = Array.from({ length: 40 }, () => {
    const name = Buffer.from(flood.random.uint32().toString(36));
    return Buffer.concat([Buffer.from([0x40, name.length]), name, Buffer.from([10]), flood.noisePiece(10)]);
  });
  const block = Buffer.concat(fields);
  const head = Buffer.from([
    0,
    block.length >> 8,
    block.length & 0xff,
    1,
    4,
    0,
    0,
    (stream >> 8) & 0xff,
    stream & 0xff,
  ]);
  return Buffer.concat([head, block]);
}

/** Datagrams of 1,200 bytes full of Initial packets (RFC 9000 §17.2.2) with random connection ids, `packetLen` each. */
function initials(flood: Flood, packetLen: number): void {
  const datagram = Buffer.alloc(1200);
  for (let n = 0; !flood.isOver; n++) {
    flood.noisePiece(1200).copy(datagram);
    for (let at = 0; at + packetLen <= datagram.length; at += packetLen) {
      datagram[at] = 0xc3;
      datagram.writeUInt32BE(1, at + 1);
      datagram[at + 5] = 8;
      flood.random.fill(datagram, at + 6, at + 14);
      datagram[at + 14] = 0;
      datagram[at + 15] = 0;
      datagram.writeUInt16BE(0x4000 | (packetLen - 18), at + 16);
    }
    flood.udp(n, 443, datagram);
  }
}

/** Random letters in place of `len` others. */
function scribble(text: Buffer, start: number, len: number, random: Prng): void {
  for (let at = start; at < start + len; at++) text[at] = 0x61 + random.int(26);
}
