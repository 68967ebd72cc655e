import type { TimelineReport } from '../../core/report/model.js';

/** Buckets of a merged timeline, at most. */
const MOST_BUCKETS = 512;
/** Labels with a row of their own. */
const LISTED_LABELS = 20;
const OTHER = 'other';
/** Widths of buckets in seconds, and beyond a day whole numbers of days. */
const WIDTHS = [0.001, 0.01, 0.1, 1, 10, 60, 300, 600, 1800, 3600, 10_800, 21_600, 43_200];
const DAY = 86_400;

/**
 * Puts timelines with buckets of several widths together. A bucket counts where it begins, so that amounts may move by
 * one bucket of its own timeline. Null without any.
 */
export function mergedTimeline(timelines: readonly TimelineReport[]): TimelineReport | null {
  if (timelines.length === 0) return null;
  const begin = Math.min(...timelines.map(({ start }) => start));
  const end = Math.max(...timelines.map(({ start, interval, buckets }) => start + interval * buckets));
  const least = Math.max(...timelines.map(({ interval }) => interval), (end - begin) / (MOST_BUCKETS - 1));
  const interval = WIDTHS.find((width) => width >= least) ?? Math.ceil(least / DAY) * DAY;
  const start = Math.floor(begin / interval) * interval;
  const buckets = Math.max(1, Math.ceil((end - start) / interval));
  const amounts = () => ({ bytes: zeros(buckets), packets: zeros(buckets) });
  const [total, begun, ended] = [amounts(), zeros(buckets), zeros(buckets)];
  const byLabel = new Map<string, { bytes: number[]; packets: number[] }>();
  for (const timeline of timelines) {
    const placeOf = (bucket: number) =>
      Math.min(buckets - 1, Math.max(0, Math.floor((timeline.start + bucket * timeline.interval - start) / interval)));
    const add = (into: number[], from: readonly number[]) => {
      for (let bucket = 0; bucket < from.length; bucket++) into[placeOf(bucket)]! += from[bucket]!;
    };
    add(total.bytes, timeline.total.bytes);
    add(total.packets, timeline.total.packets);
    add(begun, timeline.begun);
    add(ended, timeline.ended);
    for (const { label, bytes, packets } of timeline.labels) {
      const sums = byLabel.get(label) ?? amounts();
      byLabel.set(label, sums);
      add(sums.bytes, bytes);
      add(sums.packets, packets);
    }
  }
  const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
  const rest = byLabel.get(OTHER) ?? amounts();
  byLabel.delete(OTHER);
  const sorted = [...byLabel].sort(([a, one], [b, two]) => sumOf(two.bytes) - sumOf(one.bytes) || (a < b ? -1 : 1));
  for (const [, { bytes, packets }] of sorted.slice(LISTED_LABELS)) {
    for (let bucket = 0; bucket < buckets; bucket++) {
      rest.bytes[bucket]! += bytes[bucket]!;
      rest.packets[bucket]! += packets[bucket]!;
    }
  }
  const labels = sorted.slice(0, LISTED_LABELS).map(([label, sums]) => ({ label, ...sums }));
  if (sumOf(rest.packets) > 0) labels.push({ label: OTHER, ...rest });
  return { start, interval, buckets, total, labels, begun, ended };
}

function zeros(length: number): number[] {
  return new Array<number>(length).fill(0);
}
