import { AssemblerPool } from '../flow/assembler-pool.js';
import { FLOW_SEQ_A } from '../flow/flow-flags.js';
import * as F from '../flow/flow-row.js';
import type { Endpoint, FlowRows } from '../flow/flow-rows.js';
import type { BufferPool, StreamAssembler } from '../flow/stream-assembler.js';
import type { FindingListener } from './finding-listener.js';
import type { Finding, InspectContext } from './inspector.js';
import type { InspectorTable } from './inspector-table.js';
import { MessageReader, UNKNOWN, WAITING } from './message-reader.js';
import { RowStates } from './row-states.js';
import { type StreamSide, StreamState } from './stream-state.js';

/**
 * An unrecognised connection is given up when its segments have cost this much. Lines of text are cheap: protocols that
 * talk before they turn to TLS (STARTTLS) use many, and bulk data has few segments that end like one.
 */
const BUDGET = 192;
const SEGMENT_COST = 8;
const TEXT_COST = 1;
/** Segments that may arrive behind a hole before the hole is taken for a loss. */
const MAX_HELD_SEGMENTS = 12;
/** How far from the expected byte a segment may lie and still be waited for. */
const REORDER_WINDOW = 1 << 16;
/** A message whose length is known and no longer than this gets its whole buffer at once. */
const FIRST_GUESS_LEN = 4096;
/** How much, and how many segments, is kept of a direction without a SYN whose first segment nobody knew. */
const MAX_UNKNOWN_LEN = 16_384;
const MAX_UNKNOWN_SEGMENTS = 12;
/**
 * Bytes that nobody knew don't bind a segment that overlaps them, if they are so few: padding that a faulty sender
 * counts as payload of its bare ACK, in Ethernet frames 6 bytes behind IPv4 and TCP headers.
 */
const MAX_PADDING_LEN = 6;
const LINE_FEED = 0x0a;

/**
 * Brings the payload of TCP connections into order and before the inspectors, once. Of bytes that come twice the first
 * copy counts (see StreamAssembler), and what has been read is not read again.
 */
export class StreamInspection {
  private readonly assemblers: AssemblerPool;
  private readonly states: RowStates<StreamState>;
  private readonly reader: MessageReader;

  constructor(
    private readonly table: InspectorTable,
    private readonly flows: FlowRows,
    pool: BufferPool,
    private readonly context: InspectContext,
    finding: Finding,
    listener: FindingListener,
    maxStreams: number,
  ) {
    this.assemblers = new AssemblerPool(pool);
    this.states = new RowStates(flows, maxStreams, () => new StreamState());
    this.reader = new MessageReader(table, flows, this.states, context, finding, listener);
  }

  /** Times that bytes, or what is known of a connection, could not be kept for lack of room. */
  get overflows(): number {
    return this.assemblers.overflows + this.states.refused;
  }

  /** Connections of which more than the row is kept. */
  get inProgress(): number {
    return this.states.inUse;
  }

  /**
   * Shows one segment of the connection `row`, `buf[start, end)` at sequence number `seq`; `wireLen` is its length
   * before the capture cut it. Returns true when the connection needs no more inspection.
   */
  segment(
    row: number,
    sender: Endpoint,
    seq: number,
    buf: Buffer,
    start: number,
    end: number,
    wireLen: number,
    packetNumber: number,
  ): boolean {
    const w = row << F.ROW_SHIFT;
    this.reader.done = false;
    this.reader.packetNumber = packetNumber;
    this.charge(w, start < end && buf[end - 1] === LINE_FEED ? TEXT_COST : SEGMENT_COST);
    const state = this.states.get(row);
    const side = state === null ? null : state.sides[sender];
    if (side !== null && side.assembler !== null) this.extend(row, sender, side, seq, buf, start, end, wireLen);
    else this.next(row, sender, side, seq, buf, start, end, wireLen);
    if (this.reader.done) return true;
    return (this.flows.words[w + F.INSPECTED]! & 0xffff) >= BUDGET && this.isIdle(row);
  }

