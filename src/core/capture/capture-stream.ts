import {
  type CaptureFormatName,
  type CaptureReader,
  DAMAGED,
  MAX_RECORD_LEN,
  NEED_MORE,
  NEXT_FILE,
  SNIFF_LEN,
} from './format.js';
import { sniffFormat } from './formats.js';
import type { PacketBatch } from './packet-batch.js';

/** Bytes read at a time; PERFORMANCE: 64 KiB to 1 MiB are equal, more leaves the cache. */
const CHUNK_LEN = 512 * 1024;

/**
 * Where a source may put bytes: `room` bytes from `at` in `buf`. One instance per stream, valid until the next call.
 */
export interface StreamSpace {
  buf: Buffer;
  at: number;
  room: number;
}

/** Facts about an input that has ended; sources have this shape. */
export interface InputEnd {
  /** Length of the (compressed) input in bytes, null when unknown (a pipe). */
  readonly totalLen: number | null;
  readonly compression: string | null;
  /** Damage beneath the capture ("the gzip data is cut short", the file shrank), null for none. */
  readonly damage: string | null;
}

export interface CaptureDamage {
  /** The fault, its place and the loss; no file name, no capital, no full stop. */
  readonly message: string;
  /** Offset in the input, after decompression, of the first byte that was not read. */
  readonly byteOffset: number;
  /** Number of the packet that would have come next. */
  readonly packetNumber: number;
  /** Bytes from there on that are in the input but were not read; null when unknown. */
  readonly lostLen: number | null;
}

/**
 * The bytes of one capture on their way from a source to batches of packets. Owns one buffer that is reused for the
 * whole file: a record cut by its end moves to the front before more is read, and the buffer grows only for a record
 * that needs it, to MAX_RECORD_LEN and a chunk at most.
 *
 * Use: call `nextBatch` until it is false, then, unless `stopped`, give it more bytes (`space` and `commit`, or
 * `push`). When the source has no more: `end`, `nextBatch` until false again, `finish`.
 */
export class CaptureStream {
  /** That of the first file, null until recognised. */
  format: CaptureFormatName | null = null;
  /** Capture files that follow the first one in the same input, as after `cat a.pcap b.pcap`. */
  furtherFiles = 0;
  /** Packets delivered so far. */
  packets = 0;
  /** True when the bytes begin like no capture format; nothing will be delivered. */
  unrecognised = false;
  /** True when further bytes can't help: the input is damaged or no capture. */
  stopped = false;

  private readonly firstPacketNumber: number;
  private readonly spare: StreamSpace;
  private reader: CaptureReader | null = null;
  private buf: Buffer;
  /** First byte not yet consumed, end of the bytes present, offset of `buf[0]` in the input. */
  private start = 0;
  private filledEnd = 0;
  private baseOffset = 0;
  private ended = false;
  private isNewFile = false;

  /** `firstPacketNumber` lets the numbers run on over the files of a rotated capture. */
  constructor(firstPacketNumber = 1) {
    this.firstPacketNumber = firstPacketNumber;
    this.buf = Buffer.allocUnsafeSlow(CHUNK_LEN);
    this.spare = { buf: this.buf, at: 0, room: 0 };
  }

  /** Bytes given so far, after decompression. */
  get receivedLen(): number {
    return this.baseOffset + this.filledEnd;
  }

  /**
   * Makes room and says where; `room` is at least 1 if `nextBatch` was called until it returned false. Moves bytes, so
   * the batches delivered before are void.
   */
  space(): StreamSpace {
    this.moveToFront();
    const needed = this.reader !== null && this.reader.status === NEED_MORE ? this.reader.neededLen : 0;
    const wanted = needed > CHUNK_LEN ? Math.min(needed, MAX_RECORD_LEN) : CHUNK_LEN;
    if (wanted > this.buf.length) this.grow(wanted);
    this.spare.buf = this.buf;
    this.spare.at = this.filledEnd;
    this.spare.room = wanted - this.filledEnd;
    return this.spare;
  }

  /** Adds the `len` bytes that the source put where `space` pointed. */
  commit(len: number): void {
    this.filledEnd += len;
  }

