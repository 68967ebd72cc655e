import type { PacketBatch } from '../capture/packet-batch.js';
import { TCP, UDP } from '../common/ip-protocols.js';
import { FLOW_OPENER_B } from '../flow/flow-flags.js';
import { FlowStage, type FlowStageOptions } from '../flow/flow-stage.js';
import { IPV6_BIT, NO_FLOW, SEGMENT_SHIFT } from '../flow/packet-columns.js';
import { TCP_SYN } from '../flow/tcp-state.js';
import * as E from './flow-block.js';
import { InitialOpener } from './opened-initial.js';
import { beginsLaterHello, nextSettledId } from './settled-id.js';

const MAX_ADDRESS_LEN = 16;
/** The fixed IPv4 header, which the other half reads before a TCP header. */
const IP_HEADER_LEN = 20;
const FIRST_WORDS = 1 << 16;
/** Most words that what happens at one packet takes, ends of other connections apart. */
const WORDS_PER_PACKET = E.MAX_BEGUN_WORDS + E.SYN_SEEN_WORDS + E.INITIAL_OPENED_WORDS + E.PACKET_WORDS;
const FIRST_ANNEX_LEN = 1 << 16;
/** Bytes that a block keeps for the next one: an unusual piece of a capture needs more, and gives it back. */
const MAX_KEPT_LEN = 2 << 20;

/** The first half of an analysis whose second half runs elsewhere: writes down what it has to be told. */
export class FlowSender extends FlowStage {
  /** Words written since the last block was taken. */
  eventsLen = 0;
  private usedStart = Infinity;
  private usedEnd = 0;
  /** Whether to open QUIC Initials for the other half: worth it where that has more to do. */
  opensInitials = true;
  private events = new Int32Array(FIRST_WORDS);
  private doubles = new Float64Array(this.events.buffer);
  private firstNumber = 0;
  private annex: Buffer = Buffer.allocUnsafeSlow(FIRST_ANNEX_LEN);
  private annexLen = 0;
  /**
   * ID of the connection in each row (see settled-id.ts): the row's own field lies in a cache line that counting needs
   * nothing else of.
   */
  private readonly ids: Int32Array;
  private readonly opener = new InitialOpener();

  /**
   * `settledIds` is written by the other half, maybe in another thread: for each row the ID of the connection of whose
   * packets no more is wanted than their count. That it is read too early or late makes no difference but in time.
   * Where the other half judges packets, it `wantsAll` until then, those without payload or connection too.
   */
  constructor(
    options: FlowStageOptions,
    private readonly settledIds: Int32Array,
    private readonly wantsAll: boolean,
  ) {
    super(options);
    this.ids = new Int32Array(settledIds.length);
  }

  /** What was written since the last call speaks of bytes of the capture. */
  get usesBytes(): boolean {
    return this.usedStart < this.usedEnd;
  }

  /**
   * What was written since the last call: all that `usesBytes` must be of batches with the same buffer. From now on the
   * memory of `spare`, an earlier block, is written to, if there is one and it is not a waste.
   */
  takeBlock(spare: E.FlowBlock | null): E.FlowBlock {
    const { events, eventsLen, firstNumber, annex, usedStart, usedEnd } = this;
    const isOfUse = spare !== null && spare.events.byteLength + spare.annex.byteLength <= MAX_KEPT_LEN;
    this.events = isOfUse ? new Int32Array(spare.events) : new Int32Array(FIRST_WORDS);
    this.doubles = new Float64Array(this.events.buffer);
    this.eventsLen = 0;
    this.usedStart = Infinity;
    this.usedEnd = 0;
    this.annex = isOfUse ? Buffer.from(spare.annex) : Buffer.allocUnsafeSlow(FIRST_ANNEX_LEN);
    this.annexLen = 0;
    return {
      firstNumber,
      events: events.buffer as ArrayBuffer,
      eventsLen,
      usedStart,
      usedEnd,
      annex: annex.buffer as ArrayBuffer,
    };
  }

