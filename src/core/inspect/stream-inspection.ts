import { FLOW_SEQ_A } from '../flow/flow-flags.js';
import type { Endpoint, FlowRows } from '../flow/flow-rows.js';
import type { StreamAssembler } from '../flow/stream-assembler.js';
import type { FindingListener } from './finding-listener.js';
import type { Finding, InspectContext } from './inspector.js';
import type { InspectorTable } from './inspector-table.js';
import { KeptBytesReader } from './kept-bytes-reader.js';
import { type KeptStreams, MAX_UNKNOWN_LEN, REORDER_WINDOW } from './kept-streams.js';
import { MessageReader, UNKNOWN, WAITING } from './message-reader.js';
import type { Segment } from './packet-payload.js';
import type { StreamSide } from './stream-state.js';

/**
 * An unrecognised connection is given up when its segments have cost this much. Lines of text are cheap: protocols that
 * talk before they turn to TLS (STARTTLS) use many, and bulk data has few segments that end like one.
 */
const BUDGET = 192;
const SEGMENT_COST = 8;
const TEXT_COST = 1;
const MAX_COST = 0xffff;
/**
 * A hole is taken for a loss when so many segments have arrived behind it, and so many bytes lie there; or so many
 * segments of any size, for a sender may cut a message to pieces and send the last first.
 */
const MAX_HELD_SEGMENTS = 12;
const MAX_HELD_LEN = 16_384;
const MAX_SMALL_SEGMENTS = 256;
/** Segments kept of a direction without a SYN whose first segment no inspector knew. */
const MAX_UNKNOWN_SEGMENTS = 12;
/** How far behind the last bytes read a further hello may begin: early data may lie between (RFC 8446 §4.2.10). */
const MAX_EARLY_DATA_LEN = 1 << 22;
/**
 * So few bytes that no inspector knew don't bind a segment that overlaps them: padding that a faulty sender counts as
 * payload of its bare ACK, in Ethernet frames 6 bytes behind IPv4 and TCP headers.
 */
const MAX_PADDING_LEN = 6;
const LINE_FEED = 0x0a;

/**
 * Brings the payload of TCP connections into order and shows it to the inspectors, once. Of bytes that come twice the
 * first copy counts (see StreamAssembler), and bytes that have been read are not read again.
 */
export class StreamInspection {
  private readonly reader: MessageReader;
  private readonly bytes: KeptBytesReader;
  private holesGivenUp = 0;

  constructor(
    private readonly table: InspectorTable,
    private readonly flows: FlowRows,
    private readonly kept: KeptStreams,
    context: InspectContext,
    finding: Finding,
    listener: FindingListener,
  ) {
    this.reader = new MessageReader(table, flows, kept.states, context, finding, listener);
    this.bytes = new KeptBytesReader(this.reader, kept, table, flows, context);
  }

  /** Times that bytes, or what is known of a connection, could not be kept for lack of room. */
  get overflows(): number {
    return this.kept.overflows + this.holesGivenUp;
  }

  /** Connections of which more than the row is kept. */
  get inProgress(): number {
    return this.kept.states.inUse;
  }

  /**
   * Shows one segment, and trims bytes that came before off its front. Returns true when the connection needs no more
   * inspection.
   */
  segment(segment: Segment): boolean {
    const { reader, flows } = this;
    const { row, sender } = segment;
    reader.turnTo(row, sender, segment.packetNumber);
    reader.done = false;
    this.charge(segment);
    const side = this.kept.sideOf(row, sender);
    if (side !== null && side.assembler !== null) this.extend(segment, side);
    else this.next(segment, side);
    if (reader.done) return true;
    return flows.inspectedOf(row) >= BUDGET && this.isIdle(row);
  }

  /**
   * Begins again with `segment` of a settled connection, which begins a hello. False where it repeats bytes that came
   * before, or lies too far behind them: then nothing has changed.
   */
  reopen(segment: Segment): boolean {
    const { flows } = this;
    const { row, sender, seq } = segment;
    if (flows.hasFlag(row, FLOW_SEQ_A << sender)) {
      const ahead = (seq - flows.nextSeqOf(row, sender)) | 0;
      if (ahead < 0 || ahead > MAX_EARLY_DATA_LEN) return false;
    }
    flows.addFlags(row, FLOW_SEQ_A << sender);
    flows.setNextSeq(row, sender, seq);
    flows.setInspected(row, 0);
    return true;
  }

