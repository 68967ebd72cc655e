/** Buckets of one octave: a bucket is 1/16 as wide as its lowest value. */
const STEPS = 16;
const STEP_BITS = 4;
const OCTAVES = 31;
/** Values below STEPS have a bucket each; from there on each octave has STEPS. */
const BUCKETS = STEPS * (OCTAVES - STEP_BITS + 1);
const MAX_VALUE = 0x7fffffff;

/**
 * Durations as a report shows them, in milliseconds. `median` and `p95` are estimates, at most 3.2 % off; the others
 * are exact. All but `count` are null without a value.
 */
export interface Durations {
  count: number;
  min: number | null;
  median: number | null;
  p95: number | null;
  max: number | null;
}

/** Counts durations of 0 µs to 35 minutes in 448 buckets, 1.8 KB; longer ones count as 35 minutes. */
export class DurationHistogram {
  private readonly buckets = new Uint32Array(BUCKETS);
  private min = MAX_VALUE;
  private max = 0;
  count = 0;

  /** Takes a duration in µs. */
  add(micros: number): void {
    const value = micros > MAX_VALUE ? MAX_VALUE : micros | 0;
    this.buckets[bucketOf(value)]!++;
    this.count++;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }

  /** Takes all that another has taken. */
  addAll(other: DurationHistogram): void {
    for (let bucket = 0; bucket < BUCKETS; bucket++) this.buckets[bucket]! += other.buckets[bucket]!;
    this.count += other.count;
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
  }

  report(): Durations {
    if (this.count === 0) return { count: 0, min: null, median: null, p95: null, max: null };
    return {
      count: this.count,
      min: milliseconds(this.min),
      median: milliseconds(this.quantile(0.5)),
      p95: milliseconds(this.quantile(0.95)),
      max: milliseconds(this.max),
    };
  }

  /** The value below which lies that part of all values, by nearest rank: the middle of its bucket. */
  private quantile(part: number): number {
    let left = Math.ceil(this.count * part);
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      left -= this.buckets[bucket]!;
      if (left <= 0) return Math.min(Math.max(middleOf(bucket), this.min), this.max);
    }
    return this.max;
  }
}

/** Microseconds as milliseconds, to the microsecond. */
export function milliseconds(micros: number): number {
  return Math.round(micros) / 1000;
}

function bucketOf(value: number): number {
  if (value < STEPS) return value;
  const octave = 31 - Math.clz32(value) - STEP_BITS;
  return (octave << STEP_BITS) + (value >> octave);
}

function middleOf(bucket: number): number {
  if (bucket < 2 * STEPS) return bucket;
  const octave = (bucket >> STEP_BITS) - 1;
  const lowest = (STEPS + (bucket & (STEPS - 1))) * 2 ** octave;
  return lowest + (2 ** octave - 1) / 2;
}
