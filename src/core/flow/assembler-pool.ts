import { type BufferPool, StreamAssembler } from './stream-assembler.js';

/** Assemblers for streams, used again. */
export class AssemblerPool {
  private readonly spare: StreamAssembler[] = [];
  /** Times that bytes could not be kept for lack of room. */
  overflows = 0;

  constructor(private readonly buffers: BufferPool) {}

  /**
   * An assembler from sequence number `baseSeq` on with `buf[start, end)` at `seq` in it, as far as `limit` allows, and
   * room for `roomLen` bytes at first. Null when there is no room.
   */
  begin(
    baseSeq: number,
    seq: number,
    buf: Buffer,
    start: number,
    end: number,
    limit: number,
    roomLen: number,
  ): StreamAssembler | null {
    const room = this.buffers.take(roomLen);
    if (room === null) {
      this.overflows++;
      return null;
    }
    const assembler = this.spare.pop() ?? new StreamAssembler(this.buffers, room);
    assembler.buf = room;
    assembler.reset(baseSeq);
    if (assembler.insert(seq, buf, start, end, limit)) return assembler;
    this.overflows++;
    this.recycle(assembler);
    return null;
  }

  recycle(assembler: StreamAssembler): void {
    assembler.release();
    this.spare.push(assembler);
  }
}