  /**
   * No more segments will come, or the connection is settled: asks once more with the bytes that are kept, unless it is
   * settled, then frees everything.
   */
  end(row: number, isSettled: boolean): void {
    const { reader, kept } = this;
    const state = kept.states.get(row);
    if (state === null) return;
    reader.done = isSettled;
    for (let sender = 0; sender < 2; sender++) {
      const side = state.sides[sender]!;
      reader.turnTo(row, sender as Endpoint, side.packetNumber);
      while (side.assembler !== null && !reader.done) this.bytes.giveUpHole(side);
      kept.drop(side);
    }
    if (state.stateOwner >= 0) this.table.inspectors[state.stateOwner]!.end?.(state.inspectorState);
    kept.states.release(row);
  }

  /** True when the segment is part of a message body that no inspector wants to see. */
  passesOver({ row, sender, endSeq }: Segment): boolean {
    const side = this.kept.sideOf(row, sender);
    return side?.skipping === true && ((endSeq - side.skipToSeq) | 0) <= 0;
  }

  /** True when bytes of the direction are kept behind a hole. */
  holds(row: number, sender: Endpoint): boolean {
    const assembler = this.kept.sideOf(row, sender)?.assembler ?? null;
    return assembler !== null && assembler.afterGap >= 0;
  }

  private charge({ row, buf, start, end }: Segment): void {
    const { flows } = this;
    const cost = start < end && buf[end - 1] === LINE_FEED ? TEXT_COST : SEGMENT_COST;
    const charged = flows.inspectedOf(row);
    if (charged < MAX_COST - cost) flows.setInspected(row, charged + cost);
  }

  /** True when no inspector reads this connection or waits for more of it. */
  private isIdle(row: number): boolean {
    if (this.flows.inspectorOf(row) >= 0) return false;
    const state = this.kept.states.get(row);
    return state === null || (state.sides[0].isIdle && state.sides[1].isIdle);
  }

  /** A segment of a direction of which no bytes are kept. */
  private next(segment: Segment, side: StreamSide | null): void {
    const { flows } = this;
    const { row, sender } = segment;
    const seqKnown = FLOW_SEQ_A << sender;
    const isFirst = !flows.hasFlag(row, seqKnown);
    if (isFirst) {
      flows.addFlags(row, seqKnown);
      flows.setNextSeq(row, sender, segment.seq);
    }
    const isSkipping = side?.skipping === true;
    const expected = isSkipping ? side.skipToSeq : flows.nextSeqOf(row, sender);
    const ahead = (segment.seq - expected) | 0;
    if (ahead + segment.wireLen <= 0) return;
    if (ahead > 0) {
      if (ahead >= REORDER_WINDOW) {
        // No neighbour of anything seen: it is looked at, but nothing is counted from it.
        if (segment.start < segment.end) this.show(segment, false);
        return;
      }
      if (this.isWorthHolding(row, sender) && this.kept.keepBehindHole(segment, expected)) return;
    }
    if (isSkipping) side.skipping = false;
    flows.setNextSeq(row, sender, segment.endSeq);
    const mayOverlapPadding = ahead < 0 && ahead >= -MAX_PADDING_LEN && !isSkipping && this.isIdle(row);
    if (ahead < 0 && !mayOverlapPadding) segment.trimFront(-ahead);
    if (segment.start >= segment.end) return;
    this.show(segment, isFirst);
    if (mayOverlapPadding && this.reader.outcome === UNKNOWN) {
      segment.trimFront(-ahead);
      if (segment.start < segment.end) this.show(segment, false);
    }
  }

