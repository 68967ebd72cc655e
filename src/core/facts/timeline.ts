import type { PacketBatch } from '../capture/packet-batch.js';
import type { RowLabels } from '../classify/row-labels.js';
import type { FlowRows } from '../flow/flow-rows.js';
import { isStray } from '../flow/packet-clock.js';
import type { PacketColumns } from '../flow/packet-columns.js';
import type { SpanWatch } from '../flow/span-watch.js';
import { PendingAmounts } from './pending-amounts.js';
import { TimeGrid } from './time-grid.js';

/** Most buckets; a power of two. Doubling leaves at least half of them in use. */
const CAPACITY = 512;
/** The same with an interval of the user's choice. */
const CHOSEN_CAPACITY = 8192;
/** Buckets of all labels; further labels share one series. */
const MAX_CELLS = 1 << 20;
/** Amounts of connections in progress, in other buckets than that of their latest packet. */
const MAX_PENDING = 1 << 18;
/** Connections whose first or last stamp is a stray, remembered one by one. */
const MAX_STRAYS = 1 << 16;
/** Rows that there is room for at first; see FlowRows. */
const FIRST_ROWS = 4096;
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
 * Bytes and packets by time and label, in one pass. A label is final only when its connection ends, so amounts wait for
 * that. Most packets cost nothing: the flow table counts them, and says when a connection has a packet in another
 * bucket than its last one. What came before is then put aside.
 */
