import type { ReportSummary } from '../../core/report/model.js';

type Durations = NonNullable<ReportSummary['quality']>['rtt_ms'];

/**
 * The sum of two values of a report: numbers add up, and so does each key of objects. A null, which means "not
 * measured", gives way. Texts and lists stay those of `a`. The median and the 95th percentile of durations, which do
 * not add up, become the means of both, weighted by count: an estimate that does not depend on the order.
 */
export function added<Value>(a: Value, b: Value): Value {
  if (a === null || a === undefined) return structuredClone(b);
  if (b === null || b === undefined) return a;
  if (typeof a === 'number') return (a + (b as number)) as Value;
  if (typeof a !== 'object' || Array.isArray(a)) return a;
  if (isDurations(a)) return addedDurations(a, b as unknown as Durations) as Value;
  const sum: Record<string, unknown> = { ...(a as object) };
  for (const [key, value] of Object.entries(b)) sum[key] = Object.hasOwn(sum, key) ? added(sum[key], value) : value;
  return sum as Value;
}

function isDurations(value: object): value is Durations {
  return 'p95' in value && 'median' in value && 'count' in value;
}

function addedDurations(a: Durations, b: Durations): Durations {
  const count = a.count + b.count;
  const pick = (choose: (...values: number[]) => number, one: number | null, two: number | null) =>
    one === null ? two : two === null ? one : choose(one, two);
  const mean = (one: number | null, two: number | null) =>
    one === null ? two : two === null ? one : weightedMean(one, a.count, two, b.count);
  return {
    count,
    min: pick(Math.min, a.min, b.min),
    median: mean(a.median, b.median),
    p95: mean(a.p95, b.p95),
    max: pick(Math.max, a.max, b.max),
  };
}

/** Rounded as durations of reports are. */
export function weightedMean(one: number, oneWeight: number, two: number, twoWeight: number): number {
  const weight = oneWeight + twoWeight;
  return weight === 0 ? one : Number(((one * oneWeight + two * twoWeight) / weight).toFixed(3));
}

/** Rows of one list of many reports, added up by a key. */
export class RowSums<Row extends object> {
  private readonly rows = new Map<string, Row>();

  constructor(
    private readonly keyOf: (row: Row) => string,
    private readonly sumOf: (a: Row, b: Row) => Row = added,
    /** Rows with other keys that come when there are so many are left out. */
    private readonly capacity = Number.POSITIVE_INFINITY,
  ) {}

  add(rows: readonly Row[]): void {
    for (const row of rows) {
      const key = this.keyOf(row);
      const known = this.rows.get(key);
      if (known !== undefined) this.rows.set(key, this.sumOf(known, row));
      else if (this.rows.size < this.capacity) this.rows.set(key, row);
    }
  }

  /** Those with the largest measure first; equal ones by their key. */
  sorted(measure: (row: Row) => number): Row[] {
    return [...this.rows]
      .sort(([a, one], [b, two]) => measure(two) - measure(one) || (a < b ? -1 : 1))
      .map(([, row]) => row);
  }
}

/** The counts, largest first; at most `limit`. */
export function largestFirst(
  counts: Readonly<Record<string, number>>,
  limit = Number.POSITIVE_INFINITY,
): Record<string, number> {
  const sorted = Object.entries(counts).sort(([a, one], [b, two]) => two - one || (a < b ? -1 : 1));
  return Object.fromEntries(sorted.slice(0, limit));
}
