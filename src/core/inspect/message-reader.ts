import { FLOW_MALFORMED } from '../flow/flow-flags.js';
import type { Endpoint, FlowRows } from '../flow/flow-rows.js';
import type { StreamAssembler } from '../flow/stream-assembler.js';
import type { FindingListener } from './finding-listener.js';
import { type Finding, FOUND, type InspectContext, MALFORMED, NEED_MORE, NOT_MINE } from './inspector.js';
import type { InspectorTable } from './inspector-table.js';
import type { RowStates } from './row-states.js';
import type { StreamState } from './stream-state.js';

/** No inspector knows any of the bytes. */
export const UNKNOWN = 0;
/** An inspector recognised something, and everything up to `next` has been dealt with. */
const READ = 1;
/** A message begins at `next` that needs more bytes; everything before it has been dealt with. */
export const WAITING = 2;
export type ReadOutcome = typeof UNKNOWN | typeof READ | typeof WAITING;

/** Shows contiguous bytes of one direction of a connection to the inspectors, message after message. */
export class MessageReader {
  /** The direction whose bytes are read: set by `turnTo`. */
  row = 0;
  sender: Endpoint = 0;
  /** Packet that brought the bytes. */
  packetNumber = 0;
  /** Set by a finding that settles the connection; the caller clears it. */
  done = false;
  /** What became of the bytes read last. */
  outcome: ReadOutcome = UNKNOWN;
  /** Offset from which to go on; may lie behind the bytes shown, when a message's body goes on. */
  next = 0;
  /** With WAITING: the inspector that waits, and how many bytes from `next` it needs. */
  waiting = -1;
  neededLen = 0;
  private status = NOT_MINE as number;

  constructor(
    private readonly table: InspectorTable,
    private readonly flows: FlowRows,
    private readonly states: RowStates<StreamState>,
    private readonly context: InspectContext,
    private readonly finding: Finding,
    private readonly listener: FindingListener,
  ) {}

  /** Names the direction, and the packet, that the next bytes belong to. */
  turnTo(row: number, sender: Endpoint, packetNumber: number): void {
    this.row = row;
    this.sender = sender;
    this.packetNumber = packetNumber;
  }

  /**
   * Reads `buf[start, end)`, which begins at a message's first byte or at a segment's. `waiting` is the inspector that
   * asked for these bytes, -1 for none. With `assembler`, whose buffer it is, reading resumes at the next beginning of
   * a segment when no inspector knows the bytes.
   */
  read(buf: Buffer, start: number, end: number, waiting: number, assembler: StreamAssembler | null): void {
    const { finding, context } = this;
    this.outcome = UNKNOWN;
    this.next = end;
    let at = start;
    while (at < end) {
      const index = this.ask(buf, at, end, at === start ? waiting : -1);
      let after = -1;
      if (index >= 0 && this.status === NEED_MORE) {
        if (!context.final && this.waitAt(index, at, end)) return;
        // The message is longer than the most that is kept: its beginning must do.
        if (!context.final) this.askFinally(index, buf, at, end);
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
   * Shows the inspector `index` the bytes of its message that have come, holes included: `buf[0, end)` as far as
   * `assembler` has it. For inspectors with `readsOverHoles`.
   */
  readOverHoles(index: number, assembler: StreamAssembler): void {
    const { context } = this;
    this.listener.describe(this.row, this.sender, context);
    context.coverage = assembler;
    this.askFinally(index, assembler.buf, 0, assembler.endOffset);
    context.coverage = null;
  }

  private askFinally(index: number, buf: Buffer, start: number, end: number): void {
    this.context.final = true;
    if (this.askOne(index, buf, start, end)) this.outcome = READ;
    this.context.final = false;
  }

  /** False when the inspector asks for more than is kept for it. */
  private waitAt(index: number, at: number, end: number): boolean {
    const neededLen = Math.max(this.finding.neededLen, end - at + 1);
    if (neededLen > this.table.inspectors[index]!.maxBufferedLen) return false;
    this.outcome = WAITING;
    this.next = at;
    this.waiting = index;
    this.neededLen = neededLen;
    return true;
  }

  /** Asks the inspectors in turn. Returns the index of the first that knows the bytes, -1 for none. */
  private ask(buf: Buffer, start: number, end: number, waiting: number): number {
    this.listener.describe(this.row, this.sender, this.context);
    if (waiting >= 0 && this.askOne(waiting, buf, start, end)) return waiting;
    const chosen = this.flows.inspectorOf(this.row);
    if (chosen >= 0 && chosen !== waiting && this.askOne(chosen, buf, start, end)) return chosen;
    const { table } = this;
    const { srcPort, dstPort } = this.context;
    const isPortKnown = table.knowsPort(dstPort) || table.knowsPort(srcPort);
    const candidates = table.candidates(buf[start]!);
    for (let i = 0; i < candidates.length; i++) {
      const index = candidates[i]!;
      if (index === chosen || index === waiting) continue;
      if (!isPortKnown && !table.mayBearMark(index, buf, start, end)) continue;
      if (this.askOne(index, buf, start, end)) return index;
    }
    if (!isPortKnown) return -1;
    const onPort = table.onPort(dstPort, srcPort);
    return onPort >= 0 && this.askOne(onPort, buf, start, end) ? onPort : -1;
  }

  private askOne(index: number, buf: Buffer, start: number, end: number): boolean {
    const { context, finding, row } = this;
    const inspector = this.table.inspectors[index]!;
    const held = this.states.get(row);
    context.state = held !== null && held.stateOwner === index ? held.inspectorState : undefined;
    finding.reset();
    this.status = inspector.inspect(buf, start, end, context, finding);
    if (this.status === NOT_MINE) return false;
    if (this.status === MALFORMED) this.flows.addFlags(row, FLOW_MALFORMED);
    if (context.state !== undefined) this.keepState(index, context.state);
    if (this.status === FOUND || this.status === MALFORMED) {
      // The connection stays with this inspector: it is asked before the others from now on.
      if (inspector.continues && this.status === FOUND) this.flows.setInspector(row, index);
      if (this.listener.found(row, this.sender, inspector, finding, this.packetNumber).isSettled) this.done = true;
    }
    return true;
  }

  private keepState(index: number, inspectorState: unknown): void {
    const { row, states } = this;
    if (!states.hasRoom(row, this.status !== FOUND)) {
      this.table.inspectors[index]!.end?.(inspectorState);
      return;
    }
    const state = states.ensure(row);
    if (state.stateOwner >= 0 && state.stateOwner !== index) {
      this.table.inspectors[state.stateOwner]!.end?.(state.inspectorState);
    }
    state.inspectorState = inspectorState;
    state.stateOwner = index;
  }
}
