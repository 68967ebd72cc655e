import type { BytePlace } from './model.js';
import { type Payload, placesOf } from './payload.js';

/** Bytes of one direction that are remembered: the beginning, and the latest. */
const KEPT_FROM_START = 1 << 16;
const KEPT_LATEST = 1 << 18;

/** A run of stream bytes that came with one packet. */
interface Piece {
  /** Offsets in the stream. */
  readonly start: number;
  readonly end: number;
  readonly payload: Payload;
  /** Where the run begins in the payload. */
  readonly at: number;
}

/** A message found again in the stream. */
export interface StreamSpan {
  readonly start: number;
  readonly end: number;
}

/**
 * The bytes of one direction of a TCP connection with the packet that each came in. Of bytes that came twice the first
 * copy counts, as in StreamAssembler.
 */
export class StreamBytes {
  private baseSeq = 0;
  private readonly pieces: Piece[] = [];
  private keptLen = 0;

  add(seq: number, payload: Payload): void {
    if (this.pieces.length === 0 && this.keptLen === 0) this.baseSeq = seq;
    let start = (seq - this.baseSeq) | 0;
    const end = start + payload.bytes.length;
    let at = 0;
    let i = this.firstBehind(start);
    while (start < end) {
      const next = this.pieces[i];
      if (next !== undefined && next.start <= start) {
        at += Math.max(0, Math.min(end, next.end) - start);
        start = Math.max(start, next.end);
        i++;
        continue;
      }
      const stop = next === undefined ? end : Math.min(end, next.start);
      this.pieces.splice(i, 0, { start, end: stop, payload, at });
      this.keptLen += stop - start;
      at += stop - start;
      start = stop;
      i++;
    }
    this.forget();
  }

  /** Finds `message` again: of equal copies the one that the packet `packet` has a part of, else the latest. */
  find(message: Buffer, packet: number): StreamSpan | null {
    let best: StreamSpan | null = null;
    for (const region of this.regions()) {
      for (let at = region.bytes.indexOf(message); at >= 0; at = region.bytes.indexOf(message, at + 1)) {
        const span = { start: region.start + at, end: region.start + at + message.length };
        if (best === null || this.has(span, packet) || !this.has(best, packet)) best = span;
      }
    }
    return best;
  }

  /** Where the bytes of the span lie. */
  places(start: number, end: number): BytePlace[] {
    const places: BytePlace[] = [];
    for (const piece of this.overlapping(start, end)) {
      const from = Math.max(start, piece.start) - piece.start + piece.at;
      const to = Math.min(end, piece.end) - piece.start + piece.at;
      places.push(...placesOf(piece.payload, from, to));
    }
    return places;
  }

  /** The packets that the bytes of the span came with, in their order. */
  payloads(start: number, end: number): Payload[] {
    return [...new Set(this.overlapping(start, end).map((piece) => piece.payload))];
  }

  private has(span: StreamSpan, packet: number): boolean {
    return this.overlapping(span.start, span.end).some((piece) => piece.payload.packet === packet);
  }

  private overlapping(start: number, end: number): Piece[] {
    return this.pieces.filter((piece) => piece.start < end && piece.end > start);
  }

  /** Index of the first piece that ends behind `offset`. */
  private firstBehind(offset: number): number {
    let i = this.pieces.length;
    while (i > 0 && this.pieces[i - 1]!.end > offset) i--;
    return i;
  }

  private regions(): { start: number; bytes: Buffer }[] {
    const regions: { start: number; end: number; parts: Buffer[] }[] = [];
    for (const { start, end, payload, at } of this.pieces) {
      const part = payload.bytes.subarray(at, at + end - start);
      const last = regions.at(-1);
      if (last !== undefined && last.end === start) {
        last.parts.push(part);
        last.end = end;
      } else regions.push({ start, end, parts: [part] });
    }
    return regions.map(({ start, parts }) => ({ start, bytes: Buffer.concat(parts) }));
  }

  /** Leaves out the middle of what is more than anybody asks about. */
  private forget(): void {
    while (this.keptLen > KEPT_FROM_START + KEPT_LATEST) {
      const i = this.pieces.findIndex((piece) => piece.start >= KEPT_FROM_START);
      if (i < 0) return;
      this.keptLen -= this.pieces[i]!.end - this.pieces[i]!.start;
      this.pieces.splice(i, 1);
    }
  }
}