  /** Reads one segment where it lies, and keeps what has to wait. */
  private show(segment: Segment, isFirst: boolean): void {
    const { reader, kept } = this;
    const { start, end } = segment;
    reader.read(segment.buf, start, end, -1, null);
    if (reader.done) return;
    const { next } = reader;
    if (reader.outcome === WAITING) {
      const { waiting } = reader;
      const side = kept.keepUnfinished(segment, next, reader.neededLen, this.table.inspectors[waiting]!.maxBufferedLen);
      if (side === null) return;
      side.waiting = waiting;
      if (isFirst && next === start) kept.mayBegin(segment, side);
      else side.mayBegin = false;
    } else if (next > end) {
      kept.skipTo(segment.row, segment.sender, (segment.seq + (next - start)) | 0);
    } else if (isFirst && reader.outcome === UNKNOWN) {
      kept.keepUnknown(segment);
    }
  }

  /** A hole is worth waiting for while nothing is recognised, and later in the requests: answers name nothing. */
  private isWorthHolding(row: number, sender: Endpoint): boolean {
    return this.flows.inspectorOf(row) < 0 || this.flows.directionOf(row, sender) === 0;
  }

  /** A segment of a direction of which bytes are kept. */
  private extend(segment: Segment, side: StreamSide): void {
    const assembler = side.assembler!;
    const { seq, buf, start, end } = segment;
    side.packetNumber = segment.packetNumber;
    const offset = (seq - assembler.baseSeq) | 0;
    if (side.mayBegin && offset < 0 && offset > -MAX_UNKNOWN_LEN && assembler.rebase(seq, REORDER_WINDOW)) {
      side.waiting = -1;
      assembler.neededLen = 0;
      assembler.insert(seq, buf, start, end, REORDER_WINDOW);
      if (side.unknown && ++side.held > MAX_UNKNOWN_SEGMENTS) this.kept.drop(side);
      else this.bytes.read(side);
      return;
    }
    if (side.unknown) {
      this.extendUnknown(segment, side);
      return;
    }
    const limit = side.waiting === -1 ? REORDER_WINDOW : this.table.inspectors[side.waiting]!.maxBufferedLen;
    const before = assembler.contiguousLen;
    const isKept = assembler.insert(seq, buf, start, end, limit);
    if (offset < REORDER_WINDOW) this.bytes.advance(segment.endSeq);
    if (assembler.contiguousLen > before) {
      side.held = 0;
      if (assembler.contiguousLen < assembler.neededLen) return;
      this.bytes.read(side);
      const isOverPadding = offset === 0 && before > 0 && before <= MAX_PADDING_LEN;
      if (isOverPadding && this.reader.outcome === UNKNOWN && !this.reader.done) {
        this.kept.drop(side);
        this.show(segment, false);
      }
    } else if (this.isLoss(segment.row, side, assembler) || (!isKept && end - start > 0 && before >= limit)) {
      this.bytes.giveUpHole(side);
    }
  }

  /** Another segment has come behind the hole: true when it will not be filled. */
  private isLoss(row: number, side: StreamSide, assembler: StreamAssembler): boolean {
    if (++side.held <= MAX_HELD_SEGMENTS) return false;
    if (assembler.endOffset - assembler.contiguousLen > MAX_HELD_LEN) return true;
    if (side.held <= MAX_SMALL_SEGMENTS) return false;
    this.holesGivenUp++;
    this.kept.uninspected.add(row);
    return true;
  }

  /** Shows the segment by itself, and keeps it in case the bytes before it still come. */
  private extendUnknown(segment: Segment, side: StreamSide): void {
    const { flows, reader } = this;
    const { row, sender } = segment;
    const assembler = side.assembler!;
    assembler.insert(segment.seq, segment.buf, segment.start, segment.end, MAX_UNKNOWN_LEN);
    reader.outcome = UNKNOWN;
    const ahead = (segment.seq - flows.nextSeqOf(row, sender)) | 0;
    if (ahead + segment.wireLen > 0 && ahead < REORDER_WINDOW) {
      flows.setNextSeq(row, sender, segment.endSeq);
      if (ahead < 0) segment.trimFront(-ahead);
      if (segment.start < segment.end) this.show(segment, false);
    }
    if (side.assembler !== assembler) return;
    if (reader.outcome !== UNKNOWN || ++side.held > MAX_UNKNOWN_SEGMENTS) this.kept.drop(side);
  }
}