  /** No more segments will come, or none is wanted: asks once more with what is there, then frees everything. */
  end(row: number, settled: boolean): void {
    const state = this.states.get(row);
    if (state === null) return;
    this.reader.done = settled;
    for (let sender = 0; sender < 2; sender++) {
      const side = state.sides[sender]!;
      this.reader.packetNumber = side.packetNumber;
      while (side.assembler !== null && !this.reader.done) this.giveUp(row, sender as Endpoint, side);
      this.drop(side);
    }
    if (state.stateOwner >= 0) this.table.inspectors[state.stateOwner]!.end?.(state.inspectorState);
    this.states.release(row);
  }

  private charge(w: number, cost: number): void {
    const { words } = this.flows;
    if ((words[w + F.INSPECTED]! & 0xffff) < 0xffff - cost) words[w + F.INSPECTED]! += cost;
  }

  /** True when no inspector reads this connection or waits for more of it. */
  private isIdle(row: number): boolean {
    if (this.flows.words[(row << F.ROW_SHIFT) + F.INSPECTED]! >>> 16 !== 0) return false;
    const state = this.states.get(row);
    return state === null || (state.sides[0].isIdle && state.sides[1].isIdle);
  }

  /** A segment of a direction of which nothing is kept. */
  private next(
    row: number,
    sender: Endpoint,
    side: StreamSide | null,
    seq: number,
    buf: Buffer,
    start: number,
    end: number,
    wireLen: number,
  ): void {
    const { words } = this.flows;
    const w = row << F.ROW_SHIFT;
    const seqKnown = FLOW_SEQ_A << sender;
    const isFirst = (words[w + F.FLAGS]! & seqKnown) === 0;
    if (isFirst) {
      words[w + F.FLAGS] = words[w + F.FLAGS]! | seqKnown;
      words[w + F.SEQ_A + sender] = seq;
    }
    const isSkipping = side?.skipping === true;
    const expected = isSkipping ? side.skipToSeq : words[w + F.SEQ_A + sender]!;
    const ahead = (seq - expected) | 0;
    if (ahead + wireLen <= 0) return;
    if (ahead > 0) {
      if (ahead >= REORDER_WINDOW) {
        // No neighbour of anything seen: it is looked at, but nothing is counted from it.
        if (start < end) this.show(row, sender, seq, buf, start, end, false);
        return;
      }
      if (this.isWorthHolding(row, sender) && this.hold(row, sender, expected, seq, buf, start, end)) return;
    }
    if (isSkipping) side.skipping = false;
    words[w + F.SEQ_A + sender] = (seq + wireLen) | 0;
    if (ahead < 0 && !(ahead >= -MAX_PADDING_LEN && this.isIdle(row) && !isSkipping)) {
      start -= ahead;
      seq = expected;
    }
    if (start >= end) return;
    this.show(row, sender, seq, buf, start, end, isFirst);
    if (ahead < 0 && seq !== expected && this.reader.outcome === UNKNOWN && start - ahead < end) {
      this.show(row, sender, expected, buf, start - ahead, end, false);
    }
  }

  /** Reads one segment where it lies, and keeps what has to wait. */
  private show(
    row: number,
    sender: Endpoint,
    seq: number,
    buf: Buffer,
    start: number,
    end: number,
    isFirst: boolean,
  ): void {
    const { reader } = this;
    reader.read(row, sender, buf, start, end, -1, null);
    if (reader.done) return;
    if (reader.outcome === WAITING) {
      this.wait(row, sender, (seq + (reader.next - start)) | 0, buf, end, isFirst && reader.next === start);
    } else if (reader.next > end) {
      if (!this.states.hasRoom(row)) return;
      const side = this.states.ensure(row).sides[sender];
      this.drop(side);
      side.skipping = true;
      side.skipToSeq = (seq + (reader.next - start)) | 0;
    } else if (isFirst && reader.outcome === UNKNOWN) {
      this.keepUnknown(row, sender, seq, buf, start, end);
    }
  }

  /** A hole is worth waiting for while nothing is recognised, and later in the requests: answers name nothing. */
  private isWorthHolding(row: number, sender: Endpoint): boolean {
    if (this.flows.words[(row << F.ROW_SHIFT) + F.INSPECTED]! >>> 16 === 0) return true;
    return this.flows.directionOf(row, sender) === 0;
  }

