/** Holes kept of one direction; of more the oldest is given up. */
const MAX_HOLES = 32;
/** Directions whose holes are kept at a time. */
const MAX_STREAMS = 16_384;

/**
 * The parts of TCP streams that were not captured when something behind them was, until a late segment fills them.
 * Bounded: a hole that is given up counts as lost.
 */
export class StreamHoles {
  /** Pairs of start and end (sequence numbers), by `row * 2 + endpoint`. */
  private readonly byStream = new Map<number, number[]>();

  /** The bytes [start, end) of the stream are missing. Returns how many holes were given up for it: 0 or 1. */
  add(stream: number, start: number, end: number): number {
    let holes = this.byStream.get(stream);
    if (holes === undefined) {
      if (this.byStream.size >= MAX_STREAMS) return 1;
      holes = [];
      this.byStream.set(stream, holes);
    }
    holes.push(start, end);
    if (holes.length <= 2 * MAX_HOLES) return 0;
    holes.splice(0, 2);
    return 1;
  }

  /** Takes the bytes [start, end) out of the holes. True when one of them was missing. */
  fill(stream: number, start: number, end: number): boolean {
    const holes = this.byStream.get(stream);
    if (holes === undefined) return false;
    let isNew = false;
    for (let i = holes.length - 2; i >= 0; i -= 2) {
      const from = holes[i]!;
      const to = holes[i + 1]!;
      if (((start - to) | 0) >= 0 || ((from - end) | 0) >= 0) continue;
      isNew = true;
      const isBeginLeft = ((start - from) | 0) > 0;
      const isEndLeft = ((to - end) | 0) > 0;
      if (isBeginLeft && isEndLeft && holes.length < 2 * MAX_HOLES) holes.splice(i, 2, from, start, end, to);
      else if (isBeginLeft) holes[i + 1] = start;
      else if (isEndLeft) holes[i] = end;
      else holes.splice(i, 2);
    }
    return isNew;
  }

  /** Forgets the stream. Returns how many holes were left. */
  end(stream: number): number {
    const holes = this.byStream.get(stream);
    if (holes === undefined) return 0;
    this.byStream.delete(stream);
    return holes.length >> 1;
  }
}
