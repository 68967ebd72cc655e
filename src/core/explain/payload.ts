import type { FragmentPiece } from './fragment-notes.js';
import type { BytePlace } from './model.js';

/** Most bytes of a place that are shown. */
const MAX_HEX_LEN = 64;

/** The input that packets are read from at the moment. */
export interface InputName {
  readonly name: string;
}

/** The payload of one packet, copied, and where it came from. */
export interface Payload {
  readonly packet: number;
  readonly tsMicros: number;
  /** Endpoint that sent it: 0 for A, 1 for B. */
  readonly sender: number;
  readonly bytes: Buffer;
  /** Offset of `bytes` in the frame; -1 when it was put together from IP fragments. */
  readonly frameOffset: number;
  /** Offset of the frame in the input. */
  readonly fileOffset: number;
  readonly input: InputName;
  /** The fragments it was put together from, by offset in `bytes`; empty for a whole packet. */
  readonly fragments: readonly FragmentPiece[];
}

/** Where `payload.bytes[start, end)` lies: one place, or one for each IP fragment. */
export function placesOf(payload: Payload, start: number, end: number): BytePlace[] {
  if (payload.frameOffset >= 0) return [place(payload, payload, payload.frameOffset + start, start, end)];
  const places: BytePlace[] = [];
  for (const piece of payload.fragments) {
    const from = Math.max(start, piece.offset);
    const to = Math.min(end, piece.offset + piece.len);
    if (from < to) places.push(place(payload, piece, piece.frameOffset + from - piece.offset, from, to));
  }
  return places.length > 0 ? places : [place(payload, payload, -1, start, end)];
}

/** `payload.bytes[start, end)`, which lies at `frameOffset` in the frame of `source`; -1 where it lies in no frame. */
function place(
  payload: Payload,
  source: Payload | FragmentPiece,
  frameOffset: number,
  start: number,
  end: number,
): BytePlace {
  return {
    packet: source.packet,
    time: source.tsMicros / 1e6,
    frame_offset: frameOffset < 0 ? null : frameOffset,
    file: payload.input.name,
    file_offset: frameOffset < 0 ? null : source.fileOffset + frameOffset,
    length: end - start,
    hex: payload.bytes.toString('hex', start, Math.min(end, start + MAX_HEX_LEN)),
  };
}
