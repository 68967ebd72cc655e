/** Most packets that a batch holds: enough for cache misses of one stage to overlap, few enough to stay in L1. */
export const BATCH_LEN = 128;

/**
 * Up to BATCH_LEN consecutive packets as columns, row `i` of each belonging to packet `firstNumber + i`. One instance
 * is reused for a whole run; rows at and past `count` are left-overs. Offsets are absolute into `buf` and half-open;
 * they are valid until the stream that filled the batch is given more bytes.
 */
export class PacketBatch {
  /** The bytes that all offsets refer to. */
  buf: Buffer = EMPTY;
  count = 0;
  /** Packet number of row 0, from 1, running on over all files of a run. */
  firstNumber = 1;
  /** Offset of `buf[0]` in the (decompressed) input; a packet lies at `baseOffset + rawStart[i]`. */
  baseOffset = 0;
  /**
   * All bytes that were read to fill this batch: its records and whatever lies before, between and behind them (file
   * headers, blocks without packets). Consecutive batches of a stream cover the input without gap or overlap.
   */
  start = 0;
  end = 0;
  /**
   * Where a block begins that is handed on in pieces and not over at `end` (`start` when it began earlier); else -1.
   */
  openAt = -1;
  /** False where the file ties records together, so that a copy of some makes no file. */
  isCopyable = true;
  /** True for the first batch of a further capture file in the same input. */
  beginsFile = false;

  // ---- capture stage ----

  /** The whole record or block, its own header included, so that a writer can copy it verbatim. */
  readonly rawStart = new Int32Array(BATCH_LEN);
  readonly rawEnd = new Int32Array(BATCH_LEN);
  /** The captured bytes of the frame. */
  readonly frameStart = new Int32Array(BATCH_LEN);
  readonly frameEnd = new Int32Array(BATCH_LEN);
  /** The frame's length on the wire as the capture states it, at most 2^31 - 1; more than captured when snapped. */
  readonly wireLen = new Int32Array(BATCH_LEN);
  /** LINKTYPE_ value, 0 to 65,535 (upper bits of pcap's field removed). */
  readonly linkType = new Int32Array(BATCH_LEN);
  /** Whole µs since the epoch; finer time stamps are rounded down, since a double holds no more than 0.25 µs today. */
  readonly tsMicros = new Float64Array(BATCH_LEN);
}

const EMPTY: Buffer = Buffer.alloc(0);
