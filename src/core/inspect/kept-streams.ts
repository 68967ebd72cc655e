import { AssemblerPool } from '../flow/assembler-pool.js';
import type { Endpoint, FlowRows } from '../flow/flow-rows.js';
import type { BufferPool, StreamAssembler } from '../flow/stream-assembler.js';
import type { PacketPayload, Segment } from './packet-payload.js';
import { RowStates } from './row-states.js';
import { type StreamSide, StreamState } from './stream-state.js';
import { UninspectedRows } from './uninspected-rows.js';

/** How far from the expected byte a segment may lie and still be waited for. */
export const REORDER_WINDOW = 1 << 16;
/** Most bytes kept of a direction without a SYN whose first segment no inspector knew. */
export const MAX_UNKNOWN_LEN = 16_384;
/**
 * Directions without a SYN whose beginning is kept. Half a message there has to wait for what comes next in the stream,
 * so the oldest gives way: random segments must not take the room of connections whose beginning was seen.
 */
const MAX_BEGINNINGS = 1 << 14;
/** A message whose length is known and no longer than this gets its whole buffer at once. */
const FIRST_GUESS_LEN = 4096;

/** What is kept of TCP streams beside their rows: bytes that wait for others, a body to pass over, states. Bounded. */
export class KeptStreams {
  readonly states: RowStates<StreamState>;
  private readonly assemblers: AssemblerPool;
  /** The latest directions without a SYN whose beginning was kept, a ring: row * 2 + sender of each. */
  private readonly beginnings = new Int32Array(MAX_BEGINNINGS);
  private lastOrdinal = 0;
  /** Those that gave way though an inspector waited for more. */
  private givenUp = 0;

  constructor(
    flows: FlowRows,
    buffers: BufferPool,
    maxStreams: number,
    readonly uninspected = new UninspectedRows(flows.maxFlows),
  ) {
    this.states = new RowStates(flows, maxStreams, () => new StreamState(), uninspected);
    this.assemblers = new AssemblerPool(buffers);
  }

  /** Times that bytes, or what is known of a connection, could not be kept for lack of room. */
  get overflows(): number {
    return this.assemblers.overflows + this.states.refused + this.givenUp;
  }

  /** What is kept of the direction, null for nothing. */
  sideOf(row: number, sender: Endpoint): StreamSide | null {
    const state = this.states.get(row);
    return state === null ? null : state.sides[sender];
  }

  /** Keeps a segment that came before the byte `expected`. False when there is no room for it. */
  keepBehindHole(segment: Segment, expected: number): boolean {
    const { buf, start, end } = segment;
    if (!this.states.hasRoom(segment.row)) return false;
    const assembler = this.assemblers.begin(expected, segment.seq, buf, start, end, REORDER_WINDOW, end - start);
    if (assembler === null) return this.refuse(segment);
    const side = this.give(segment, assembler);
    side.skipping = false;
    side.held = 1;
    return true;
  }

  /** Keeps a segment that no inspector knew, the first of a direction without a SYN: it may be half of a message. */
  keepUnknown(segment: Segment): void {
    const { seq, buf, start, end } = segment;
    if (!this.states.hasRoom(segment.row)) return;
    const assembler = this.assemblers.begin(seq, seq, buf, start, end, MAX_UNKNOWN_LEN, end - start);
    if (assembler === null) {
      this.refuse(segment);
      return;
    }
    const side = this.give(segment, assembler);
    side.unknown = true;
    side.held = 1;
    this.mayBegin(segment, side);
  }

  /** The side, which keeps the first segment of a direction without a SYN, may begin with an earlier one. */
  mayBegin({ row, sender }: Segment, side: StreamSide): void {
    const ordinal = ++this.lastOrdinal;
    const at = ordinal & (MAX_BEGINNINGS - 1);
    if (ordinal > MAX_BEGINNINGS) this.giveWay(this.beginnings[at]!, ordinal - MAX_BEGINNINGS);
    this.beginnings[at] = row * 2 + sender;
    side.mayBegin = true;
    side.ordinal = ordinal;
  }

  /** Gives up what the direction `row * 2 + sender` keeps, if it is still that. */
  private giveWay(direction: number, ordinal: number): void {
    const row = direction >> 1;
    const state = this.states.get(row);
    const side = state?.sides[direction & 1];
    // One that has turned out to be a message stays.
    if (side?.ordinal !== ordinal || !side.mayBegin) return;
    if (side.waiting >= 0) {
      this.givenUp++;
      this.uninspected.add(row);
    }
    this.drop(side);
    if (state!.isEmpty) this.states.release(row);
  }

  /** Keeps the beginning of a message. Null when there is no room for it. */
  keepUnfinished(segment: Segment, start: number, neededLen: number, maxLen: number): StreamSide | null {
    const { buf, end } = segment;
    const guess = neededLen <= FIRST_GUESS_LEN ? neededLen : end - start;
    if (!this.states.hasRoom(segment.row)) return null;
    const seq = (segment.seq + (start - segment.start)) | 0;
    const assembler = this.assemblers.begin(seq, seq, buf, start, end, maxLen, guess);
    if (assembler === null) {
      this.refuse(segment);
      return null;
    }
    assembler.neededLen = neededLen;
    return this.give(segment, assembler);
  }

  /** Passes over the rest of a message, up to the sequence number `seq`. */
  skipTo(row: number, sender: Endpoint, seq: number): void {
    if (!this.states.hasRoom(row)) return;
    const side = this.states.ensure(row).sides[sender];
    this.drop(side);
    side.skipping = true;
    side.skipToSeq = seq;
  }

  /** Gives up the bytes that are kept of a direction. */
  drop(side: StreamSide): void {
    if (side.assembler !== null) this.assemblers.recycle(side.assembler);
    side.dropped();
  }

  private refuse({ row }: Segment): false {
    this.uninspected.add(row);
    return false;
  }

  private give(payload: PacketPayload, assembler: StreamAssembler): StreamSide {
    const side = this.states.ensure(payload.row).sides[payload.sender];
    this.drop(side);
    side.assembler = assembler;
    side.packetNumber = payload.packetNumber;
    return side;
  }
}
