import { AssemblerPool } from '../flow/assembler-pool.js';
import type { Endpoint, FlowRows } from '../flow/flow-rows.js';
import type { BufferPool, StreamAssembler } from '../flow/stream-assembler.js';
import type { PacketPayload, Segment } from './packet-payload.js';
import { RowStates } from './row-states.js';
import { type StreamSide, StreamState } from './stream-state.js';

/** How far from the expected byte a segment may lie and still be waited for. */
export const REORDER_WINDOW = 1 << 16;
/** Most bytes kept of a direction without a SYN whose first segment no inspector knew. */
export const MAX_UNKNOWN_LEN = 16_384;
/** A message whose length is known and no longer than this gets its whole buffer at once. */
const FIRST_GUESS_LEN = 4096;

/** What is kept of TCP streams beside their rows: bytes that wait for others, a body to pass over, states. Bounded. */
export class KeptStreams {
  readonly states: RowStates<StreamState>;
  private readonly assemblers: AssemblerPool;

  constructor(flows: FlowRows, buffers: BufferPool, maxStreams: number) {
    this.states = new RowStates(flows, maxStreams, () => new StreamState());
    this.assemblers = new AssemblerPool(buffers);
  }

  /** Times that bytes, or what is known of a connection, could not be kept for lack of room. */
  get overflows(): number {
    return this.assemblers.overflows + this.states.refused;
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
    if (assembler === null) return false;
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
    if (assembler === null) return;
    const side = this.give(segment, assembler);
    side.mayBegin = true;
    side.unknown = true;
    side.held = 1;
  }

  /** Keeps the beginning of a message. Null when there is no room for it. */
  keepUnfinished(segment: Segment, start: number, neededLen: number, maxLen: number): StreamSide | null {
    const { buf, end } = segment;
    const guess = neededLen <= FIRST_GUESS_LEN ? neededLen : end - start;
    if (!this.states.hasRoom(segment.row)) return null;
    const seq = (segment.seq + (start - segment.start)) | 0;
    const assembler = this.assemblers.begin(seq, seq, buf, start, end, maxLen, guess);
    if (assembler === null) return null;
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

  private give(payload: PacketPayload, assembler: StreamAssembler): StreamSide {
    const side = this.states.ensure(payload.row).sides[payload.sender];
    this.drop(side);
    side.assembler = assembler;
    side.packetNumber = payload.packetNumber;
    return side;
  }
}
