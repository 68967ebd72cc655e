import { PacketBatch } from '../capture/packet-batch.js';
import { DEFAULT_LIMITS, type PipelineOptions } from '../engine/options.js';
import { Recognition } from '../engine/recognition.js';
import type { AddressWords } from '../flow/address-table.js';
import {
  FLOW_CLOSED,
  FLOW_ESTABLISHED_A,
  FLOW_ESTABLISHED_B,
  FLOW_INSPECTED,
  FLOW_PAYLOADS,
  FLOW_RST,
  FLOW_SEQ_A,
  FLOW_SEQ_B,
  FLOW_SERVER_HELLO,
  FLOW_SYNS,
} from '../flow/flow-flags.js';
import * as F from '../flow/flow-row.js';
import { FlowRows } from '../flow/flow-rows.js';
import { IPV6_BIT, NO_FLOW, PacketColumns } from '../flow/packet-columns.js';
import { noteTcpFlags, TCP_SYN } from '../flow/tcp-state.js';
import { UNSETTLED } from '../policy/packet-judge.js';
import * as E from './flow-block.js';
import { OpenedInitial } from './opened-initial.js';

/** What headers show in the course of a connection. */
const SHOWN_BY_HEADERS = FLOW_SYNS | FLOW_CLOSED | FLOW_RST | FLOW_PAYLOADS | FLOW_ESTABLISHED_A | FLOW_ESTABLISHED_B;
/** Packets of a connection that has the first of these bits alone show nothing and pass. */
const SETTLING = FLOW_INSPECTED | FLOW_SERVER_HELLO | UNSETTLED;

/** The second half of an analysis whose first half, a FlowSender, runs elsewhere. */
export class FlowReceiver {
  readonly recognition: Recognition;
  private readonly rows: RelayedRows;
  private readonly addresses = new RelayedAddresses();
  private readonly columns = new PacketColumns();
  private readonly batch = new PacketBatch();
  private readonly opened = new OpenedInitial();

  /**
   * `settledIds` is read by the sender: see there. Of the options those are of no use here that want to be told of
   * single packets.
   */
  constructor(
    options: PipelineOptions,
    private readonly settledIds: Int32Array,
  ) {
    const { maxConnections } = options.limits ?? DEFAULT_LIMITS;
    this.rows = new RelayedRows(maxConnections);
    this.recognition = new Recognition(options, this.rows, this.addresses, this.columns);
    this.recognition.inspection.context.initialCipher = this.opened;
    this.batch.count = 1;
    this.columns.count = 1;
  }

  /** Takes in what a block tells; its offsets are into `buf`. Keeps no reference to either. */
  run(block: E.FlowBlock, buf: Buffer): void {
    const events = new Int32Array(block.events);
    const doubles = new Float64Array(block.events);
    const { columns, batch } = this;
    batch.buf = buf;
    columns.buffers[0] = buf;
    columns.buffers[1] = Buffer.from(block.annex);
    for (let at = 0; at < block.eventsLen; ) {
      switch (events[at]! & 255) {
        case E.PACKET:
          this.packet(events, doubles, at, block.firstNumber);
          at += E.PACKET_WORDS;
          break;
        case E.BEGUN:
          at += this.begun(events, doubles, at);
          break;
        case E.SYN_SEEN:
          this.synSeen(events, at);
          at += E.SYN_SEEN_WORDS;
          break;
        case E.INITIAL_OPENED:
          this.opened.take(batch.buf, events, at + 1, columns.buffers[1], events[at + 7]!);
          this.packet(events, doubles, at + E.INITIAL_OPENED_WORDS, block.firstNumber);
          this.opened.clear();
          at += E.INITIAL_OPENED_WORDS + E.PACKET_WORDS;
          break;
        case E.LOOSE:
          this.loose(events, at, block.firstNumber);
          at += E.LOOSE_WORDS;
          break;
        case E.ENDED:
          this.ended(events, doubles, at);
          at += E.ENDED_WORDS;
          break;
        default:
          this.recognition.makeRoom();
          at += E.SWEPT_WORDS;
      }
    }
    columns.buffers.length = 0;
  }

  /** Returns the words that the event takes. */
  private begun(events: Int32Array, doubles: Float64Array, at: number): number {
    const row = events[at + 1]!;
    const proto = events[at + 5]!;
    const w = row << F.ROW_SHIFT;
    this.rows.begin(row);
    const { words } = this.rows;
    words[w + F.ADDR_A] = events[at + 2]!;
    words[w + F.ADDR_B] = events[at + 3]!;
    words[w + F.PORTS] = events[at + 4]!;
    words[w + F.PROTO] = proto;
    words[w + F.FLAGS] = events[at + 6]! & ~(SHOWN_BY_HEADERS | FLOW_SEQ_A | FLOW_SEQ_B);
    words[w + F.ID] = events[at + 7]!;
    this.rows.doubles[(w + F.FIRST_MICROS) >> 1] = doubles[(at + 8) >> 1]!;
    const isIpv6 = (proto & IPV6_BIT) !== 0;
    if (isIpv6) {
      this.addresses.put(events[at + 2]!, events, at + E.BEGUN_WORDS);
      this.addresses.put(events[at + 3]!, events, at + E.BEGUN_WORDS + 4);
    }
    this.recognition.begun(row, proto & 255);
    return isIpv6 ? E.BEGUN_IPV6_WORDS : E.BEGUN_WORDS;
  }

