import type { TimelineReport } from '../../core/report/model.js';
import type { SelectedRows } from './crossfilter.js';
import { restOf } from './rest.js';
import { isNarrowedBesides, valuesOf } from './selection.js';

/** Bytes by bucket under one name. */
interface TimeSeries {
  readonly name: string;
  readonly bytes: Float64Array;
}

/** Traffic over time, stacked by name. */
export interface TimeStack {
  /** Seconds since the epoch, and seconds. */
  readonly start: number;
  readonly interval: number;
  readonly buckets: number;
  /** Most bytes first, "other" last. */
  readonly series: readonly TimeSeries[];
  /**
   * Counted packet by packet; else each connection's bytes are spread evenly between its first and its last packet.
   */
  readonly isCounted: boolean;
}

export type StackBy = 'label' | 'client';

export const OTHER = 'other';

/**
 * Traffic over time of the rows that fit all but the period: by label as the report counted it, as long as nothing but
 * labels is selected; else spread from connections. Null without packets.
 */
export function timeStack(selected: SelectedRows, by: StackBy, mostSeries: number): TimeStack | null {
  const { timeline } = selected.data.summary;
  if (timeline === null) return null;
  const { start, interval, buckets } = timeline;
  const isCounted = by === 'label' && !isNarrowedBesides(selected.selection, ['label', 'period']);
  const counted = isCounted ? countedSeries(timeline, valuesOf(selected.selection, 'label')) : null;
  const series = counted ?? spreadSeries(selected, by, timeline);
  return { start, interval, buckets, series: topSeries(series, mostSeries, buckets), isCounted: counted !== null };
}

/** The report's series; null where a selected label has none of its own there. */
function countedSeries({ labels }: TimelineReport, wanted: readonly string[]): TimeSeries[] | null {
  const listed = wanted.length === 0 ? labels : labels.filter(({ label }) => wanted.includes(label));
  if (listed.length < wanted.length) return null;
  return listed.map(({ label, bytes }) => ({ name: label, bytes: Float64Array.from(bytes) }));
}

function spreadSeries(selected: SelectedRows, by: StackBy, timeline: TimelineReport): TimeSeries[] {
  const { data } = selected;
  const { texts, at } = data.texts(by === 'label' ? 'label' : 'src_ip');
  const [bytes, first, last] = [data.numbers('bytes'), data.numbers('first_seen'), data.numbers('last_seen')];
  const { start, interval, buckets } = timeline;
  const spreads = new Map<number, Spread>();
  for (const row of selected.rows('period')) {
    let spread = spreads.get(at[row]!);
    if (spread === undefined) {
      spread = new Spread(buckets);
      spreads.set(at[row]!, spread);
    }
    spread.add(bytes[row]!, (first[row]! - start) / interval, (last[row]! - start) / interval);
  }
  return [...spreads].map(([code, spread]) => ({ name: texts[code] ?? OTHER, bytes: spread.amounts() }));
}

/** Bytes of connections spread over buckets. Each connection costs the same, however long it lasted. */
class Spread {
  private readonly within: Float64Array;
  /** By bucket: how the rate of whole buckets changes there. */
  private readonly changes: Float64Array;

  constructor(private readonly buckets: number) {
    this.within = new Float64Array(buckets);
    this.changes = new Float64Array(buckets + 1);
  }

  /** `from` and `to` are buckets with fractions. */
  add(bytes: number, from: number, to: number): void {
    const [begin, end] = [this.clamped(from), this.clamped(to)];
    const [first, last] = [Math.floor(begin), Math.floor(end)];
    if (first === last) {
      this.within[first]! += bytes;
      return;
    }
    const rate = bytes / (end - begin);
    this.within[first]! += rate * (first + 1 - begin);
    this.within[last]! += rate * (end - last);
    this.changes[first + 1]! += rate;
    this.changes[last]! -= rate;
  }

  amounts(): Float64Array {
    let rate = 0;
    return this.within.map((bytes, bucket) => {
      rate += this.changes[bucket]!;
      // What remains of sums and differences of fractions.
      return Math.max(0, bytes + (Math.abs(rate) < 1e-6 ? 0 : rate));
    });
  }

  private clamped(at: number): number {
    return Math.min(Math.max(at, 0), this.buckets - 1e-9);
  }
}

/** The series with the most bytes; the others summed up as one. */
function topSeries(series: readonly TimeSeries[], most: number, buckets: number): TimeSeries[] {
  const sized = series.map((one) => ({ one, sum: one.name === OTHER ? -1 : sumOf(one.bytes) }));
  sized.sort((a, b) => b.sum - a.sum);
  const shown = sized.filter(({ one }, i) => one.name !== OTHER && i < most).map(({ one }) => one);
  const others = sized.map(({ one }) => one).filter((one) => !shown.includes(one));
  if (others.length === 0) return shown;
  const bytes = new Float64Array(buckets);
  for (const other of others) for (let i = 0; i < buckets; i++) bytes[i]! += other.bytes[i]!;
  return [...shown, { name: OTHER, bytes }];
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** The same traffic in at most `most` buckets, each of `size` of the former; the last one may be shorter. */
export function coarser(stack: TimeStack, most: number): TimeStack {
  const size = Math.ceil(stack.buckets / Math.max(1, most));
  if (size <= 1) return stack;
  const buckets = Math.ceil(stack.buckets / size);
  const series = stack.series.map(({ name, bytes }) => {
    const sums = new Float64Array(buckets);
    for (let i = 0; i < bytes.length; i++) sums[Math.floor(i / size)]! += bytes[i]!;
    return { name, bytes: sums };
  });
  return { ...stack, interval: stack.interval * size, buckets, series };
}

/** Bytes that the stack lacks because they are known as sums only. */
export function bytesWithoutTime(selected: SelectedRows, stack: TimeStack): number {
  return stack.isCounted ? 0 : restOf(selected, 'period').bytes;
}
