import { PacketBatch } from '../capture/packet-batch.js';
import { i32 } from '../common/bytes.js';
import { DEFAULT_LIMITS, type PipelineOptions } from '../engine/options.js';
import { Recognition } from '../engine/recognition.js';
import type { AddressWords } from '../flow/address-table.js';
import { FLOW_INSPECTED, FLOW_SEQ_A, FLOW_SEQ_B, FLOW_SERVER_HELLO, FLOW_WATCHED } from '../flow/flow-flags.js';
import { IPV6_BIT, NO_FLOW, PacketColumns, SEGMENT_SHIFT } from '../flow/packet-columns.js';
import { RelayedRows, SHOWN_BY_HEADERS } from '../flow/relayed-rows.js';
import type { SegmentTags } from '../flow/segment-table.js';
import { UNSETTLED } from '../policy/packet-judge.js';
import * as E from './flow-block.js';
import { OpenedInitial } from './opened-initial.js';
import { beginsLaterHello, nextSettledId } from './settled-id.js';

/** Offset in the TCP header (RFC 9293 §3.1). */
const ACKNOWLEDGMENT_NUMBER = 8;
/** Packets of a connection that has the first of these bits alone show nothing and pass. */
const SETTLING = FLOW_INSPECTED | FLOW_SERVER_HELLO | FLOW_WATCHED | UNSETTLED;

/** The second half of an analysis whose first half, a FlowSender, runs elsewhere. */
export class FlowReceiver {
  readonly recognition: Recognition;
  private readonly rows: RelayedRows;
  readonly addresses = new RelayedAddresses();
  readonly segments = new RelayedSegments();
  private readonly columns = new PacketColumns();
  private readonly batch = new PacketBatch();
  private readonly opened = new OpenedInitial();
  /** ID of the connection in each row (see settled-id.ts). */
  private readonly ids: Int32Array;

  /**
   * `settledIds` is read by the sender: see there. Of the options those are of no use here that want to be told of
   * single packets.
   */
  constructor(
    options: PipelineOptions,
    private readonly settledIds: Int32Array,
  ) {
    const { maxConnections } = options.limits ?? DEFAULT_LIMITS;
    this.ids = new Int32Array(settledIds.length);
    this.rows = new RelayedRows(maxConnections);
    this.recognition = new Recognition(options, this.rows, this, this.columns);
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
    this.rows.begin(row, events, at + 2, doubles[(at + 8) >> 1]!);
    this.rows.clearFlags(row, SHOWN_BY_HEADERS | FLOW_SEQ_A | FLOW_SEQ_B);
    let end = at + E.BEGUN_WORDS;
    if (proto >>> SEGMENT_SHIFT !== 0) {
      this.segments.put(proto >>> SEGMENT_SHIFT, events[end]!, doubles[(end + 2) >> 1]!);
      end += E.SEGMENT_WORDS;
    }
    if ((proto & IPV6_BIT) !== 0) {
      this.addresses.put(events[at + 2]!, events, end);
      this.addresses.put(events[at + 3]!, events, end + 4);
      end += E.BEGUN_IPV6_WORDS;
    }
    this.ids[row] = this.rows.idOf(row);
    this.recognition.begun(row, proto & 255, doubles[(at + 8) >> 1]!);
    return end - at;
  }

  private synSeen(events: Int32Array, at: number): void {
    this.rows.noteSyn(events[at + 1]!, (events[at]! >>> 8) & 1, events[at + 2]!);
  }

  private packet(events: Int32Array, doubles: Float64Array, at: number, firstNumber: number): void {
    const { columns, batch, rows } = this;
    const head = events[at]!;
    const row = events[at + 1]!;
    columns.flow[0] = row;
    columns.proto[0] = rows.protoOf(row);
    columns.fromB[0] = (head >>> 8) & 255;
    columns.tcpFlags[0] = (head >>> 16) & 255;
    columns.bufIndex[0] = head >>> 24;
    columns.tcpSeq[0] = events[at + 2]!;
    columns.payloadStart[0] = events[at + 3]!;
    columns.payloadEnd[0] = events[at + 4]!;
    columns.payloadWireLen[0] = events[at + 5]!;
    if (beginsLaterHello(columns, 0)) this.ids[row] = nextSettledId(this.ids[row]!);
    // Sent before the sender knew.
    else if ((rows.flagsOf(row) & SETTLING) === FLOW_INSPECTED) return;
    batch.tsMicros[0] = doubles[(at + 6) >> 1]!;
    batch.firstNumber = firstNumber + events[at + 8]!;
    columns.fragmentGroup[0] = events[at + 9]!;
    batch.wireLen[0] = events[at + 10]!;
    const tcpStart = events[at + 11]!;
    columns.tcpStart[0] = tcpStart;
    columns.tcpAck[0] = tcpStart === 0 ? 0 : i32(columns.buffers[head >>> 24]!, tcpStart + ACKNOWLEDGMENT_NUMBER);
    this.recognition.take(batch, 0, row);
    if ((rows.flagsOf(row) & SETTLING) === FLOW_INSPECTED) this.settledIds[row] = this.ids[row]!;
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
    const row = events[at + 1]!;
    this.rows.setTotals(row, events, at + 2, doubles, (at >> 1) + 3);
    this.recognition.ended(row);
    this.rows.free(row);
  }
}

/** The network segments by the sender's ids. */
class RelayedSegments implements SegmentTags {
  private readonly vlans: number[] = [0];
  private readonly networks: number[] = [-1];

  put(id: number, vlans: number, network: number): void {
    this.vlans[id] = vlans;
    this.networks[id] = network;
  }

  vlansOf(id: number): number {
    return this.vlans[id] ?? 0;
  }

  networkOf(id: number): number {
    return this.networks[id] ?? -1;
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
