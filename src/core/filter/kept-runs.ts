import type { PacketBatch } from '../capture/packet-batch.js';

/** Takes bytes of a capture in order. */
export interface RunSink {
  /** `buf[start, end)`, which may change as soon as the call returns. */
  keep(buf: Buffer, start: number, end: number): void;
}

/**
 * Passes on all bytes of a batch except the records whose entry in `dropped` is not 0. Neighbours go in one piece, with
 * the bytes between records, so that the kept parts of the batches come out byte for byte.
 */
export function keepRuns(batch: PacketBatch, dropped: Uint8Array, sink: RunSink): void {
  const { buf, rawStart, rawEnd, count } = batch;
  let from = batch.start;
  for (let i = 0; i < count; i++) {
    if (dropped[i] === 0) continue;
    if (rawStart[i]! > from) sink.keep(buf, from, rawStart[i]!);
    from = rawEnd[i]!;
  }
  if (batch.end > from) sink.keep(buf, from, batch.end);
}
