import * as F from '../flow/flow-row.js';
import type { FlowTable } from '../flow/flow-table.js';
import { type BufferPool, StreamAssembler } from '../flow/stream-assembler.js';
import type { Endpoint, FindingListener } from './finding-listener.js';
import { type Finding, FOUND, type InspectContext, MALFORMED, NEED_MORE, NOT_MINE } from './inspector.js';
import type { InspectorTable } from './inspector-table.js';
import { type StreamSide, StreamState } from './stream-state.js';

/** Payload segments of an unrecognised connection after which nothing more is tried. */
const MAX_SEGMENTS = 24;
/** Segments that may arrive behind a hole before the hole is taken for a loss. */
const MAX_HELD_SEGMENTS = 12;
/** How far behind the expected byte a segment may lie and still be waited for. */
const REORDER_WINDOW = 1 << 16;
/** A message whose length is known and no longer than this gets its whole buffer at once. */
const FIRST_GUESS_LEN = 4096;
/** Messages read from one segment at the most. */
const MAX_MESSAGES = 64;

/** Puts TCP payload before the inspectors: in order, once, from message to message. */
export class StreamInspection {
  private readonly spareAssemblers: StreamAssembler[] = [];
  private readonly states: StreamState[] = [new StreamState()];
  private readonly freeStates: number[] = [];
  /** Times that bytes could not be kept for lack of room. */
  overflows = 0;

  /** The answer to the last question. */
  private status = NOT_MINE as number;
  /** Set by a finding that settles the connection. */
  private done = false;
  private packetNumber = 0;