  protected resolved(batch: PacketBatch, from: number, to: number): void {
    const { columns, settledIds, ids } = this;
    this.reserve((to - from) * WORDS_PER_PACKET);
    if (this.eventsLen === 0) this.firstNumber = batch.firstNumber;
    for (let i = from; i < to; i++) {
      const row = columns.flow[i]!;
      if (row === NO_FLOW) {
        if (this.wantsAll) this.loose(batch, i);
        continue;
      }
      if (columns.starts[i] !== 0) this.begun(batch, i, row);
      if ((columns.tcpFlags[i]! & TCP_SYN) !== 0) this.synSeen(i, row);
      // Segments without payload say what their senders have received, and can take.
      const isWanted = columns.payloadWireLen[i] !== 0 || this.wantsAll || (columns.proto[i]! & 255) === TCP;
      if (isWanted && beginsLaterHello(columns, i)) ids[row] = nextSettledId(ids[row]!);
      if (isWanted && settledIds[row] !== ids[row]) this.packet(batch, i, row);
    }
  }

  protected ended(row: number): void {
    this.reserve(E.ENDED_WORDS);
    const { events, doubles, flows } = this;
    const at = this.eventsLen;
    const d = at >> 1;
    events[at] = E.ENDED;
    events[at + 1] = row;
    events[at + 2] = flows.flagsOf(row);
    events[at + 3] = flows.packetsFrom(row, 0);
    events[at + 4] = flows.packetsFrom(row, 1);
    doubles[d + 3] = flows.bytesFrom(row, 0);
    doubles[d + 4] = flows.bytesFrom(row, 1);
    doubles[d + 5] = flows.lastMicrosOf(row);
    doubles[d + 6] = flows.firstMicrosOf(row);
    this.eventsLen = at + E.ENDED_WORDS;
  }

  protected swept(): void {
    this.reserve(E.SWEPT_WORDS);
    this.events[this.eventsLen] = E.SWEPT;
    this.eventsLen += E.SWEPT_WORDS;
  }

  private begun(batch: PacketBatch, i: number, row: number): void {
    const { events, columns, addresses, flows, segments } = this;
    const at = this.eventsLen;
    const id = flows.idOf(row);
    this.ids[row] = id;
    events[at] = E.BEGUN;
    events[at + 1] = row;
    events[at + 2] = columns.addrA[i]!;
    events[at + 3] = columns.addrB[i]!;
    events[at + 4] = columns.ports[i]!;
    events[at + 5] = columns.proto[i]!;
    events[at + 6] = flows.flagsOf(row);
    events[at + 7] = id;
    this.doubles[(at + 8) >> 1] = batch.tsMicros[i]!;
    this.eventsLen = at + E.BEGUN_WORDS;
    const segment = columns.proto[i]! >>> SEGMENT_SHIFT;
    if (segment !== 0) {
      events[this.eventsLen] = segments.vlansOf(segment);
      this.doubles[(this.eventsLen + 2) >> 1] = segments.networkOf(segment);
      this.eventsLen += E.SEGMENT_WORDS;
    }
    if ((columns.proto[i]! & IPV6_BIT) === 0) return;
    for (let n = 0; n < 4; n++) {
      events[this.eventsLen++] = addresses.word(columns.addrA[i]!, n);
    }
    for (let n = 0; n < 4; n++) {
      events[this.eventsLen++] = addresses.word(columns.addrB[i]!, n);
    }
  }

  private synSeen(i: number, row: number): void {
    const { events, columns } = this;
    const at = this.eventsLen;
    events[at] = E.SYN_SEEN | (columns.fromB[i]! << 8);
    events[at + 1] = row;
    events[at + 2] = columns.tcpSeq[i]!;
    this.eventsLen = at + E.SYN_SEEN_WORDS;
  }

  private packet(batch: PacketBatch, i: number, row: number): void {
    const { events, columns } = this;
    let start = columns.payloadStart[i]!;
    let end = columns.payloadEnd[i]!;
    let tcpStart = (columns.proto[i]! & 255) === TCP ? columns.tcpStart[i]! : 0;
    const isApart = columns.bufIndex[i] !== 0;
    if (this.opensInitials && !isApart && (columns.proto[i]! & 255) === UDP && this.isFromOpener(i, row)) {
      if (this.opener.open(batch.buf, start, end)) this.initialOpened();
    }
    const at = this.eventsLen;
    if (isApart) {
      const from = tcpStart === 0 ? start : Math.max(0, tcpStart - IP_HEADER_LEN);
      const shift = this.append(columns.buffers[columns.bufIndex[i]!]!, from, end) - from;
      start += shift;
      end += shift;
      if (tcpStart !== 0) tcpStart += shift;
    } else this.use(tcpStart === 0 ? start : Math.max(0, tcpStart - IP_HEADER_LEN), Math.max(end, tcpStart));
    events[at] = E.PACKET | (columns.fromB[i]! << 8) | (columns.tcpFlags[i]! << 16) | (isApart ? 1 << 24 : 0);
    events[at + 1] = row;
    events[at + 2] = columns.tcpSeq[i]!;
    events[at + 3] = start;
    events[at + 4] = end;
    events[at + 5] = columns.payloadWireLen[i]!;
    this.doubles[(at + 6) >> 1] = batch.tsMicros[i]!;
    events[at + 8] = batch.firstNumber + i - this.firstNumber;
    events[at + 9] = columns.fragmentGroup[i]!;
    events[at + 10] = batch.wireLen[i]!;
    events[at + 11] = tcpStart;
    this.eventsLen = at + E.PACKET_WORDS;
  }

