/** Width of a bucket at first: 2^-10 s, so that widths of a second and more are whole seconds. */
const FIRST_WIDTH_MICROS = 1e6 / 1024;

/**
 * Buckets of equal width over the time of a capture: at most `capacity` from the earliest to the latest in use. Where
 * these lie too far apart, buckets are merged in pairs, again and again, and the width doubles each time. A bucket
 * begins at a multiple of the width. Its number counts from the first packet's and may be negative.
 */
export class TimeGrid {
  /** Earliest and latest bucket in use; lowest > highest before the first. */
  lowest = 0;
  highest = -1;
  /** How often the width has doubled. */
  doublings = 0;
  private widthMicros: number;
  /** Number of bucket 0, counted from the epoch. */
  private origin = 0;

  /**
   * `widthMicros` is the width at first, 0 for one that suits any capture. `merge` renumbers all buckets that are kept.
   */
  constructor(
    private readonly capacity: number,
    widthMicros: number,
    private readonly merge: (bucketOf: (bucket: number) => number) => void,
  ) {
    this.widthMicros = widthMicros > 0 ? widthMicros : FIRST_WIDTH_MICROS;
  }

  get width(): number {
    return this.widthMicros;
  }

  /** When the bucket begins, in microseconds since the epoch. */
  startOf(bucket: number): number {
    return (bucket + this.origin) * this.widthMicros;
  }

  /** The bucket in use that lies nearest to a time in microseconds since the epoch. */
  nearest(micros: number): number {
    const bucket = Math.floor(micros / this.widthMicros) - this.origin;
    return bucket < this.lowest ? this.lowest : bucket > this.highest ? this.highest : bucket;
  }

  /** The bucket of a time in microseconds since the epoch, which comes into use. May merge buckets first. */
  use(micros: number): number {
    let absolute = Math.floor(micros / this.widthMicros);
    if (this.highest < this.lowest) {
      this.origin = absolute;
      this.highest = this.lowest = 0;
      return 0;
    }
    const lowest = Math.min(absolute, this.lowest + this.origin);
    const highest = Math.max(absolute, this.highest + this.origin);
    let factor = 1;
    while (Math.floor(highest / factor) - Math.floor(lowest / factor) >= this.capacity) factor *= 2;
    if (factor > 1) {
      this.widen(factor);
      absolute = Math.floor(absolute / factor);
    }
    const bucket = absolute - this.origin;
    if (bucket < this.lowest) this.lowest = bucket;
    if (bucket > this.highest) this.highest = bucket;
    return bucket;
  }

  /** `factor` is a power of two. */
  private widen(factor: number): void {
    const { origin } = this;
    const newOrigin = Math.floor(origin / factor);
    const bucketOf = (bucket: number) => Math.floor((bucket + origin) / factor) - newOrigin;
    this.merge(bucketOf);
    this.lowest = bucketOf(this.lowest);
    this.highest = bucketOf(this.highest);
    this.origin = newOrigin;
    this.widthMicros *= factor;
    this.doublings += Math.log2(factor);
  }
}