  /** Keeps a segment that came before its predecessor. False when there is no room for it. */
  private hold(
    row: number,
    sender: Endpoint,
    expected: number,
    seq: number,
    buf: Buffer,
    start: number,
    end: number,
  ): boolean {
    if (!this.states.hasRoom(row)) return false;
    const assembler = this.assemblers.begin(expected, seq, buf, start, end, REORDER_WINDOW, end - start);
    if (assembler === null) return false;
    const side = this.sideWith(row, sender, assembler);
    side.skipping = false;
    side.held = 1;
    return true;
  }

  /**
   * Collects more bytes for the inspector that the reader says waits for them, whose message begins at `reader.next`.
   */
  private wait(row: number, sender: Endpoint, seq: number, buf: Buffer, end: number, mayBegin: boolean): void {
    const { next, neededLen, waiting } = this.reader;
    const limit = this.table.inspectors[waiting]!.maxBufferedLen;
    const guess = neededLen <= FIRST_GUESS_LEN ? neededLen : end - next;
    if (!this.states.hasRoom(row)) return;
    const assembler = this.assemblers.begin(seq, seq, buf, next, end, limit, guess);
    if (assembler === null) return;
    assembler.neededLen = neededLen;
    const side = this.sideWith(row, sender, assembler);
    side.waiting = waiting;
    side.mayBegin = mayBegin;
  }

  /** Keeps the first segment of a direction without a SYN, which may be the second half of something. */
  private keepUnknown(row: number, sender: Endpoint, seq: number, buf: Buffer, start: number, end: number): void {
    if (!this.states.hasRoom(row)) return;
    const assembler = this.assemblers.begin(seq, seq, buf, start, end, MAX_UNKNOWN_LEN, end - start);
    if (assembler === null) return;
    const side = this.sideWith(row, sender, assembler);
    side.mayBegin = true;
    side.unknown = true;
    side.held = 1;
  }

  /** A segment of a direction of which something is kept. */
  private extend(
    row: number,
    sender: Endpoint,
    side: StreamSide,
    seq: number,
    buf: Buffer,
    start: number,
    end: number,
    wireLen: number,
  ): void {
    const assembler = side.assembler!;
    side.packetNumber = this.reader.packetNumber;
    const offset = (seq - assembler.baseSeq) | 0;
    if (side.mayBegin && offset < 0 && offset > -MAX_UNKNOWN_LEN && assembler.rebase(seq, REORDER_WINDOW)) {
      side.waiting = -1;
      assembler.neededLen = 0;
      assembler.insert(seq, buf, start, end, REORDER_WINDOW);
      if (side.unknown && ++side.held > MAX_UNKNOWN_SEGMENTS) this.drop(side);
      else this.reread(row, sender, side);
      return;
    }
    if (side.unknown) {
      this.extendUnknown(row, sender, side, seq, buf, start, end, wireLen);
      return;
    }
    const limit = side.waiting === -1 ? REORDER_WINDOW : this.table.inspectors[side.waiting]!.maxBufferedLen;
    const before = assembler.contiguousLen;
    const kept = assembler.insert(seq, buf, start, end, limit);
    if (offset < REORDER_WINDOW) this.advance(row, sender, (seq + wireLen) | 0);
    if (assembler.contiguousLen > before) {
      side.held = 0;
      if (assembler.contiguousLen < assembler.neededLen) return;
      this.reread(row, sender, side);
      const isPadding = offset === 0 && before > 0 && before <= MAX_PADDING_LEN;
      if (isPadding && this.reader.outcome === UNKNOWN && !this.reader.done) {
        this.drop(side);
        this.show(row, sender, seq, buf, start, end, false);
      }
    } else if (++side.held > MAX_HELD_SEGMENTS || (!kept && end - start > 0 && before >= limit)) {
      this.giveUp(row, sender, side);
    }
  }

