import type { PacketBatch } from '../capture/packet-batch.js';
import type { RowLabels } from '../classify/row-labels.js';
import type { FlowRows } from '../flow/flow-rows.js';
import { JUMP_MICROS } from '../flow/packet-clock.js';
import type { PacketColumns } from '../flow/packet-columns.js';
import { BUCKET, BUCKET_BYTES, BUCKET_PACKETS, EARLIER, FACT_SHIFT, type FactRows } from './fact-rows.js';
import { PendingAmounts } from './pending-amounts.js';
import { TimeGrid } from './time-grid.js';

/** Most buckets; a power of two. Doubling leaves at least half of them in use. */
const CAPACITY = 512;
/** The same with an interval of the user's choice. */
const CHOSEN_CAPACITY = 8192;
/** Buckets of all labels; further labels share one series. */
const MAX_CELLS = 1 << 20;
/** Amounts of connections in progress, in buckets before their latest. */
const MAX_PENDING = 1 << 18;
/** Labels listed one by one, those with the most bytes. */
const LISTED_LABELS = 20;
/** The label of all others. */
const OTHER_LABEL = 'other';

/** Packets and bytes by bucket, at the bucket's number modulo the capacity. */
class Series {
  readonly packets: Float64Array;
  readonly bytes: Float64Array;

  constructor(capacity: number) {
    this.packets = new Float64Array(capacity);
    this.bytes = new Float64Array(capacity);
  }
}

/** Amounts by bucket, the earliest first. */
export interface TimelineAmounts {
  readonly bytes: number[];
  readonly packets: number[];
}

/** The traffic over time, as the report has it. */
export interface TimelineReport {
  /** When the first bucket begins, seconds since the epoch. */
  readonly start: number;
  /** Width of a bucket in seconds. */
  readonly interval: number;
  readonly buckets: number;
  readonly total: TimelineAmounts;
  /** Most bytes first, then "other". */
  readonly labels: (TimelineAmounts & { readonly label: string })[];
  /** Connections that began and ended, by bucket of their first and last packet. */
  readonly begun: number[];
  readonly ended: number[];
}

/**
 * Bytes and packets by time and label, in one pass. A label is final only when its connection ends, so a connection's
 * amounts wait: those of its latest bucket in its fact row, earlier ones in a pool.
 */
export class Timeline {
  /** Connections, counted once for each time that their amounts were added under a label which was not final. */
  flushed = 0;
  /** Connections of labels for which there was no room. */
  unlisted = 0;
  private readonly capacity: number;
  private readonly grid: TimeGrid;
  private readonly pending = new PendingAmounts(MAX_PENDING);
  /** By label; packets outside of connections are label 0, as all that is unknown. */
  private readonly series: (Series | undefined)[] = [];
  private seriesCount = 0;
  private readonly others: Series;
  private begunCounts: Float64Array;
  private endedCounts: Float64Array;
  /** The bucket of the last packet, and the time that it covers. */
  private bucket = 0;
  private startMicros = 0;
  private endMicros = 0;

  /** `intervalMicros` is the width of a bucket, 0 for one that suits the capture. */
  constructor(
    private readonly flows: FlowRows,
    private readonly columns: PacketColumns,
    private readonly labels: RowLabels,
    private readonly rows: FactRows,
    private readonly intervalMicros: number,
  ) {
    this.capacity = intervalMicros > 0 ? CHOSEN_CAPACITY : CAPACITY;
    this.grid = new TimeGrid(this.capacity, intervalMicros, (bucketOf) => this.merge(bucketOf));
    this.others = new Series(this.capacity);
    this.begunCounts = new Float64Array(this.capacity);
    this.endedCounts = new Float64Array(this.capacity);
  }

  /** Doublings of an interval of the user's choice, which the capture was too long for. */
  get widened(): number {
    return this.intervalMicros > 0 ? this.grid.doublings : 0;
  }

  packet(batch: PacketBatch, i: number, row: number): void {
    const bucket = this.bucketAt(batch.tsMicros, i);
    const { words, doubles } = this.rows;
    const w = row << FACT_SHIFT;
    if (words[w + BUCKET] !== bucket) {
      if (words[w + BUCKET_PACKETS] !== 0) this.put(row, w);
      words[w + BUCKET] = bucket;
    }
    words[w + BUCKET_PACKETS]!++;
    doubles[(w + BUCKET_BYTES) >> 1]! += batch.wireLen[i]!;
    if (this.columns.starts[i] !== 0) this.begunCounts[bucket & (this.capacity - 1)]!++;
  }

  loose(batch: PacketBatch, i: number): void {
    const at = this.bucketAt(batch.tsMicros, i) & (this.capacity - 1);
    const series = this.seriesOf(0);
    series.packets[at]!++;
    series.bytes[at]! += batch.wireLen[i]!;
  }

  ended(row: number): void {
    const w = row << FACT_SHIFT;
    this.endedCounts[this.rows.words[w + BUCKET]! & (this.capacity - 1)]!++;
    this.flush(w, this.labels.of(row));
  }

