import { hashWords } from '../common/half-sip-hash.js';
import { HashSlots } from '../common/hash-slots.js';
import type { AddressTable } from './address-table.js';
import { DoubtfulSyns } from './doubtful-syns.js';
import {
  FLOW_ESTABLISHED_A,
  FLOW_INITIATOR_B,
  FLOW_INITIATOR_SURE,
  FLOW_OPENER_B,
  FLOW_PAYLOAD_A,
} from './flow-flags.js';
import * as F from './flow-row.js';
import { FlowRows } from './flow-rows.js';
import { DEFAULT_TIMEOUTS, type FlowTimeouts, timeoutOf } from './flow-timeouts.js';
import { JUMP_MICROS } from './packet-clock.js';
import { COLUMNS_LEN, IPV6_BIT, KEY_WITHOUT_SEGMENT, NO_FLOW, type PacketColumns } from './packet-columns.js';
import { SegmentPairs } from './segment-pairs.js';
import { isFromServicePort } from './service-port.js';
import { NO_SPAN, type SpanWatch } from './span-watch.js';
import { mayEnd, noteTcpFlags, TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from './tcp-state.js';

/** Packets between two sweeps of the clock hand: packets of the capture, for batches end where a read did. */
const SWEEP_EVERY = 256;
/**
 * Rows that a sweep passes for each connection that began since the last one, and rows for each packet on top: the
 * table holds at most half as many idle rows again as live ones, and a silent connection is met even where none begins.
 */
const ROWS_PER_START = 2;
const ROWS_PER_SWEEP = SWEEP_EVERY / 16;
/** Calls of `advance` in which the clock hand comes round. */
const ADVANCES_PER_ROUND = 16;
/** Until payload shows otherwise, who opened a connection is its initiator. */
const INITIATOR_B = FLOW_INITIATOR_B | FLOW_OPENER_B;
/** Rows that are looked at to find the one to evict when the table is full. */
const EVICTION_SAMPLE = 32;

/** Told of rows that end, which are reused afterwards. */
export type FlowEnded = (row: number) => void;

/**
 * Connections in progress: open addressing over the rows, whose memory is touched only as they come into use. Times out
 * by packet time with a clock hand that passes a few rows for each packet: no time stamp costs more than any other.
 */
export class FlowTable extends FlowRows {
  private readonly freeRows: number[] = [];
  /** Row + 1 of each, by the hash of its key. */
  private readonly slots = new HashSlots();
  private readonly pairs: SegmentPairs;
  private readonly syns = new DoubtfulSyns();
  private hand = 0;
  /** `nextId` at the last sweep. */
  private sweptId = 1;
  /** Packets until the next sweep is due, 1 to SWEEP_EVERY. */
  private sweepIn = SWEEP_EVERY;
  private nextId = 1;
  /** Earliest time since the last sweep, and between that and the one before. */
  private earliestMicros = Number.POSITIVE_INFINITY;
  private earlierMicros = Number.POSITIVE_INFINITY;
  /** By packet of the batch: row of the first entry with its hash when the batch began, NO_FLOW for none. */
  private readonly likelyRows = new Int32Array(COLUMNS_LEN);
  touched = 0; // Keeps `touch` from being optimised away.
  private watch = NO_SPAN;
  private drainOrder: Float64Array | null = null;
  private drained = 0;
  /** Live connections. */
  size = 0;
  /** Connections that ended early because the table was full. */
  evicted = 0;

  constructor(
    maxFlows: number,
    private readonly addresses: AddressTable,
    private readonly seed: number,
    private readonly ended: FlowEnded,
    private readonly timeouts: FlowTimeouts = DEFAULT_TIMEOUTS,
  ) {
    super(maxFlows);
    this.pairs = new SegmentPairs(this, seed);
  }

  /** `watch` is told of packets in another span of time, from now on. */
  watchSpan(watch: SpanWatch): void {
    this.watch = watch;
  }

  /** Connections so far, ended ones included. */
  get started(): number {
    return this.nextId - 1;
  }

  /**
   * Finds or begins the connection of the packets from index `from` on, and counts them there. Stops before a packet
   * that ends a connection (the earlier packets of which may still wait to be inspected) unless that is the first, and
   * where a sweep is due; returns the index to go on from. `sweep` must be told of the packets between.
   */
  resolve(columns: PacketColumns, tsMicros: Float64Array, wireLen: Int32Array, from: number): number {
    const count = Math.min(columns.count, from + this.sweepIn);
    if (from === 0) this.touched += this.touch(columns);
    for (let i = from; i < count; i++) {
      columns.starts[i] = 0;
      if (columns.proto[i] === -1) {
        columns.flow[i] = NO_FLOW;
        continue;
      }
      if (tsMicros[i]! < this.earliestMicros) this.earliestMicros = tsMicros[i]!;
      let row = this.rowOf(columns, i);
      if (row === NO_FLOW && this.pairs.concern(columns.proto[i]!)) row = this.otherDirection(columns, i);
      // What a SYN means, and what it changes, depends on what the packets before it showed: they come first.
      if (row !== NO_FLOW && i > from && (columns.tcpFlags[i]! & TCP_SYN) !== 0) return i;
      if (row !== NO_FLOW && this.isOver(row, columns, i, tsMicros)) {
        if (i > from) return i;
        // The new row may use the same IPv6 ids: they stay valid until collect().
        this.end(row);
        row = NO_FLOW;
      }
      if (row === NO_FLOW) {
        if (this.isFull() && i > from) return i;
        row = this.begin(columns, i, tsMicros);
        columns.starts[i] = 1;
      }
      columns.flow[i] = row;
      this.count(columns, i, row, tsMicros, wireLen[i]!);
    }
    return count;
  }

  /**
   * Loads the slots of all packets, then finds a likely row for each, then loads of these what a packet changes:
   * independent loads, whose cache misses overlap, where the look-ups one by one would wait for each. A row's first 64
   * bytes may lie in two cache lines, so both ends are loaded. Returns a sum, so that nothing of it can be left out.
   */
  private touch(columns: PacketColumns): number {
    const { slots, words, likelyRows } = this;
    const { hash, count } = columns;
    let sum = 0;
    for (let i = 0; i < count; i++) sum ^= slots.home(hash[i]!);
    for (let i = 0; i < count; i++) {
      const slot = slots.first(hash[i]!);
      likelyRows[i] = slot < 0 ? NO_FLOW : slots.entryAt(slot) - 1;
    }
    for (let i = 0; i < count; i++) {
      if (likelyRows[i] === NO_FLOW) continue;
      const w = likelyRows[i]! << F.ROW_SHIFT;
      sum ^= words[w]! ^ words[w + F.SEQ_B]!;
    }
    return sum & 1;
  }

  /**
   * Row of the packet's live connection, NO_FLOW if there is none. A likely row counts only while it still has the key.
   */
  private rowOf(columns: PacketColumns, i: number): number {
    const addrA = columns.addrA[i]!;
    const addrB = columns.addrB[i]!;
    const ports = columns.ports[i]!;
    const proto = columns.proto[i]!;
    const likely = this.likelyRows[i]!;
    if (likely !== NO_FLOW && this.hasKey(likely, addrA, addrB, ports, proto)) return likely;
    return this.lookup(addrA, addrB, ports, proto, columns.hash[i]!);
  }

  /** Row of the connection that packet `i` is the other direction of, in another VLAN; NO_FLOW for none. */
  private otherDirection(columns: PacketColumns, i: number): number {
    const row = this.inAnySegment(columns, i, true);
    if (row === NO_FLOW) return NO_FLOW;
    this.pairs.join(columns, i, row);
    this.slots.add(row + 1, columns.hash[i]!);
    return row;
  }

  /**
   * Row of a live connection with the key of packet `i` but for its VLAN or overlay network: the one without tags, else
   * the one that began last, and only one that it answers where `isAnswer`; NO_FLOW for none.
   */
  inAnySegment(columns: PacketColumns, i: number, isAnswer = false): number {
    const proto = columns.proto[i]! & KEY_WITHOUT_SEGMENT;
    const hash = this.pairs.bareHash(columns, i);
    const row = this.lookup(columns.addrA[i]!, columns.addrB[i]!, columns.ports[i]!, proto, hash);
    const isFound = row !== NO_FLOW && (!isAnswer || this.pairs.isAnswer(columns, i, row));
    return isFound ? row : this.pairs.latestOf(columns, i, isAnswer);
  }

  /**
   * Says that `packets` more were dealt with; true when it was time to end connections that were silent for too long.
   */
  sweep(packets: number): boolean {
    this.sweepIn -= packets;
    if (this.sweepIn > 0) return false;
    const begun = this.nextId - this.sweptId;
    this.sweptId = this.nextId;
    // Of two interfaces with different clocks the later one proves nothing about the connections of the other.
    this.pass(begun * ROWS_PER_START + ROWS_PER_SWEEP, Math.min(this.earliestMicros, this.earlierMicros));
    this.earlierMicros = this.earliestMicros;
    this.earliestMicros = Number.POSITIVE_INFINITY;
    this.sweepIn = SWEEP_EVERY;
    return true;
  }

  /**
   * Passes a sixteenth of the rows, though no packet came, and ends those that are silent for too long at `nowMicros`.
   */
  advance(nowMicros: number): void {
    const rows = Math.max(Math.ceil(this.rowsInUse / ADVANCES_PER_ROUND), SWEEP_EVERY);
    this.pass(Math.min(this.rowsInUse, rows), nowMicros);
  }

  /** The clock hand passes so many rows and ends those that were silent for too long. */
  private pass(rows: number, nowMicros: number): void {
    const { words, doubles } = this;
    for (let n = rows; n > 0 && this.rowsInUse > 0; n--) {
      if (this.hand >= this.rowsInUse) this.hand = 0;
      const row = this.hand++;
      const w = row << F.ROW_SHIFT;
      if (words[w + F.PROTO] === -1) continue;
      const last = doubles[(w + F.LAST_MICROS) >> 1]!;
      if (nowMicros - last > timeoutOf(words, w, this.timeouts)) this.end(row);
    }
  }

  /** Call at the end of each batch: forgets addresses that are in no connection any more. */
  collect(): void {
    this.addresses.collect();
  }

  /**
   * Ends connections in the order in which they began, at most `max` of them in this call, so that what they cause can
   * be written in between. False when none is left. The table is of no further use.
   */
  drain(max: number): boolean {
    this.drainOrder ??= this.liveRowsById();
    const { drainOrder, maxFlows } = this;
    const stop = Math.min(this.drained + max, drainOrder.length);
    for (; this.drained < stop; this.drained++) {
      const order = drainOrder[this.drained]!;
      // As an integer to V8 too: what it has compiled for rows would be given up for a double.
      this.ended((order - Math.floor(order / maxFlows) * maxFlows) | 0);
    }
    return this.drained < drainOrder.length;
  }

  /** Row of the live connection with this key, NO_FLOW if there is none. Neither counts nor ends anything. */
  lookup(addrA: number, addrB: number, ports: number, proto: number, hash: number): number {
    const { slots } = this;
    for (let slot = slots.first(hash); slot >= 0; slot = slots.next(slot, hash)) {
      const row = slots.entryAt(slot) - 1;
      if (this.hasKey(row, addrA, addrB, ports, proto)) return row;
    }
    return NO_FLOW;
  }

  private hasKey(row: number, addrA: number, addrB: number, ports: number, proto: number): boolean {
    const { words } = this;
    const w = row << F.ROW_SHIFT;
    return (
      words[w + F.ADDR_A] === addrA &&
      words[w + F.ADDR_B] === addrB &&
      words[w + F.PORTS] === ports &&
      (words[w + F.PROTO] === proto || (this.pairs.size > 0 && this.pairs.hasOther(row, proto)))
    );
  }

  /** Live rows as `id * maxFlows + row`, in order: native sorting of numbers, without a comparator. */
  private liveRowsById(): Float64Array {
    const order = new Float64Array(this.size);
    let n = 0;
    for (let row = 0; row < this.rowsInUse; row++) {
      const w = row << F.ROW_SHIFT;
      if (this.words[w + F.PROTO] !== -1) order[n++] = (this.words[w + F.ID]! >>> 0) * this.maxFlows + row;
    }
    return order.sort();
  }

  // Time stamps are handed on as the array they lie in: a double would become an object for each call.
  private isOver(row: number, columns: PacketColumns, i: number, tsMicros: Float64Array): boolean {
    const w = row << F.ROW_SHIFT;
    // A stamp ahead of the clock may be a stray: it proves silence up to the clock only.
    const silence = Math.min(tsMicros[i]!, columns.nowMicros[i]!) - this.doubles[(w + F.LAST_MICROS) >> 1]!;
    if (silence > timeoutOf(this.words, w, this.timeouts)) return true;
    return (columns.tcpFlags[i]! & TCP_SYN) !== 0 && this.syns.begins(this.words, row, columns, i);
  }

  private begin(columns: PacketColumns, i: number, tsMicros: Float64Array): number {
    const row = this.takeRow();
    const { words, doubles } = this;
    const w = row << F.ROW_SHIFT;
    words[w + F.ADDR_A] = columns.addrA[i]!;
    words[w + F.ADDR_B] = columns.addrB[i]!;
    words[w + F.PORTS] = columns.ports[i]!;
    words[w + F.PROTO] = columns.proto[i]!;
    const tcpFlags = columns.tcpFlags[i]!;
    let flags = columns.fromB[i]! !== 0 ? INITIATOR_B : 0;
    if ((tcpFlags & TCP_SYN) !== 0) {
      flags |= FLOW_INITIATOR_SURE;
      if ((tcpFlags & TCP_ACK) !== 0) flags ^= INITIATOR_B;
    } else if (isFromServicePort(columns, i)) flags ^= FLOW_INITIATOR_B;
    words[w + F.FLAGS] = flags;
    const ts = tsMicros[i]!;
    const behind = columns.nowMicros[i]! - ts;
    doubles[(w + F.FIRST_MICROS) >> 1] = ts;
    // A stray from long ago would make the next packet end it.
    doubles[(w + F.LAST_MICROS) >> 1] = behind > JUMP_MICROS && behind < Number.POSITIVE_INFINITY ? ts + behind : ts;
    words[w + F.ID] = this.nextId++;
    if ((columns.proto[i]! & IPV6_BIT) !== 0) {
      this.addresses.retain(columns.addrA[i]!);
      this.addresses.retain(columns.addrB[i]!);
    }
    this.slots.add(row + 1, columns.hash[i]!);
    this.pairs.began(columns, i, row);
    this.size++;
    return row;
  }

  private count(columns: PacketColumns, i: number, row: number, tsMicros: Float64Array, wireLen: number): void {
    const { words, doubles } = this;
    const w = row << F.ROW_SHIFT;
    const flags = words[w + F.FLAGS]!;
    const sender = columns.fromB[i]!;
    const last = (w + F.LAST_MICROS) >> 1;
    const { watch } = this;
    const isWithin = !columns.hasStrays && isIn(watch.span, tsMicros[i]!) && isIn(watch.span, doubles[last]!);
    if (!isWithin) watch.crossed(columns, tsMicros, i, row, wireLen);
    words[w + F.PACKETS_A + sender]!++;
    doubles[((w + F.BYTES_A) >> 1) + sender]! += wireLen;
    if (tsMicros[i]! > doubles[last]!) doubles[last] = tsMicros[i]!;
    else if (doubles[last]! - columns.nowMicros[i]! > JUMP_MICROS) this.setBack(w, tsMicros, i);
    let set = columns.payloadWireLen[i]! > 0 ? FLOW_PAYLOAD_A << sender : 0;
    const tcpFlags = columns.tcpFlags[i]!;
    if ((tcpFlags & (TCP_SYN | TCP_FIN | TCP_RST)) !== 0) {
      const seq = columns.tcpSeq[i]!;
      const counts =
        (tcpFlags & TCP_SYN) !== 0 || mayEnd(words, w, sender, seq, doubles[((w + F.BYTES_A) >> 1) + sender]!);
      if (counts) set |= noteTcpFlags(words, w, tcpFlags, sender, seq);
    } else if (tcpFlags !== 0) set |= FLOW_ESTABLISHED_A << sender;
    if ((flags | set) !== flags) words[w + F.FLAGS] = words[w + F.FLAGS]! | set;
  }

  /** The row was last seen far ahead of the clock (a stray, or a clock set back): it follows the clock. */
  private setBack(w: number, tsMicros: Float64Array, i: number): void {
    const { doubles } = this;
    doubles[(w + F.LAST_MICROS) >> 1] = tsMicros[i]!;
    if (tsMicros[i]! < doubles[(w + F.FIRST_MICROS) >> 1]!) doubles[(w + F.FIRST_MICROS) >> 1] = tsMicros[i]!;
  }

  private end(row: number): void {
    this.ended(row);
    this.syns.drop(row);
    const { words } = this;
    const w = row << F.ROW_SHIFT;
    if ((words[w + F.PROTO]! & IPV6_BIT) !== 0) {
      this.addresses.release(words[w + F.ADDR_A]!);
      this.addresses.release(words[w + F.ADDR_B]!);
    }
    this.slots.remove(row + 1, this.hashOf(row, words[w + F.PROTO]!));
    const other = this.pairs.size === 0 ? 0 : this.pairs.release(row);
    if (other !== 0) this.slots.remove(row + 1, this.hashOf(row, other));
    words[w + F.PROTO] = -1;
    this.freeRows.push(row);
    this.size--;
  }

  private isFull(): boolean {
    return this.freeRows.length === 0 && this.rowsInUse >= this.maxFlows;
  }

  private takeRow(): number {
    if (this.freeRows.length === 0) {
      if (this.rowsInUse < this.maxFlows) return this.takeNextRow();
      this.evict();
    }
    const row = this.freeRows.pop()!;
    this.clear(row);
    return row;
  }

  /** Ends the longest silent of the next few rows under the clock hand. */
  private evict(): void {
    let oldest = -1;
    let oldestMicros = Infinity;
    for (let n = 0; n < EVICTION_SAMPLE; n++) {
      if (this.hand >= this.rowsInUse) this.hand = 0;
      const row = this.hand++;
      const last = this.doubles[((row << F.ROW_SHIFT) + F.LAST_MICROS) >> 1]!;
      if (last < oldestMicros) {
        oldest = row;
        oldestMicros = last;
      }
    }
    this.evicted++;
    this.end(oldest);
  }

  private hashOf(row: number, proto: number): number {
    const ports = this.words[(row << F.ROW_SHIFT) + F.PORTS]!;
    return hashWords(this.addressOf(row, 0), this.addressOf(row, 1), ports, proto, this.seed);
  }
}

function isIn(span: Float64Array, micros: number): boolean {
  return micros >= span[0]! && micros < span[1]!;
}