  constructor(
    private readonly table: InspectorTable,
    private readonly flows: FlowTable,
    private readonly pool: BufferPool,
    private readonly context: InspectContext,
    private readonly finding: Finding,
    private readonly listener: FindingListener,
  ) {}

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
    const { words } = this.flows;
    const w = row << F.ROW_SHIFT;
    this.done = false;
    this.packetNumber = packetNumber;
    if ((words[w + F.INSPECTED]! & 0xffff) < 0xffff) words[w + F.INSPECTED]!++;
    const side = words[w + F.STREAM] === 0 ? null : this.states[words[w + F.STREAM]!]!.sides[sender];
    if (side !== null && side.assembler !== null) {
      this.extend(row, sender, side, seq, buf, start, end, wireLen);
      return this.isDone(w);
    }
    const seqKnown = F.FLOW_SEQ_A << sender;
    if ((words[w + F.FLAGS]! & seqKnown) === 0) {
      words[w + F.FLAGS] = words[w + F.FLAGS]! | seqKnown;
      words[w + F.SEQ_A + sender] = seq;
    }
    const nextSeq = words[w + F.SEQ_A + sender]!;
    const ahead = (seq - nextSeq) | 0;
    if (ahead < 0) {
      start -= ahead;
      wireLen += ahead;
      seq = nextSeq;
      if (wireLen <= 0) return false;
    } else if (ahead > 0 && ahead < REORDER_WINDOW && this.chosenOf(w) === -1) {
      if (this.hold(row, sender, nextSeq, seq, buf, start, end)) return false;
    }
    words[w + F.SEQ_A + sender] = (seq + wireLen) | 0;
    if (side !== null && side.skipping) {
      const toSkip = (side.skipToSeq - seq) | 0;
      if (toSkip >= wireLen) return false;
      side.skipping = false;
      if (toSkip > 0) {
        start += toSkip;
        seq = side.skipToSeq;
      }
    }
    if (start < end) this.messages(row, sender, seq, buf, start, end, null);
    return this.isDone(w);
  }

  /** No more segments will come, or none is wanted: asks once more with what is there, then frees everything. */
  end(row: number, settled: boolean): void {
    const w = row << F.ROW_SHIFT;
    const index = this.flows.words[w + F.STREAM]!;
    if (index === 0) return;
    const state = this.states[index]!;
    this.done = settled;
    for (let sender = 0; sender < 2; sender++) {
      const side = state.sides[sender]!;
      if (side.assembler === null) continue;
      if (!this.done) this.giveUp(row, sender as Endpoint, side);
      this.drop(side);
    }
    if (state.stateOwner >= 0) this.table.inspectors[state.stateOwner]!.end?.(state.inspectorState);
    state.reset();
    this.flows.words[w + F.STREAM] = 0;
    this.freeStates.push(index);
  }

  private isDone(w: number): boolean {
    if (this.done) return true;
    const { words } = this.flows;
    return words[w + F.INSPECTED]! >= MAX_SEGMENTS && this.chosenOf(w) === -1 && this.idle(w);
  }

  /** The inspector that goes on reading this connection, -1 for none. */
  private chosenOf(w: number): number {
    return (this.flows.words[w + F.INSPECTED]! >>> 16) - 1;
  }

  private stateOf(row: number): StreamState {
    const at = (row << F.ROW_SHIFT) + F.STREAM;
    const { words } = this.flows;
    if (words[at] === 0) words[at] = this.freeStates.pop() ?? this.states.push(new StreamState()) - 1;
    return this.states[words[at]!]!;
  }

  private idle(w: number): boolean {
    const index = this.flows.words[w + F.STREAM]!;
    if (index === 0) return true;
    const { sides } = this.states[index]!;
    return sides[0].assembler === null && sides[1].assembler === null;
  }

  /** Keeps a segment that came before its predecessor. False when there is no room for it. */
  private hold(
    row: number,
    sender: Endpoint,
    nextSeq: number,
    seq: number,
    buf: Buffer,
    start: number,
    end: number,
  ): boolean {
    const assembler = this.assemblerFor(nextSeq, end - start);
    if (assembler === null) return false;
    if (!assembler.insert(seq, buf, start, end, REORDER_WINDOW)) {
      this.recycle(assembler);
      return false;
    }
    const side = this.stateOf(row).sides[sender];
    side.assembler = assembler;
    side.waiting = -1;
    side.held = 1;
    return true;
  }

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
    const limit = side.waiting === -1 ? REORDER_WINDOW : this.table.inspectors[side.waiting]!.maxBufferedLen;
    const before = assembler.contiguousLen;
    const kept = assembler.insert(seq, buf, start, end, limit);
    const nextSeq = (seq + wireLen) | 0;
    const at = (row << F.ROW_SHIFT) + F.SEQ_A + sender;
    if (((nextSeq - this.flows.words[at]!) | 0) > 0) this.flows.words[at] = nextSeq;
    if (assembler.contiguousLen > before) {
      side.held = 0;
      if (assembler.contiguousLen >= assembler.neededLen) this.reread(row, sender, side);
    } else if (++side.held > MAX_HELD_SEGMENTS || (!kept && end - start > 0 && before >= limit)) {
      this.giveUp(row, sender, side);
      this.drop(side);
    }
  }

  /** Shows the assembled bytes again. */
  private reread(row: number, sender: Endpoint, side: StreamSide): void {
    const assembler = side.assembler!;
    const len = assembler.contiguousLen;
    side.assembler = null;
    this.messages(row, sender, assembler.baseSeq, assembler.buf, 0, len, assembler);
    if (side.assembler !== assembler) this.recycle(assembler);
  }

  /** The hole will not be filled: what lies before it is all of the message; what lies behind may begin another. */
  private giveUp(row: number, sender: Endpoint, side: StreamSide): void {
    const assembler = side.assembler!;
    this.context.final = true;
    if (assembler.contiguousLen > 0) {
      this.messages(row, sender, assembler.baseSeq, assembler.buf, 0, assembler.contiguousLen, assembler);
    }
    const behind = assembler.afterGap;
    if (behind > 0 && !this.done) {
      this.messages(row, sender, assembler.baseSeq + behind, assembler.buf, behind, assembler.afterGapEnd, assembler);
    }
    this.context.final = false;
    side.assembler = assembler;
  }

  private drop(side: StreamSide): void {
    if (side.assembler !== null) this.recycle(side.assembler);
    side.assembler = null;
    side.waiting = -1;
    side.held = 0;
  }

  /** Reads message after message of contiguous bytes that begin at a message's first byte. */
  private messages(
    row: number,
    sender: Endpoint,
    seq: number,
    buf: Buffer,
    start: number,
    end: number,
    from: StreamAssembler | null,
  ): void {
    const { finding, context } = this;
    const w = row << F.ROW_SHIFT;
    const base = start;
    for (let n = 0; n < MAX_MESSAGES && start < end; n++) {
      const index = this.ask(row, sender, buf, start, end);
      if (index < 0) return;
      if (this.status === NEED_MORE) {
        if (!context.final) this.wait(row, sender, (seq + (start - base)) | 0, buf, start, end, index, from);
        return;
      }
      const consumed = finding.consumedEnd;
      if (this.done || consumed <= start || this.chosenOf(w) !== index) return;
      if (consumed > end) {
        const side = this.stateOf(row).sides[sender];
        side.skipping = true;
        side.skipToSeq = (seq + (consumed - base)) | 0;
        return;
      }
      start = consumed;
    }
  }

  /** Asks the inspectors in turn. Returns the index of the one that answered, -1 when none knows the bytes. */
  private ask(row: number, sender: Endpoint, buf: Buffer, start: number, end: number): number {
    const w = row << F.ROW_SHIFT;
    let first = this.chosenOf(w);
    const stream = this.flows.words[w + F.STREAM]!;
    if (stream !== 0) {
      const side = this.states[stream]!.sides[sender];
      if (side.waiting >= 0) first = side.waiting;
      side.waiting = -1;
    }
    if (first >= 0 && this.askOne(first, row, sender, buf, start, end)) return first;
    const candidates = this.table.candidates(buf[start]!);
    for (let i = 0; i < candidates.length; i++) {
      const index = candidates[i]!;
      if (index !== first && this.askOne(index, row, sender, buf, start, end)) return index;
    }
    return -1;
  }

  private askOne(index: number, row: number, sender: Endpoint, buf: Buffer, start: number, end: number): boolean {
    const { context, finding } = this;
    const { words } = this.flows;
    const w = row << F.ROW_SHIFT;
    const inspector = this.table.inspectors[index]!;
    this.listener.describe(row, sender, context);
    const held = words[w + F.STREAM] === 0 ? null : this.states[words[w + F.STREAM]!]!;
    context.state = held !== null && held.stateOwner === index ? held.inspectorState : undefined;
    finding.reset();
    this.status = inspector.inspect(buf, start, end, context, finding);
    if (this.status === NOT_MINE) return false;
    if (context.state !== undefined) {
      const state = this.stateOf(row);
      state.inspectorState = context.state;
      state.stateOwner = index;
    }
    if (this.status === FOUND || this.status === MALFORMED) {
      if (inspector.continues && this.status === FOUND && this.chosenOf(w) === -1) {
        words[w + F.INSPECTED] = (words[w + F.INSPECTED]! & 0xffff) | ((index + 1) << 16);
      }
      if (this.listener.found(row, sender, inspector, finding, this.packetNumber)) this.done = true;
    }
    return true;
  }

  /** Collects more bytes for the inspector `index`, whose message begins at `start`. */
  private wait(
    row: number,
    sender: Endpoint,
    seq: number,
    buf: Buffer,
    start: number,
    end: number,
    index: number,
    from: StreamAssembler | null,
  ): void {
    const neededLen = Math.max(this.finding.neededLen, end - start + 1);
    const limit = this.table.inspectors[index]!.maxBufferedLen;
    if (neededLen > limit) {
      // The message is longer than anything we would keep: ask for a verdict on its beginning.
      this.context.final = true;
      this.askOne(index, row, sender, buf, start, end);
      this.context.final = false;
      return;
    }
    let assembler = from;
    if (from === null || start > 0) {
      assembler = this.assemblerFor(seq, neededLen <= FIRST_GUESS_LEN ? neededLen : end - start);
      if (assembler === null) return;
      if (!assembler.insert(seq, buf, start, end, limit)) {
        this.overflows++;
        this.recycle(assembler);
        return;
      }
    }
    assembler!.neededLen = neededLen;
    const side = this.stateOf(row).sides[sender];
    side.assembler = assembler;
    side.waiting = index;
    side.held = 0;
  }

  private assemblerFor(seq: number, len: number): StreamAssembler | null {
    const buf = this.pool.take(len);
    if (buf === null) {
      this.overflows++;
      return null;
    }
    const assembler = this.spareAssemblers.pop() ?? new StreamAssembler(this.pool, buf);
    assembler.buf = buf;
    assembler.reset(seq);
    return assembler;
  }

  private recycle(assembler: StreamAssembler): void {
    assembler.release();
    this.spareAssemblers.push(assembler);
  }
}
