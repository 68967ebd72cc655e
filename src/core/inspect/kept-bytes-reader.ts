import type { FlowRows } from '../flow/flow-rows.js';
import type { InspectContext } from './inspector.js';
import type { InspectorTable } from './inspector-table.js';
import { type KeptStreams, MAX_UNKNOWN_LEN, REORDER_WINDOW } from './kept-streams.js';
import { type MessageReader, type ReadOutcome, UNKNOWN, WAITING } from './message-reader.js';
import type { StreamSide } from './stream-state.js';

/** Reads the bytes that are kept of a direction, the one that the MessageReader has been turned to. */
export class KeptBytesReader {
  constructor(
    private readonly reader: MessageReader,
    private readonly kept: KeptStreams,
    private readonly table: InspectorTable,
    private readonly flows: FlowRows,
    private readonly context: InspectContext,
  ) {}

  /** Shows the bytes from the beginning to the first hole, message after message; drops what has been read. */
  read(side: StreamSide): void {
    const { reader } = this;
    const assembler = side.assembler!;
    let outcome: ReadOutcome = UNKNOWN;
    while (assembler.contiguousLen > 0) {
      const len = assembler.contiguousLen;
      // Bytes that were held count only now: what comes next may overlap them.
      this.advance((assembler.baseSeq + len) | 0);
      reader.read(assembler.buf, 0, len, side.waiting, assembler);
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
        this.kept.drop(side);
        side.skipping = next > len;
        side.skipToSeq = nextSeq;
        break;
      }
      assembler.rebase(nextSeq, REORDER_WINDOW);
      assembler.neededLen = 0;
    }
    reader.outcome = outcome;
  }

  /**
   * The first hole will not be filled: the bytes before it are all that there is of their message, and the bytes behind
   * it may begin another.
   */
  giveUpHole(side: StreamSide): void {
    const { reader } = this;
    const assembler = side.assembler!;
    const { waiting } = side;
    const gap = assembler.afterGap;
    const len = assembler.contiguousLen;
    side.waiting = -1;
    side.mayBegin = false;
    if (waiting >= 0 && len > 0) {
      if (gap >= 0 && this.table.inspectors[waiting]!.readsOverHoles) reader.readOverHoles(waiting, assembler);
      if (!reader.done) {
        this.context.final = true;
        reader.read(assembler.buf, 0, len, waiting, assembler);
        this.context.final = false;
      }
    }
    if (reader.done || gap < 0) {
      this.kept.drop(side);
      return;
    }
    assembler.rebase((assembler.baseSeq + gap) | 0, REORDER_WINDOW);
    assembler.neededLen = 0;
    side.held = 0;
    side.unknown = false;
    this.read(side);
  }

  /** Moves the next expected sequence number of the direction forward, never back. */
  advance(nextSeq: number): void {
    const { flows } = this;
    const { row, sender } = this.reader;
    if (((nextSeq - flows.nextSeqOf(row, sender)) | 0) > 0) flows.setNextSeq(row, sender, nextSeq);
  }
}