  /** Shows the segment for itself, and keeps it in case that what belongs before it still comes. */
  private extendUnknown(
    row: number,
    sender: Endpoint,
    side: StreamSide,
    seq: number,
    buf: Buffer,
    start: number,
    end: number,
    wireLen: number,
  ): void {
    const assembler = side.assembler!;
    assembler.insert(seq, buf, start, end, MAX_UNKNOWN_LEN);
    this.reader.outcome = UNKNOWN;
    const ahead = (seq - this.flows.nextSeqOf(row, sender)) | 0;
    if (ahead + wireLen > 0 && ahead < REORDER_WINDOW) {
      this.flows.setNextSeq(row, sender, (seq + wireLen) | 0);
      const skip = Math.max(-ahead, 0);
      if (start + skip < end) this.show(row, sender, (seq + skip) | 0, buf, start + skip, end, false);
    }
    if (side.assembler !== assembler) return;
    if (this.reader.outcome !== UNKNOWN || ++side.held > MAX_UNKNOWN_SEGMENTS) this.drop(side);
  }

  /** Shows the assembler's bytes, and goes on with those behind them for as long as there is no hole. */
  private reread(row: number, sender: Endpoint, side: StreamSide): void {
    const { reader } = this;
    const assembler = side.assembler!;
    let outcome: 0 | 1 | 2 = UNKNOWN;
    while (assembler.contiguousLen > 0) {
      const len = assembler.contiguousLen;
      // Bytes that were held count only now: what comes next may overlap them.
      this.advance(row, sender, (assembler.baseSeq + len) | 0);
      reader.read(row, sender, assembler.buf, 0, len, side.waiting, assembler);
      side.waiting = -1;
      if (reader.outcome !== UNKNOWN) outcome = reader.outcome;
      if (reader.done) break;
      if (reader.outcome === UNKNOWN && side.mayBegin && assembler.endOffset <= MAX_UNKNOWN_LEN) {
        side.unknown = true;
        return;
      }
      side.unknown = false;
      if (reader.outcome === WAITING) {
        side.waiting = reader.waiting;
        side.held = 0;
        side.mayBegin &&= reader.next === 0;
        assembler.rebase((assembler.baseSeq + reader.next) | 0, REORDER_WINDOW);
        assembler.neededLen = reader.neededLen;
        return;
      }
      side.mayBegin = false;
      const { next } = reader;
      const nextSeq = (assembler.baseSeq + next) | 0;
      if (assembler.endOffset <= next) {
        this.drop(side);
        side.skipping = next > len;
        side.skipToSeq = nextSeq;
        break;
      }
      assembler.rebase(nextSeq, REORDER_WINDOW);
      assembler.neededLen = 0;
    }
    reader.outcome = outcome;
  }

  /** The hole will not be filled: what lies before it is all of its message, and what lies behind may begin another. */
  private giveUp(row: number, sender: Endpoint, side: StreamSide): void {
    const { reader } = this;
    const assembler = side.assembler!;
    const { waiting } = side;
    const gap = assembler.afterGap;
    const len = assembler.contiguousLen;
    side.waiting = -1;
    side.mayBegin = false;
    if (waiting >= 0 && len > 0) {
      if (gap >= 0 && this.table.inspectors[waiting]!.readsOverHoles) {
        reader.readOverHoles(row, sender, waiting, assembler);
      }
      if (!reader.done) {
        this.context.final = true;
        reader.read(row, sender, assembler.buf, 0, len, waiting, assembler);
        this.context.final = false;
      }
    }
    if (reader.done || gap < 0) {
      this.drop(side);
      return;
    }
    assembler.rebase((assembler.baseSeq + gap) | 0, REORDER_WINDOW);
    assembler.neededLen = 0;
    side.held = 0;
    side.unknown = false;
    this.reread(row, sender, side);
  }

  private advance(row: number, sender: Endpoint, nextSeq: number): void {
    const { flows } = this;
    if (((nextSeq - flows.nextSeqOf(row, sender)) | 0) > 0) flows.setNextSeq(row, sender, nextSeq);
  }

  private sideWith(row: number, sender: Endpoint, assembler: StreamAssembler): StreamSide {
    const side = this.states.ensure(row).sides[sender];
    this.drop(side);
    side.assembler = assembler;
    side.packetNumber = this.reader.packetNumber;
    return side;
  }

  private drop(side: StreamSide): void {
    if (side.assembler !== null) this.assemblers.recycle(side.assembler);
    side.dropped();
  }
}
