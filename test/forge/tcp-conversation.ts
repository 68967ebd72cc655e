import type { IpOptions } from './ip.js';
import { type Encapsulate, ethernet } from './link.js';
import { FORGE_EPOCH_MICROS, type ForgedPacket } from './packet.js';
import { ACK, type Endpoint, FIN, PSH, RST, SYN, SYN_OPTIONS, tcpPacket } from './transport.js';

export type Side = 'client' | 'server';

export interface TcpConversationOptions {
  client: Endpoint;
  server: Endpoint;
  /** Initial sequence numbers; near 2^32 to make them wrap. */
  clientIsn?: number;
  serverIsn?: number;
  /** Time of the first packet, and between packets. */
  startMicros?: number;
  stepMicros?: number;
  /** Bytes per segment; 1460 unless given. */
  mss?: number;
  encapsulate?: Encapsulate;
  ip?: IpOptions;
}

export interface SendOptions {
  /** Lengths of the segments; the last repeats until the data ends. The MSS unless given. */
  segments?: readonly number[];
  /** The order in which the segments are sent, as indexes; all in order unless given. Left-out ones are never sent. */
  order?: readonly number[];
  /** Whether the other side acknowledges at the end (default true). */
  acknowledge?: boolean;
}

interface Stream {
  endpoint: Endpoint;
  isn: number;
  /** Stream offset behind the last byte sent. */
  sent: number;
  closed: boolean;
}

/**
 * A TCP connection, written packet by packet into `packets`. Stream offsets count from 0 at the first payload byte; SYN
 * and FIN take their sequence number as on the wire.
 */
export class TcpConversation {
  readonly packets: ForgedPacket[] = [];
  private readonly streams: Record<Side, Stream>;
  private readonly mss: number;
  private readonly encapsulate: Encapsulate;
  private readonly ip: IpOptions;
  private readonly stepMicros: number;
  private clockMicros: number;

  constructor(options: TcpConversationOptions) {
    this.streams = {
      client: { endpoint: options.client, isn: options.clientIsn ?? 0x1000_0000, sent: 0, closed: false },
      server: { endpoint: options.server, isn: options.serverIsn ?? 0x2000_0000, sent: 0, closed: false },
    };
    this.mss = options.mss ?? 1460;
    this.encapsulate = options.encapsulate ?? plainEthernet;
    this.ip = options.ip ?? { dontFragment: true };
    this.stepMicros = options.stepMicros ?? 1000;
    this.clockMicros = options.startMicros ?? FORGE_EPOCH_MICROS;
  }

  /** SYN, SYN-ACK, ACK. */
  handshake(): this {
    const { client, server } = this.streams;
    this.emit('client', { seq: client.isn, flags: SYN, options: SYN_OPTIONS });
    this.emit('server', { seq: server.isn, ack: client.isn + 1, flags: SYN | ACK, options: SYN_OPTIONS });
    return this.acknowledge('client');
  }

  /** Sends data behind what that side has sent so far. */
  send(from: Side, data: Buffer, options: SendOptions = {}): this {
    const base = this.streams[from].sent;
    const pieces = cut(data, options.segments ?? [this.mss]);
    for (const index of options.order ?? pieces.keys()) {
      const piece = pieces[index]!;
      this.segment(from, base + piece.offset, piece.bytes, piece.last ? ACK | PSH : ACK);
    }
    this.streams[from].sent = base + data.length;
    if (options.acknowledge !== false) this.acknowledge(other(from));
    return this;
  }

  /**
   * One segment at any stream offset: retransmissions, overlaps, keep-alives (offset -1). Advances `sent` if it ends
   * later.
   */
  segment(from: Side, offset: number, data: Buffer, flags = ACK | PSH): this {
    const stream = this.streams[from];
    this.emit(from, { seq: stream.isn + 1 + offset, ack: this.ackFor(from), flags, payload: data });
    stream.sent = Math.max(stream.sent, offset + data.length);
    return this;
  }

  acknowledge(from: Side): this {
    const stream = this.streams[from];
    this.emit(from, { seq: this.nextSeq(stream), ack: this.ackFor(from), flags: ACK });
    return this;
  }

  /** FIN from one side. */
  finish(from: Side): this {
    const stream = this.streams[from];
    this.emit(from, { seq: this.nextSeq(stream), ack: this.ackFor(from), flags: FIN | ACK });
    stream.closed = true;
    return this;
  }

  /** FIN from both sides and the last ACK. */
  close(first: Side = 'client'): this {
    return this.finish(first).finish(other(first)).acknowledge(first);
  }

  reset(from: Side): this {
    this.emit(from, { seq: this.nextSeq(this.streams[from]), ack: this.ackFor(from), flags: RST | ACK });
    return this;
  }

  /** Lets packet time pass. */
  wait(micros: number): this {
    this.clockMicros += micros;
    return this;
  }

  get nowMicros(): number {
    return this.clockMicros;
  }

  private nextSeq(stream: Stream): number {
    return stream.isn + 1 + stream.sent + (stream.closed ? 1 : 0);
  }

  private ackFor(from: Side): number {
    return this.nextSeq(this.streams[other(from)]);
  }

  private emit(from: Side, fields: Parameters<typeof tcpPacket>[2]): void {
    const packet = tcpPacket(this.streams[from].endpoint, this.streams[other(from)].endpoint, fields, this.ip);
    this.packets.push({ data: this.encapsulate(packet), timeMicros: this.clockMicros });
    this.clockMicros += this.stepMicros;
  }
}

interface Piece {
  offset: number;
  bytes: Buffer;
  last: boolean;
}

function cut(data: Buffer, lengths: readonly number[]): Piece[] {
  const pieces: Piece[] = [];
  for (let offset = 0; offset < data.length; ) {
    const length = Math.max(1, lengths[Math.min(pieces.length, lengths.length - 1)]!);
    pieces.push({ offset, bytes: data.subarray(offset, offset + length), last: offset + length >= data.length });
    offset += length;
  }
  return pieces;
}

function other(side: Side): Side {
  return side === 'client' ? 'server' : 'client';
}

function plainEthernet(ip: Buffer): Buffer {
  return ethernet(ip);
}
