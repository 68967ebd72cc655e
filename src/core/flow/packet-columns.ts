import { hashWords } from '../common/half-sip-hash.js';

/** Packets per batch: enough to overlap cache misses of the flow table, few enough to stay in the first-level cache. */
export const COLUMNS_LEN = 128;

/** `flow` of a packet that belongs to no connection. */
export const NO_FLOW = -1;

/**
 * `dropped` of a packet: it passes, it goes with its connection (or its IP datagram), or as a DNS message of its own.
 */
export const PASSED = 0;
export const DROPPED_WITH_CONNECTION = 1;
export const DROPPED_ALONE = 2;

/** Bit of `proto`: the addresses are IPv6. */
export const IPV6_BIT = 256;

/** Position in `proto` of the network segment's id (SegmentTable), 16 bits. */
export const SEGMENT_SHIFT = 9;

/** Bits of `proto` below. */
export const KEY_WITHOUT_SEGMENT = (1 << SEGMENT_SHIFT) - 1;

/** Bit of `loose`. */
export const LOOSE_FRAGMENT = 16;

/**
 * The packets of a batch as the decode stage read them, one column for each field. The flow stage adds `flow` and
 * `starts`. Index i is the packet's place in the batch. Offsets are into `buffers[bufIndex[i]]`.
 */
export class PacketColumns {
  /** Key of the connection, endpoints in canonical order: address words (IPv4 address or interned IPv6 id). */
  readonly addrA = new Int32Array(COLUMNS_LEN);
  readonly addrB = new Int32Array(COLUMNS_LEN);
  /** Port of A in the upper 16 bits, of B in the lower. */
  readonly ports = new Int32Array(COLUMNS_LEN);
  /**
   * IP protocol number in the lower 8 bits, bit 8 set for IPv6, above it the id of the network segment; -1 for a packet
   * without a connection.
   */
  readonly proto = new Int32Array(COLUMNS_LEN);
  readonly hash = new Int32Array(COLUMNS_LEN);
  /** 1 when the packet's source is endpoint B. */
  readonly fromB = new Uint8Array(COLUMNS_LEN);
  readonly tcpFlags = new Uint8Array(COLUMNS_LEN);
  readonly tcpSeq = new Int32Array(COLUMNS_LEN);
  readonly tcpAck = new Int32Array(COLUMNS_LEN);
  /** TCP alone: where the header begins; 0 for a packet that came without its headers. */
  readonly tcpStart = new Int32Array(COLUMNS_LEN);
  readonly payloadStart = new Int32Array(COLUMNS_LEN);
  readonly payloadEnd = new Int32Array(COLUMNS_LEN);
  readonly payloadWireLen = new Int32Array(COLUMNS_LEN);
  /** Reassembled IP datagram that the packet is a part of, 0 for none. */
  readonly fragmentGroup = new Int32Array(COLUMNS_LEN);
  /** The packet that an ICMP error quotes, -1 for none. */
  readonly quotedStart = new Int32Array(COLUMNS_LEN);
  readonly quotedEnd = new Int32Array(COLUMNS_LEN);
  /** Index into `buffers`. */
  readonly bufIndex = new Uint8Array(COLUMNS_LEN);
  /**
   * Of a packet without a connection: 4 or 6 where its IP header could be read, with LOOSE_FRAGMENT where it is part of
   * a datagram that others may complete; else 0. Its addresses lie at `looseSrc` and `looseDst`.
   */
  readonly loose = new Uint8Array(COLUMNS_LEN);
  readonly looseSrc = new Int32Array(COLUMNS_LEN);
  readonly looseDst = new Int32Array(COLUMNS_LEN);
  /** Row of the flow table, NO_FLOW for none; written by the flow stage. */
  readonly flow = new Int32Array(COLUMNS_LEN);
  /** 1 for the packet that began its connection; written by the flow stage. */
  readonly starts = new Uint8Array(COLUMNS_LEN);
  /** PASSED or one of DROPPED_…; written by the policy stage, PASSED throughout where there is none. */
  readonly dropped = new Uint8Array(COLUMNS_LEN);
  /** Number of the rule that drops the packet; valid only where `dropped` says so. */
  readonly rule = new Int32Array(COLUMNS_LEN);
  /**
   * The capture's time at the packet (see PacketClock), in µs since the epoch: its stamp may lie before or behind.
   * Written by the flow stage; Infinity, where no clock runs, lets each stamp count.
   */
  readonly nowMicros = new Float64Array(COLUMNS_LEN).fill(Number.POSITIVE_INFINITY);
  /** Some packet's stamp lies far off that time; written with it. */
  hasStrays = false;
  /** ID of the packet's connection modulo 2^32, 0 for none; written only on request. */
  readonly connection = new Uint32Array(COLUMNS_LEN);
  /** [0] is the chunk itself, the others are reassembled datagrams of this batch. */
  readonly buffers: Buffer[] = [];
  count = 0;

  /**
   * Sets the connection key of packet `i`, its hash and `fromB`: puts the endpoints in canonical order, so that both
   * directions get the same key. `src` and `dst` are address words, `ports` has the source's port in the upper 16 bits,
   * the destination's in the lower; `proto` is as in the column.
   */
  setKey(i: number, src: number, dst: number, ports: number, proto: number, seed: number): void {
    const swap = src > dst || (src === dst && ports >>> 16 > (ports & 0xffff));
    const a = swap ? dst : src;
    const b = swap ? src : dst;
    const ordered = swap ? (ports << 16) | (ports >>> 16) : ports;
    this.addrA[i] = a;
    this.addrB[i] = b;
    this.ports[i] = ordered;
    this.proto[i] = proto;
    this.hash[i] = hashWords(a, b, ordered, proto, seed);
    this.fromB[i] = swap ? 1 : 0;
  }

  /** Puts packet `i`, whose key is set, into the network segment `segment`. */
  setSegment(i: number, segment: number, seed: number): void {
    const proto = (this.proto[i]! & KEY_WITHOUT_SEGMENT) | (segment << SEGMENT_SHIFT);
    this.proto[i] = proto;
    this.hash[i] = hashWords(this.addrA[i]!, this.addrB[i]!, this.ports[i]!, proto, seed);
  }
}
