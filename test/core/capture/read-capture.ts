import { type CaptureDamage, CaptureStream, type InputEnd } from '../../../src/core/capture/capture-stream.js';
import { PacketBatch } from '../../../src/core/capture/packet-batch.js';

interface ReadPacket {
  readonly number: number;
  readonly tsMicros: number;
  readonly linkType: number;
  readonly wireLen: number;
  readonly data: string;
  /** Offset of the record in the input, and its bytes. */
  readonly offset: number;
  readonly raw: string;
}

export interface ReadCapture {
  readonly format: string | null;
  readonly packets: ReadPacket[];
  readonly damage: CaptureDamage | null;
  readonly unrecognised: boolean;
  /** Everything that the batches say they cover, put together. */
  readonly covered: Buffer;
}

/** Reads a capture that arrives in pieces of `pieceLen` bytes, checking what every batch must hold to. */
export function readCapture(bytes: Buffer, pieceLen = bytes.length, firstNumber = 1): ReadCapture {
  const stream = new CaptureStream(firstNumber);
  const batch = new PacketBatch();
  const packets: ReadPacket[] = [];
  const covered: Buffer[] = [];
  const drain = () => {
    while (stream.nextBatch(batch)) {
      collect(batch, packets);
      covered.push(Buffer.from(batch.buf.subarray(batch.start, batch.end)));
    }
  };
  for (let at = 0; at < bytes.length && !stream.stopped; ) {
    at += stream.push(bytes.subarray(at, at + pieceLen));
    drain();
  }
  stream.end();
  drain();
  const input: InputEnd = { totalLen: bytes.length, compression: null, damage: null };
  const { format, unrecognised } = stream;
  return { format, packets, damage: stream.finish(input), unrecognised, covered: Buffer.concat(covered) };
}

function collect(batch: PacketBatch, packets: ReadPacket[]): void {
  let before = batch.start;
  for (let i = 0; i < batch.count; i++) {
    const { buf } = batch;
    const offsets = [before, batch.rawStart[i], batch.frameStart[i], batch.frameEnd[i], batch.rawEnd[i], batch.end];
    for (let k = 1; k < offsets.length; k++) {
      if (offsets[k]! < offsets[k - 1]! || offsets[k]! > buf.length)
        throw new Error(`offsets out of order: ${offsets}`);
    }
    before = batch.rawEnd[i]!;
    packets.push({
      number: batch.firstNumber + i,
      tsMicros: batch.tsMicros[i]!,
      linkType: batch.linkType[i]!,
      wireLen: batch.wireLen[i]!,
      data: buf.toString('hex', batch.frameStart[i], batch.frameEnd[i]),
      offset: batch.baseOffset + batch.rawStart[i]!,
      raw: buf.toString('hex', batch.rawStart[i], batch.rawEnd[i]),
    });
  }
}
