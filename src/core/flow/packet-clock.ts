/** A step of the time stamps beyond this, either way, is a jump. */
export const JUMP_MICROS = 60e6;

/** The stamp `ts` lies far off the capture's time `now`, both in µs; never where no clock runs. */
export function isStray(ts: number, now: number): boolean {
  const off = Math.abs(ts - now);
  return off > JUMP_MICROS && off < Number.POSITIVE_INFINITY;
}
/** A jump ahead by so many times the mean gap between packets is improbable, once there were enough gaps to tell. */
const IMPROBABLE_GAPS = 1000;
const FEWEST_GAPS = 8;
/** The mean gap follows the latest packets: each counts for one in so many. */
const GAP_WEIGHT = 1 / 16;
/** Packets in a row that confirm an improbable jump. */
const CONFIRMING = 4;
/** Time stamps that go back by less are the usual disorder of queues and interfaces. */
const BACKWARDS_MICROS = 1e6;

/**
 * The time of a capture by the stamps of its packets, which may be wrong or jump: a clock is set, a tool stamps one
 * packet badly, two interfaces go by different clocks. The clock follows small steps ahead and ignores small steps
 * back. It follows a jump back, or a jump ahead out of proportion to the gaps before it, once further packets confirm
 * the jump. So one stray packet moves nothing.
 */
export class PacketClock {
  /** Microseconds since the epoch, -Infinity before the first packet. */
  nowMicros = Number.NEGATIVE_INFINITY;
  /** Packets stamped more than a second before their predecessor. */
  backwards = 0;
  /** Number of the first of them, 0 for none. */
  firstBackwards = 0;
  private previousMicros = Number.NEGATIVE_INFINITY;
  private meanGap = 0;
  private gaps = 0;
  /** Stamp of the last packet that the clock did not follow, and how many such packets came in a row. */
  private strayMicros = 0;
  private strays = 0;

  /**
   * Takes the stamps of `count` packets, the first of which has the number `firstNumber`, and writes the time at each
   * into `nowMicros`. Works in locals: V8 keeps a double that is a field in an object of its own.
   */
  run(tsMicros: Float64Array, count: number, firstNumber: number, nowMicros: Float64Array): void {
    let { nowMicros: now, previousMicros: previous, meanGap } = this;
    for (let i = 0; i < count; i++) {
      const ts = tsMicros[i]!;
      if (ts < previous - BACKWARDS_MICROS && this.backwards++ === 0) this.firstBackwards = firstNumber + i;
      previous = ts;
      const step = ts - now;
      if (step > JUMP_MICROS || step < -JUMP_MICROS) {
        this.nowMicros = now;
        this.meanGap = meanGap;
        this.jump(tsMicros, i);
        now = this.nowMicros;
        meanGap = this.meanGap;
      } else {
        this.strays = 0;
        if (this.gaps < FEWEST_GAPS) this.gaps++;
        meanGap += ((step > 0 ? step : 0) - meanGap) * GAP_WEIGHT;
        if (step > 0) now = ts;
      }
      nowMicros[i] = now;
    }
    this.nowMicros = now;
    this.previousMicros = previous;
    this.meanGap = meanGap;
  }

  private jump(tsMicros: Float64Array, i: number): void {
    const ts = tsMicros[i]!;
    const step = ts - this.nowMicros;
    const isProbable = step > 0 && (this.gaps < FEWEST_GAPS || step <= this.meanGap * IMPROBABLE_GAPS);
    if (!isProbable) {
      this.strays = Math.abs(ts - this.strayMicros) <= JUMP_MICROS ? this.strays + 1 : 1;
      this.strayMicros = ts;
      if (this.strays < CONFIRMING) return;
    } else if (step < Number.POSITIVE_INFINITY) {
      this.gaps++;
      this.meanGap += (JUMP_MICROS - this.meanGap) * GAP_WEIGHT;
    }
    this.strays = 0;
    this.nowMicros = ts;
  }
}
