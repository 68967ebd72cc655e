import { hashWords } from '../common/half-sip-hash.js';
import { TCP } from '../common/ip-protocols.js';
import { FLOW_SYN_A } from './flow-flags.js';
import * as F from './flow-row.js';
import type { Endpoint, FlowRows } from './flow-rows.js';
import { KEY_WITHOUT_SEGMENT, NO_FLOW, type PacketColumns, SEGMENT_SHIFT } from './packet-columns.js';
import { TCP_ACK, TCP_SYN } from './tcp-state.js';

/** Buckets of the latest connections, a power of two, and connections of each. */
const BUCKETS = 1 << 14;
const BUCKET_LEN = 4;
/** The farthest that an acknowledgment lies behind the peer's SYN: of a SYN-ACK, and of a later segment. */
const MAX_SYN_LEN = 1 << 16;
const MAX_ACKNOWLEDGED = 1 << 30;

/**
 * Connections whose directions carry different tags: some ports tag one direction only, and routers put the answers
 * into another VLAN. A packet of another segment belongs to a connection with the same addresses and ports when that
 * has shown the other direction alone and, where its SYN is known, the packet acknowledges it.
 */
export class SegmentPairs {
  /** The `proto` of a connection's other direction, by row. */
  private readonly others = new Map<number, number>();
  /** Row + 1 of the latest connections, by the hash of their key without segment, newest first. Null without tags. */
  private latest: Int32Array | null = null;

  constructor(
    private readonly flows: FlowRows,
    private readonly seed: number,
  ) {}

  /** Connections whose directions differ. */
  get size(): number {
    return this.others.size;
  }

  /** False as long as no packet had a tag: no two keys differ in their segment then. */
  concern(proto: number): boolean {
    return this.latest !== null || proto >>> SEGMENT_SHIFT !== 0;
  }

  /** The connection `row` begins with packet `i`. */
  began(columns: PacketColumns, i: number, row: number): void {
    if (this.latest === null) {
      if (columns.proto[i]! >>> SEGMENT_SHIFT === 0) return;
      this.latest = new Int32Array(BUCKETS * BUCKET_LEN);
    }
    const { latest } = this;
    const start = this.bucketOf(columns, i);
    for (let at = start + BUCKET_LEN - 1; at > start; at--) latest[at] = latest[at - 1]!;
    latest[start] = row + 1;
  }

  /** Hash of the key of packet `i` as it is without tags. */
  bareHash(columns: PacketColumns, i: number): number {
    const proto = columns.proto[i]!;
    if (proto >>> SEGMENT_SHIFT === 0) return columns.hash[i]!;
    return hashWords(columns.addrA[i]!, columns.addrB[i]!, columns.ports[i]!, proto & KEY_WITHOUT_SEGMENT, this.seed);
  }

  /**
   * Row of the latest connection with the key of packet `i`, whatever its segment; only one that the packet answers
   * where `isAnswer`. NO_FLOW for none.
   */
  latestOf(columns: PacketColumns, i: number, isAnswer: boolean): number {
    const { latest } = this;
    if (latest === null) return NO_FLOW;
    const start = this.bucketOf(columns, i);
    for (let at = start; at < start + BUCKET_LEN; at++) {
      const row = latest[at]! - 1;
      if (row >= 0 && this.hasKey(columns, i, row) && (!isAnswer || this.isAnswer(columns, i, row))) return row;
    }
    return NO_FLOW;
  }

  /** True when packet `i` is of the direction of `row` that has not been seen. */
  isAnswer(columns: PacketColumns, i: number, row: number): boolean {
    const { flows } = this;
    const sender = columns.fromB[i] as Endpoint;
    if (this.others.has(row) || flows.packetsFrom(row, sender) !== 0) return false;
    if ((columns.proto[i]! & 255) !== TCP) return true;
    const other = (1 - sender) as Endpoint;
    const flags = columns.tcpFlags[i]!;
    if (!flows.hasFlag(row, FLOW_SYN_A << other)) return (flags & TCP_SYN) === 0;
    const acknowledged = (columns.tcpAck[i]! - flows.initialSeqOf(row, other)) | 0;
    const most = (flags & TCP_SYN) !== 0 ? MAX_SYN_LEN : MAX_ACKNOWLEDGED;
    return (flags & TCP_ACK) !== 0 && acknowledged > 0 && acknowledged <= most;
  }

  /** The other direction of `row` has the key of packet `i`. */
  join(columns: PacketColumns, i: number, row: number): void {
    this.others.set(row, columns.proto[i]!);
  }

  /** True when `proto` is that of the connection's other direction. */
  hasOther(row: number, proto: number): boolean {
    return this.others.get(row) === proto;
  }

  /** The `proto` of the connection's other direction, which is forgotten; 0 for none. */
  release(row: number): number {
    const proto = this.others.get(row) ?? 0;
    this.others.delete(row);
    return proto;
  }

  private bucketOf(columns: PacketColumns, i: number): number {
    return (this.bareHash(columns, i) & (BUCKETS - 1)) * BUCKET_LEN;
  }

  private hasKey(columns: PacketColumns, i: number, row: number): boolean {
    const { words } = this.flows;
    const w = row << F.ROW_SHIFT;
    return (
      words[w + F.ADDR_A] === columns.addrA[i] &&
      words[w + F.ADDR_B] === columns.addrB[i] &&
      words[w + F.PORTS] === columns.ports[i] &&
      words[w + F.PROTO] !== -1 &&
      ((words[w + F.PROTO]! ^ columns.proto[i]!) & KEY_WITHOUT_SEGMENT) === 0
    );
  }
}