  private synSeen(events: Int32Array, at: number): void {
    const { words } = this.rows;
    const w = events[at + 1]! << F.ROW_SHIFT;
    const set = noteTcpFlags(words, w, TCP_SYN, (events[at]! >>> 8) & 1, events[at + 2]!);
    words[w + F.FLAGS] = words[w + F.FLAGS]! | set;
  }

  private packet(events: Int32Array, doubles: Float64Array, at: number, firstNumber: number): void {
    const { columns, batch } = this;
    const { words } = this.rows;
    const head = events[at]!;
    const row = events[at + 1]!;
    const w = row << F.ROW_SHIFT;
    // Sent before the sender knew.
    if ((words[w + F.FLAGS]! & SETTLING) === FLOW_INSPECTED) return;
    columns.flow[0] = row;
    columns.proto[0] = words[w + F.PROTO]!;
    columns.fromB[0] = (head >>> 8) & 255;
    columns.tcpFlags[0] = (head >>> 16) & 255;
    columns.bufIndex[0] = head >>> 24;
    columns.tcpSeq[0] = events[at + 2]!;
    columns.payloadStart[0] = events[at + 3]!;
    columns.payloadEnd[0] = events[at + 4]!;
    columns.payloadWireLen[0] = events[at + 5]!;
    batch.tsMicros[0] = doubles[(at + 6) >> 1]!;
    batch.firstNumber = firstNumber + events[at + 8]!;
    columns.fragmentGroup[0] = events[at + 9]!;
    batch.wireLen[0] = events[at + 10]!;
    this.recognition.take(batch, 0, row);
    if ((words[w + F.FLAGS]! & SETTLING) === FLOW_INSPECTED) this.settledIds[row] = words[w + F.ID]!;
  }

  private loose(events: Int32Array, at: number, firstNumber: number): void {
    const { columns, batch } = this;
    const head = events[at]!;
    columns.flow[0] = NO_FLOW;
    columns.loose[0] = (head >>> 8) & 255;
    columns.bufIndex[0] = head >>> 24;
    columns.looseSrc[0] = events[at + 1]!;
    columns.looseDst[0] = events[at + 2]!;
    columns.fragmentGroup[0] = events[at + 3]!;
    batch.wireLen[0] = events[at + 4]!;
    batch.firstNumber = firstNumber + events[at + 5]!;
    this.recognition.judge!.loose(batch, 0);
  }

  private ended(events: Int32Array, doubles: Float64Array, at: number): void {
    const { words, doubles: rowDoubles } = this.rows;
    const row = events[at + 1]!;
    const w = row << F.ROW_SHIFT;
    const d = at >> 1;
    words[w + F.FLAGS] = words[w + F.FLAGS]! | (events[at + 2]! & SHOWN_BY_HEADERS);
    words[w + F.PACKETS_A] = events[at + 3]!;
    words[w + F.PACKETS_B] = events[at + 4]!;
    rowDoubles[(w + F.BYTES_A) >> 1] = doubles[d + 3]!;
    rowDoubles[(w + F.BYTES_B) >> 1] = doubles[d + 4]!;
    rowDoubles[(w + F.LAST_MICROS) >> 1] = doubles[d + 5]!;
    this.recognition.ended(row);
    words[w + F.PROTO] = -1;
  }
}

/** Rows in the places that the sender's have. */
class RelayedRows extends FlowRows {
  begin(row: number): void {
    if (row < this.rowsInUse) this.clear(row);
    else while (this.rowsInUse <= row) this.takeNextRow();
  }
}

/** The IPv6 addresses of connections in progress, by the sender's ids. */
class RelayedAddresses implements AddressWords {
  private words = new Int32Array(4096);

  put(id: number, from: Int32Array, at: number): void {
    const to = id * 4;
    if (to + 4 > this.words.length) {
      const larger = new Int32Array(Math.max(to + 4, this.words.length * 2));
      larger.set(this.words);
      this.words = larger;
    }
    const { words } = this;
    words[to] = from[at]!;
    words[to + 1] = from[at + 1]!;
    words[to + 2] = from[at + 2]!;
    words[to + 3] = from[at + 3]!;
  }

  word(id: number, index: number): number {
    return this.words[id * 4 + index]!;
  }
}
