import type { StreamAssembler } from '../flow/stream-assembler.js';

/** What is kept of one direction beside its row, while there is something to keep. */
export class StreamSide {
  /** Bytes before this sequence number belong to a message body; meaningful while `skipping`. */
  skipToSeq = 0;
  skipping = false;
  assembler: StreamAssembler | null = null;
  /** The inspector that asked for more of the assembler's bytes, -1 for none. */
  waiting = -1;
  /** Segments that came without bringing the assembler's bytes from the beginning forward. */
  held = 0;
  /**
   * The assembler begins with the first segment seen of a direction without a SYN: an earlier one may still come and
   * take its place.
   */
  mayBegin = false;
  /** Number of the assembler among those that may give way (see KeptStreams), 0 for another. */
  ordinal = 0;
  /** All inspectors have been shown the assembler's bytes, and none knew them. */
  unknown = false;
  /** Packet that brought the newest bytes of the assembler. */
  packetNumber = 0;

  /** True when no bytes are kept that wait for more. */
  get isIdle(): boolean {
    return this.assembler === null || this.unknown;
  }

  /** True when nothing is kept. */
  get isEmpty(): boolean {
    return this.assembler === null && !this.skipping;
  }

  reset(): void {
    this.skipping = false;
    this.dropped();
  }

  /** The assembler is gone. */
  dropped(): void {
    this.assembler = null;
    this.waiting = -1;
    this.held = 0;
    this.mayBegin = false;
    this.ordinal = 0;
    this.unknown = false;
  }
}

/**
 * What is kept of a TCP connection under inspection beside its row: bytes that wait for more, a body that is passed
 * over, an inspector's state. Most connections never need one. Pooled.
 */
export class StreamState {
  /** By sender. */
  readonly sides: readonly [StreamSide, StreamSide] = [new StreamSide(), new StreamSide()];
  inspectorState: unknown = undefined;
  stateOwner = -1;

  /** True when nothing is kept. */
  get isEmpty(): boolean {
    return this.stateOwner < 0 && this.sides[0].isEmpty && this.sides[1].isEmpty;
  }

  reset(): void {
    this.sides[0].reset();
    this.sides[1].reset();
    this.inspectorState = undefined;
    this.stateOwner = -1;
  }
}