  /** Copies bytes in, as many as there is room for; returns how many. */
  push(chunk: Buffer, from = 0): number {
    const { buf, at, room } = this.space();
    const len = Math.min(room, chunk.length - from);
    chunk.copy(buf, at, from, from + len);
    this.commit(len);
    return len;
  }

  /** Marks the end of the input. */
  end(): void {
    this.ended = true;
  }

  /**
   * Reads the next bytes present into `batch`; false when more are needed first, or none will help. A batch may hold no
   * packet: it then covers headers or blocks without packets (`batch.start` to `batch.end`).
   */
  nextBatch(batch: PacketBatch): boolean {
    if (this.stopped) return false;
    const reader = this.reader ?? this.openReader();
    if (reader === null || this.start === this.filledEnd) return false;
    batch.isCopyable = true;
    const consumedEnd = reader.walk(this.buf, this.start, this.filledEnd, batch);
    if (consumedEnd === this.start) {
      if (reader.status === NEXT_FILE) return this.openNextFile(batch);
      if (reader.status === DAMAGED) this.stopped = true;
      return false;
    }
    batch.beginsFile = this.isNewFile;
    this.isNewFile = false;
    batch.firstNumber = this.firstPacketNumber + this.packets;
    batch.baseOffset = this.baseOffset;
    this.start = consumedEnd;
    this.packets += batch.count;
    return true;
  }

  /** The first bytes of an input that is no capture, at most a chunk; valid until the stream is used again. */
  unrecognisedHead(): Buffer {
    return this.buf.subarray(this.start, this.filledEnd);
  }

  /** After the last batch: null when the input was read whole (or is no capture), else the damage. */
  finish(input: InputEnd): CaptureDamage | null {
    const { reader } = this;
    if (this.unrecognised || reader === null) return null;
    const isBroken = reader.status === DAMAGED;
    const isCut = !isBroken && (reader.status === NEED_MORE || this.start < this.filledEnd);
    if (!isBroken && !isCut && input.damage === null) return null;

    const byteOffset = this.baseOffset + this.start;
    const packetNumber = this.firstPacketNumber + this.packets;
    const where = `byte ${byteOffset}${input.compression === null ? '' : ' of the decompressed data'}, packet ${packetNumber}`;
    const lostLen = this.lostLen(byteOffset, isBroken, input);
    const presentLen = this.filledEnd - this.start;
    let what = `it ends at ${where}`;
    if (isBroken) what = `${reader.damage} (${where})`;
    else if (isCut) {
      what = `it ends inside ${reader.unit} (${where}), of which ${reader.neededLen - presentLen} bytes or more are missing`;
    }
    const cause = input.damage === null ? '' : `${input.damage}; `;
    const lost = lostLen !== null && lostLen > 0 ? `; ${lostLen} bytes were not read` : '';
    return { message: cause + what + (isBroken ? lost : ''), byteOffset, packetNumber, lostLen };
  }

  private lostLen(byteOffset: number, isBroken: boolean, input: InputEnd): number | null {
    if (!isBroken) return this.filledEnd - this.start;
    if (input.compression !== null || input.totalLen === null) return null;
    return Math.max(input.totalLen - byteOffset, this.filledEnd - this.start);
  }

  /** Null while there are too few bytes to tell, and when they are no capture. */
  private openReader(): CaptureReader | null {
    if (this.filledEnd - this.start < SNIFF_LEN && !this.ended) return null;
    const format = sniffFormat(this.buf, this.start, this.filledEnd);
    if (format === null) {
      this.unrecognised = true;
      this.stopped = true;
      return null;
    }
    this.format ??= format.name;
    this.reader = format.open();
    return this.reader;
  }

  private openNextFile(batch: PacketBatch): boolean {
    this.reader = null;
    this.furtherFiles++;
    this.isNewFile = true;
    return this.nextBatch(batch);
  }

  private moveToFront(): void {
    if (this.start === 0) return;
    this.buf.copyWithin(0, this.start, this.filledEnd);
    this.baseOffset += this.start;
    this.filledEnd -= this.start;
    this.start = 0;
  }

  private grow(wanted: number): void {
    let capacity = this.buf.length;
    while (capacity < wanted) capacity *= 2;
    const larger = Buffer.allocUnsafeSlow(capacity);
    this.buf.copy(larger, 0, 0, this.filledEnd);
    this.buf = larger;
  }
}
