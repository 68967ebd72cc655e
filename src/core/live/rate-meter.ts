/** A rate below this counts as 0: halving alone never gets there. */
const LEAST = 0.5;

/** Rates of many counters, from their totals now and then: an average in which the past fades. */
export class RateMeter {
  private totals = new Float64Array(64);
  /** Per second, by the counter's number. */
  rates = new Float64Array(64);

  private kept = 1;
  private perSecond = 0;

  /** After `halfLifeMs` a change has made half its way into the rate. */
  constructor(private readonly halfLifeMs: number) {}

  /** The totals of the next updates are so much later than those before. */
  elapsed(elapsedMs: number): void {
    this.kept = 0.5 ** (Math.max(0, elapsedMs) / this.halfLifeMs);
    this.perSecond = elapsedMs > 0 ? ((1 - this.kept) * 1000) / elapsedMs : 0;
  }

  /** Makes room for counters below `len`. */
  reach(len: number): void {
    if (len <= this.totals.length) return;
    const larger = Math.max(len, this.totals.length * 2);
    this.totals = grown(this.totals, larger);
    this.rates = grown(this.rates, larger);
  }

  /** Counter `id` is at `total`. One that fell counts as unchanged. */
  update(id: number, total: number): void {
    const gain = total - this.totals[id]!;
    this.totals[id] = total;
    const rate = this.rates[id]! * this.kept + (gain > 0 ? gain * this.perSecond : 0);
    this.rates[id] = rate < LEAST ? 0 : rate;
  }

  /** Counter `id` begins anew at `total`, without a rate. */
  restart(id: number, total: number): void {
    this.totals[id] = total;
    this.rates[id] = 0;
  }
}

function grown(from: Float64Array, len: number): Float64Array<ArrayBuffer> {
  const to = new Float64Array(len);
  to.set(from);
  return to;
}
