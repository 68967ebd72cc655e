import * as F from '../flow/flow-row.js';
import type { Endpoint, FlowRows } from '../flow/flow-rows.js';
import type { StreamAssembler } from '../flow/stream-assembler.js';
import type { FindingListener } from './finding-listener.js';
import { type Finding, FOUND, type InspectContext, MALFORMED, NEED_MORE, NOT_MINE } from './inspector.js';
import type { InspectorTable } from './inspector-table.js';
import type { RowStates } from './row-states.js';
import type { StreamState } from './stream-state.js';

/** No inspector knows any of the bytes. */
export const UNKNOWN = 0;
/** Something was recognised, and everything up to `next` is dealt with. */
const READ = 1;
/** A message begins at `next` that needs more bytes; what lies before it is dealt with. */
export const WAITING = 2;

/** Puts contiguous bytes of a stream before the inspectors, message after message. */
export class MessageReader {
  outcome: 0 | 1 | 2 = UNKNOWN;
  /** Offset from which to go on; may lie behind the bytes shown, when a message's body goes on. */
  next = 0;
  /** WAITING: the inspector that waits, and how many bytes from `next` it needs. */
  waiting = -1;
  neededLen = 0;
  /** Set by a finding that settles the connection; the caller clears it. */
  done = false;
  /** Packet that brought the bytes. */
  packetNumber = 0;
  private status = NOT_MINE as number;

  constructor(
    private readonly table: InspectorTable,
    private readonly flows: FlowRows,
    private readonly states: RowStates<StreamState>,
    private readonly context: InspectContext,
    private readonly finding: Finding,
    private readonly listener: FindingListener,
  ) {}

  /**
   * Reads `buf[start, end)`, which begins at a message's first byte or at a segment's. `waiting` is the inspector that
   * asked for these bytes, -1 for none. With `assembler`, whose buffer it is, bytes that nobody knows are passed over
   * up to the next beginning of a segment.
   */
  read(
    row: number,
    sender: Endpoint,
    buf: Buffer,
    start: number,
    end: number,
    waiting: number,
    assembler: StreamAssembler | null,
  ): void {
    const { finding, context } = this;
    this.outcome = UNKNOWN;
    this.next = end;
    let at = start;
    while (at < end) {
      const index = this.ask(row, sender, buf, at, end, at === start ? waiting : -1);
      let after = -1;
      if (index >= 0 && this.status === NEED_MORE) {
        if (!context.final && this.waitAt(index, at, end)) return;
        // The message is longer than anything that would be kept: its beginning must do.
        if (!context.final) this.askFinally(index, row, sender, buf, at, end);
      } else if (index >= 0) {
        this.outcome = READ;
        after = finding.consumedEnd;
      }
      if (this.done) return;
      if (after > end) {
        this.next = after;
        return;
      }
      if (after > at) at = after;
      else {
        if (assembler === null) return;
        at = assembler.nextSegmentStart(at);
        if (at < 0) return;
      }
    }
  }

  /**
   * Shows the inspector `index` what has come of its message, holes included: `buf[0, end)` as far as `assembler` has
   * it. For inspectors that look before they read.
   */
  readOverHoles(row: number, sender: Endpoint, index: number, assembler: StreamAssembler): void {
    const { context } = this;
    this.listener.describe(row, sender, context);
    context.coverage = assembler;
    this.askFinally(index, row, sender, assembler.buf, 0, assembler.endOffset);
    context.coverage = null;
  }

  private askFinally(index: number, row: number, sender: Endpoint, buf: Buffer, start: number, end: number): void {
    this.context.final = true;
    if (this.askOne(index, row, sender, buf, start, end)) this.outcome = READ;
    this.context.final = false;
  }

  /** False when the inspector asks for more than anybody keeps for it. */
  private waitAt(index: number, at: number, end: number): boolean {
    const neededLen = Math.max(this.finding.neededLen, end - at + 1);
    if (neededLen > this.table.inspectors[index]!.maxBufferedLen) return false;
    this.outcome = WAITING;
    this.next = at;
    this.waiting = index;
    this.neededLen = neededLen;
    return true;
  }

  /** Asks the inspectors in turn. Returns the index of the one that answered, -1 when none knows the bytes. */
  private ask(row: number, sender: Endpoint, buf: Buffer, start: number, end: number, waiting: number): number {
    this.listener.describe(row, sender, this.context);
    if (waiting >= 0 && this.askOne(waiting, row, sender, buf, start, end)) return waiting;
    const chosen = (this.flows.words[(row << F.ROW_SHIFT) + F.INSPECTED]! >>> 16) - 1;
    if (chosen >= 0 && chosen !== waiting && this.askOne(chosen, row, sender, buf, start, end)) return chosen;
    const { table } = this;
    const { srcPort, dstPort } = this.context;
    const isPortKnown = table.knowsPort(dstPort) || table.knowsPort(srcPort);
    const candidates = table.candidates(buf[start]!);
    for (let i = 0; i < candidates.length; i++) {
      const index = candidates[i]!;
      if (index === chosen || index === waiting) continue;
      if (!isPortKnown && !table.mayBearMark(index, buf, start, end)) continue;
      if (this.askOne(index, row, sender, buf, start, end)) return index;
    }
    if (!isPortKnown) return -1;
    const onPort = table.onPort(dstPort, srcPort);
    return onPort >= 0 && this.askOne(onPort, row, sender, buf, start, end) ? onPort : -1;
  }

  private askOne(index: number, row: number, sender: Endpoint, buf: Buffer, start: number, end: number): boolean {
    const { context, finding } = this;
    const inspector = this.table.inspectors[index]!;
    const held = this.states.get(row);
    context.state = held !== null && held.stateOwner === index ? held.inspectorState : undefined;
    finding.reset();
    this.status = inspector.inspect(buf, start, end, context, finding);
    if (this.status === NOT_MINE) return false;
    if (context.state !== undefined) this.keepState(row, index, context.state);
    if (this.status === FOUND || this.status === MALFORMED) {
      if (inspector.continues && this.status === FOUND) this.choose(row, index);
      if (this.listener.found(row, sender, inspector, finding, this.packetNumber)) this.done = true;
    }
    return true;
  }

  /** The connection stays with this inspector: it is asked before the others from now on. */
  private choose(row: number, index: number): void {
    const at = (row << F.ROW_SHIFT) + F.INSPECTED;
    const { words } = this.flows;
    if (words[at]! >>> 16 !== index + 1) words[at] = (words[at]! & 0xffff) | ((index + 1) << 16);
  }

  private keepState(row: number, index: number, inspectorState: unknown): void {
    if (!this.states.hasRoom(row)) {
      this.table.inspectors[index]!.end?.(inspectorState);
      return;
    }
    const state = this.states.ensure(row);
    if (state.stateOwner >= 0 && state.stateOwner !== index) {
      this.table.inspectors[state.stateOwner]!.end?.(state.inspectorState);
    }
    state.inspectorState = inspectorState;
    state.stateOwner = index;
  }
}