export class Timeline implements SpanWatch {
  /** That of the last bucket; empty while the last stamp of a connection is a stray: its packets must not be missed. */
  readonly span = new Float64Array([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  /** That of the last packet's bucket. */
  private readonly bucketSpan = new Float64Array(this.span);
  /** Amounts for which there was no room: they count in the next bucket of their connection. */
  refused = 0;
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
  /** The bucket of the last packet; `bucketSpan` is the time that it covers. */
  private bucket = 0;
  /** By row: the head of its list of amounts, 0 for none. */
  private heads: Int32Array;
  /** By row, where its first or last stamp is a stray: the bucket that the packet counts in. */
  private readonly firstStrays = new Map<number, number>();
  private readonly lastStrays = new Map<number, number>();

  /** `intervalMicros` is the width of a bucket, 0 for one that suits the capture. */
  constructor(
    private readonly flows: FlowRows,
    private readonly columns: PacketColumns,
    private readonly labels: RowLabels,
    private readonly intervalMicros: number,
  ) {
    this.capacity = intervalMicros > 0 ? CHOSEN_CAPACITY : CAPACITY;
    this.grid = new TimeGrid(this.capacity, intervalMicros, (bucketOf) => this.merge(bucketOf));
    this.others = new Series(this.capacity);
    this.begunCounts = new Float64Array(this.capacity);
    this.endedCounts = new Float64Array(this.capacity);
    this.heads = new Int32Array(Math.min(flows.maxFlows, FIRST_ROWS));
  }

  /** Doublings of an interval of the user's choice, which the capture was too long for. */
  get widened(): number {
    return this.intervalMicros > 0 ? this.grid.doublings : 0;
  }

  crossed(columns: PacketColumns, tsMicros: Float64Array, i: number, row: number, wireLen: number): void {
    const { flows, grid, pending } = this;
    const bucket = this.bucketAt(columns, tsMicros, i);
    const packets = flows.packetsOf(row);
    const last = this.lastStrays.get(row) ?? grid.nearest(flows.lastMicrosOf(row));
    this.noteStray(columns, tsMicros, i, row, bucket);
    this.openSpan();
    if (packets === 0) return;
    if (bucket === last) return;
    const head = this.headOf(row);
    if (head === 0) return;
    // What came since the amounts that are in the list lies in the bucket of the last packet.
    const isLate = bucket < last;
    const morePackets = isLate ? 1 : packets - pending.packets[head]!;
    const moreBytes = isLate ? wireLen : flows.bytesOf(row) - pending.bytes[head]!;
    if (morePackets === 0 || !this.put(head, isLate ? bucket : last, morePackets, moreBytes)) return;
    pending.packets[head]! += morePackets;
    pending.bytes[head]! += moreBytes;
  }

  /** Packet `i` of the batch belongs to no connection. */
  loose(batch: PacketBatch, i: number): void {
    const at = this.bucketAt(this.columns, batch.tsMicros, i) & (this.capacity - 1);
    const series = this.seriesOf(0);
    series.packets[at]!++;
    series.bytes[at]! += batch.wireLen[i]!;
  }

  /** The connection `row` ends; its label is final. */
  ended(row: number): void {
    const { flows, grid, pending } = this;
    const mask = this.capacity - 1;
    const series = this.seriesOf(this.labels.of(row));
    const at = (this.lastStrays.get(row) ?? grid.nearest(flows.lastMicrosOf(row))) & mask;
    const begun = this.firstStrays.get(row) ?? grid.nearest(flows.firstMicrosOf(row));
    this.endedCounts[at]!++;
    this.begunCounts[begun & mask]!++;
    this.forgetStrays(row);
    series.packets[at]! += flows.packetsOf(row);
    series.bytes[at]! += flows.bytesOf(row);
    const head = row < this.heads.length ? this.heads[row]! : 0;
    if (head === 0) return;
    this.heads[row] = 0;
    series.packets[at]! -= pending.packets[head]!;
    series.bytes[at]! -= pending.bytes[head]!;
    let amount = pending.next[head]!;
    pending.release(head);
    while (amount !== 0) {
      const earlier = pending.buckets[amount]! & mask;
      series.packets[earlier]! += pending.packets[amount]!;
      series.bytes[earlier]! += pending.bytes[amount]!;
      const next = pending.next[amount]!;
      pending.release(amount);
      amount = next;
    }
  }

  /** The connection `row` ends, and does not count. */
  leaveOut(row: number): void {
    const { pending } = this;
    this.forgetStrays(row);
    let amount = row < this.heads.length ? this.heads[row]! : 0;
    if (amount === 0) return;
    this.heads[row] = 0;
    while (amount !== 0) {
      const next = pending.next[amount]!;
      pending.release(amount);
      amount = next;
    }
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
  private bucketAt(columns: PacketColumns, tsMicros: Float64Array, i: number): number {
    const { bucketSpan, grid } = this;
    const now = columns.nowMicros[i]!;
    const ts = columns.hasStrays && isStray(tsMicros[i]!, now) ? now : tsMicros[i]!;
    if (ts >= bucketSpan[0]! && ts < bucketSpan[1]!) return this.bucket;
    this.bucket = grid.use(ts);
    bucketSpan[0] = grid.startOf(this.bucket);
    bucketSpan[1] = bucketSpan[0] + grid.width;
    return this.bucket;
  }

  /** The flow table passes over packets within the span, unless their batch has strays: that must not matter. */
  private openSpan(): void {
    const { span, bucketSpan } = this;
    const isEmpty = this.lastStrays.size > 0;
    span[0] = isEmpty ? Number.POSITIVE_INFINITY : bucketSpan[0]!;
    span[1] = isEmpty ? Number.NEGATIVE_INFINITY : bucketSpan[1]!;
  }

  /**
   * Packet `i` of the connection `row` counts in `bucket`. Remembers that where its stamp, which becomes the row's
   * first or last one, is a stray: the bucket nearest to the stamp would depend on what else has been seen by the end.
   */
  private noteStray(columns: PacketColumns, tsMicros: Float64Array, i: number, row: number, bucket: number): void {
    const { flows, firstStrays, lastStrays } = this;
    const ts = tsMicros[i]!;
    if (!columns.hasStrays || !isStray(tsMicros[i]!, columns.nowMicros[i]!)) {
      if (lastStrays.delete(row) && ts < flows.firstMicrosOf(row)) firstStrays.delete(row);
      return;
    }
    if (flows.packetsOf(row) === 0 && firstStrays.size < MAX_STRAYS) firstStrays.set(row, bucket);
    const isLast = ts > columns.nowMicros[i]! && (flows.packetsOf(row) === 0 || ts > flows.lastMicrosOf(row));
    if (isLast && lastStrays.size < MAX_STRAYS) lastStrays.set(row, bucket);
  }

  private forgetStrays(row: number): void {
    if (this.firstStrays.size > 0) this.firstStrays.delete(row);
    if (this.lastStrays.size > 0) this.lastStrays.delete(row);
  }

  /** The head of the row's list, which sums up the amounts in it; 0 when there is no room for one. */
  private headOf(row: number): number {
    const { pending } = this;
    if (row >= this.heads.length) {
      const heads = new Int32Array(this.flows.maxFlows);
      heads.set(this.heads);
      this.heads = heads;
    }
    if (this.heads[row] === 0) this.heads[row] = pending.take(0, 0);
    if (this.heads[row] === 0) this.refused++;
    return this.heads[row]!;
  }

  /** Adds to the bucket's amount in the list behind `head`; false when there is no room for it. */
  private put(head: number, bucket: number, packets: number, bytes: number): boolean {
    const { pending } = this;
    const first = pending.next[head]!;
    let amount = pending.find(first, bucket);
    if (amount === 0) {
      amount = pending.take(first, bucket);
      if (amount === 0) {
        this.refused++;
        return false;
      }
      pending.next[head] = amount;
    }
    pending.packets[amount]! += packets;
    pending.bytes[amount]! += bytes;
    return true;
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
    const { pending } = this;
    for (let amount = 1; amount <= pending.used; amount++) {
      pending.buckets[amount] = bucketOf(pending.buckets[amount]!);
    }
    for (const strays of [this.firstStrays, this.lastStrays]) {
      for (const [row, bucket] of strays) strays.set(row, bucketOf(bucket));
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
