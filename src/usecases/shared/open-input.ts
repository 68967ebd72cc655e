import type { ByteSource } from '../../adapters/sources/byte-source.js';
import type { CaptureInput } from '../../adapters/sources/raw-input.js';
import { CaptureStream } from '../../core/capture/capture-stream.js';
import { BATCH_LEN, PacketBatch } from '../../core/capture/packet-batch.js';
import { JUMP_MICROS, PacketClock } from '../../core/flow/packet-clock.js';

/** A first stamp so long before the second one is a stray. */
const STRAY_MICROS = 3600e6;

/** Where an input stands among others. */
export interface InputPlace {
  /** Place as given, counted from 0. */
  readonly index: number;
  /** Decides between inputs at equal times. */
  readonly order: number;
}

/** An input that is being read, with the packets at hand. */
export class OpenInput {
  readonly stream: CaptureStream;
  /** The packets read last; those before `next` have been taken. */
  readonly batch = new PacketBatch();
  next = 0;
  /** Packets taken, and their wire bytes. */
  packets = 0;
  bytes = 0;
  isOver = false;
  /** By row of the batch: the time at which to take the packet, not after any that follows in the batch. */
  private readonly times = new Float64Array(BATCH_LEN);
  private readonly clock = new PacketClock();

  readonly index: number;
  readonly order: number;

  /** `firstNumber` is the number of its first packet. */
  constructor(
    readonly source: ByteSource,
    readonly input: CaptureInput,
    { index, order }: InputPlace,
    firstNumber: number,
  ) {
    this.index = index;
    this.order = order;
    this.stream = new CaptureStream(firstNumber);
  }

  get hasPackets(): boolean {
    return this.next < this.batch.count;
  }

  /** Time of the next packet, once `orderBatch` was called. */
  get nextMicros(): number {
    return this.times[this.next]!;
  }

  /** Earliest stamp of the batch, strays apart; -Infinity without packets. */
  get firstMicros(): number {
    const { batch } = this;
    const [first = Number.NEGATIVE_INFINITY, second = first] = batch.tsMicros.slice(0, batch.count).sort();
    return batch.count > 2 && second - first > STRAY_MICROS ? second : first;
  }

  /** Finds out at which times to take the packets of a new batch. */
  orderBatch(): void {
    const { batch, clock, times } = this;
    clock.run(batch.tsMicros, batch.count, 1, times);
    for (let i = 0; i < batch.count; i++) {
      const now = times[i]!;
      const ts = batch.tsMicros[i]!;
      // A stray from long ago is taken in its turn; one from the future, too.
      times[i] = now - ts > JUMP_MICROS || ts > now ? now : ts;
    }
    for (let i = batch.count - 2; i >= 0; i--) if (times[i + 1]! < times[i]!) times[i] = times[i + 1]!;
  }

  /** Row behind the packets to take before `limitMicros`, the next one in any case. */
  endBefore(limitMicros: number): number {
    const { batch, times } = this;
    let end = this.next + 1;
    while (end < batch.count && times[end]! < limitMicros) end++;
    return end;
  }

  /**
   * Copies the packets from `next` up to the row `end` (exclusive) to `part`, with the bytes between them: what comes
   * before a packet belongs to it. Valid as long as the batch is.
   */
  copyPart(part: PacketBatch, end: number): void {
    const { batch, next } = this;
    const isLast = end === batch.count;
    part.buf = batch.buf;
    part.count = end - next;
    part.baseOffset = batch.baseOffset;
    part.isCopyable = batch.isCopyable;
    part.beginsFile = next === 0 && batch.beginsFile;
    part.start = next === 0 ? batch.start : batch.rawEnd[next - 1]!;
    part.end = isLast ? batch.end : batch.rawEnd[end - 1]!;
    part.openAt = isLast ? batch.openAt : -1;
    for (let from = next, to = 0; from < end; from++, to++) {
      part.rawStart[to] = batch.rawStart[from]!;
      part.rawEnd[to] = batch.rawEnd[from]!;
      part.frameStart[to] = batch.frameStart[from]!;
      part.frameEnd[to] = batch.frameEnd[from]!;
      part.wireLen[to] = batch.wireLen[from]!;
      part.linkType[to] = batch.linkType[from]!;
      part.tsMicros[to] = batch.tsMicros[from]!;
    }
  }
}