  private loose(batch: PacketBatch, i: number): void {
    const { events, columns } = this;
    const at = this.eventsLen;
    const loose = columns.loose[i]!;
    const isApart = loose !== 0 && columns.bufIndex[i] !== 0;
    let src = columns.looseSrc[i]!;
    let dst = columns.looseDst[i]!;
    if (isApart) {
      const buf = columns.buffers[columns.bufIndex[i]!]!;
      src = this.append(buf, src, src + MAX_ADDRESS_LEN);
      dst = this.append(buf, dst, dst + MAX_ADDRESS_LEN);
    } else if (loose !== 0) {
      this.use(src, Math.min(src + MAX_ADDRESS_LEN, batch.frameEnd[i]!));
      this.use(dst, Math.min(dst + MAX_ADDRESS_LEN, batch.frameEnd[i]!));
    }
    events[at] = E.LOOSE | (loose << 8) | (isApart ? 1 << 24 : 0);
    events[at + 1] = src;
    events[at + 2] = dst;
    events[at + 3] = columns.fragmentGroup[i]!;
    events[at + 4] = batch.wireLen[i]!;
    events[at + 5] = batch.firstNumber + i - this.firstNumber;
    this.eventsLen = at + E.LOOSE_WORDS;
  }

  private use(start: number, end: number): void {
    if (start >= end) return;
    if (start < this.usedStart) this.usedStart = start;
    if (end > this.usedEnd) this.usedEnd = end;
  }

  /** Servers' Initials stay closed to keys from their own ids. */
  private isFromOpener(i: number, row: number): boolean {
    return (this.flows.hasFlag(row, FLOW_OPENER_B) ? 1 : 0) === this.columns.fromB[i];
  }

  private initialOpened(): void {
    const { events, opener } = this;
    const at = this.eventsLen;
    events[at] = E.INITIAL_OPENED;
    events[at + 1] = opener.version;
    events[at + 2] = opener.idStart;
    events[at + 3] = opener.idEnd;
    events[at + 4] = opener.sampleStart;
    events[at + 5] = opener.payloadStart;
    events[at + 6] = opener.payloadEnd;
    const { len } = opener;
    events[at + 7] = this.roomInAnnex(len);
    opener.write(this.annex, events[at + 7]!);
    this.annexLen += len;
    this.eventsLen = at + E.INITIAL_OPENED_WORDS;
  }

  /** Copies bytes, as far as there are, to the annex and returns where they lie there. */
  private append(from: Buffer, start: number, end: number): number {
    if (start >= end) return this.annexLen;
    const at = this.roomInAnnex(end - start);
    from.copy(this.annex, at, start, end);
    this.annexLen += end - start;
    return at;
  }

  /** Where in the annex there is room for `len` bytes more. */
  private roomInAnnex(len: number): number {
    const needed = this.annexLen + len;
    if (needed > this.annex.length) {
      const larger = Buffer.allocUnsafeSlow(needed * 2);
      this.annex.copy(larger, 0, 0, this.annexLen);
      this.annex = larger;
    }
    return this.annexLen;
  }

  /** A block speaks of one piece of the capture, whose packets bound how many events there are. */
  private reserve(len: number): void {
    const needed = this.eventsLen + len;
    if (needed <= this.events.length) return;
    const larger = new Int32Array(Math.max(needed, this.events.length * 2));
    larger.set(this.events);
    this.events = larger;
    this.doubles = new Float64Array(larger.buffer);
  }
}