  /** Null without packets. All connections must have ended. */
  report(): TimelineReport | null {
    const { grid } = this;
    if (grid.highest < grid.lowest) return null;
    const named = this.series.flatMap((series, label) =>
      series === undefined ? [] : [{ label: this.labels.textOf(label), ...this.amountsOf(series), sum: sumOf(series) }],
    );
    named.sort((a, b) => b.sum - a.sum || (a.label < b.label ? -1 : 1));
    const total = this.amountsOf(this.others);
    for (const { bytes, packets } of named) add(total, { bytes, packets });
    const listed = named.slice(0, LISTED_LABELS).map(({ label, bytes, packets }) => ({ label, bytes, packets }));
    const rest = this.amountsOf(this.others);
    for (const { bytes, packets } of named.slice(LISTED_LABELS)) add(rest, { bytes, packets });
    if (rest.packets.some((n) => n > 0)) listed.push({ label: OTHER_LABEL, ...rest });
    return {
      start: grid.startOf(grid.lowest) / 1e6,
      interval: grid.width / 1e6,
      buckets: grid.highest - grid.lowest + 1,
      total,
      labels: listed,
      begun: this.inOrder(this.begunCounts),
      ended: this.inOrder(this.endedCounts),
    };
  }

  /**
   * The bucket of the packet. A stamp far off the capture's clock is a stray, and counts at the time of the clock: one
   * wild stamp must not leave two buckets for all others.
   */
  private bucketAt(tsMicros: Float64Array, i: number): number {
    const ts = tsMicros[i]!;
    if (ts >= this.startMicros && ts < this.endMicros) return this.bucket;
    const now = this.columns.nowMicros[i]!;
    const isStray = Math.abs(ts - now) > JUMP_MICROS && Number.isFinite(now);
    this.bucket = this.grid.use(isStray ? now : ts);
    this.startMicros = this.grid.startOf(this.bucket);
    this.endMicros = this.startMicros + this.grid.width;
    return this.bucket;
  }

  /** Puts the amounts of the row's latest bucket aside. */
  private put(row: number, w: number): void {
    const { pending } = this;
    const { words, doubles } = this.rows;
    const first = words[w + EARLIER]!;
    let amount = pending.find(first, words[w + BUCKET]!);
    if (amount === 0) {
      amount = pending.take(first, words[w + BUCKET]!);
      if (amount === 0) {
        this.flushed++;
        this.flush(w, this.labels.of(row));
        return;
      }
      words[w + EARLIER] = amount;
    }
    pending.packets[amount]! += words[w + BUCKET_PACKETS]!;
    pending.bytes[amount]! += doubles[(w + BUCKET_BYTES) >> 1]!;
    words[w + BUCKET_PACKETS] = 0;
    doubles[(w + BUCKET_BYTES) >> 1] = 0;
  }

  /** Adds all amounts of the row to the label's series. */
  private flush(w: number, label: number): void {
    const { pending } = this;
    const { words, doubles } = this.rows;
    const series = this.seriesOf(label);
    const mask = this.capacity - 1;
    const at = words[w + BUCKET]! & mask;
    series.packets[at]! += words[w + BUCKET_PACKETS]!;
    series.bytes[at]! += doubles[(w + BUCKET_BYTES) >> 1]!;
    words[w + BUCKET_PACKETS] = 0;
    doubles[(w + BUCKET_BYTES) >> 1] = 0;
    for (let amount = words[w + EARLIER]!; amount !== 0; ) {
      const earlier = pending.buckets[amount]! & mask;
      series.packets[earlier]! += pending.packets[amount]!;
      series.bytes[earlier]! += pending.bytes[amount]!;
      const next = pending.next[amount]!;
      pending.release(amount);
      amount = next;
    }
    words[w + EARLIER] = 0;
  }

  private seriesOf(label: number): Series {
    const known = this.series[label];
    if (known !== undefined) return known;
    if ((this.seriesCount + 1) * this.capacity > MAX_CELLS) {
      this.unlisted++;
      return this.others;
    }
    this.seriesCount++;
    const series = new Series(this.capacity);
    this.series[label] = series;
    return series;
  }

  /** Buckets have been merged: moves all amounts. */
  private merge(bucketOf: (bucket: number) => number): void {
    const { pending, rows, flows } = this;
    const { words } = rows;
    const end = Math.min(flows.rowsInUse << FACT_SHIFT, words.length);
    for (let w = 0; w < end; w += 1 << FACT_SHIFT) words[w + BUCKET] = bucketOf(words[w + BUCKET]!);
    for (let amount = 1; amount <= pending.used; amount++) {
      pending.buckets[amount] = bucketOf(pending.buckets[amount]!);
    }
    for (const series of [...this.series, this.others]) {
      if (series === undefined) continue;
      series.packets.set(this.merged(series.packets, bucketOf));
      series.bytes.set(this.merged(series.bytes, bucketOf));
    }
    this.begunCounts = this.merged(this.begunCounts, bucketOf);
    this.endedCounts = this.merged(this.endedCounts, bucketOf);
  }

  private merged(counts: Float64Array, bucketOf: (bucket: number) => number): Float64Array {
    const mask = this.capacity - 1;
    const into = new Float64Array(this.capacity);
    for (let bucket = this.grid.lowest; bucket <= this.grid.highest; bucket++) {
      into[bucketOf(bucket) & mask]! += counts[bucket & mask]!;
    }
    return into;
  }

  private amountsOf(series: Series): TimelineAmounts {
    return { bytes: this.inOrder(series.bytes), packets: this.inOrder(series.packets) };
  }

  private inOrder(counts: Float64Array): number[] {
    const { lowest, highest } = this.grid;
    return Array.from({ length: highest - lowest + 1 }, (_, n) => counts[(lowest + n) & (this.capacity - 1)]!);
  }
}

function sumOf({ bytes }: Series): number {
  return bytes.reduce((sum, n) => sum + n, 0);
}

function add(into: TimelineAmounts, amounts: TimelineAmounts): void {
  for (let n = 0; n < into.bytes.length; n++) {
    into.bytes[n]! += amounts.bytes[n]!;
    into.packets[n]! += amounts.packets[n]!;
  }
}
