import type { PacketBatch } from '../capture/packet-batch.js';
import { TIMESTAMP_BACKWARDS } from '../common/anomaly.js';
import { FragmentTable } from '../layers/fragments.js';
import { PacketView } from '../layers/packet-view.js';
import { UNREAD_CAUSES, UNREAD_FRAGMENT } from '../layers/unread.js';
import { AddressTable } from './address-table.js';
import { CopyCounts } from './copy-counts.js';
import { DecodeStage } from './decode-stage.js';
import { FlowTable } from './flow-table.js';
import { DEFAULT_TIMEOUTS, type FlowTimeouts } from './flow-timeouts.js';
import type { FlowTotals } from './flow-totals.js';
import { isStray, PacketClock } from './packet-clock.js';
import { PacketColumns } from './packet-columns.js';
import { SegmentTable } from './segment-table.js';
import type { UnreadRow } from './unread-counts.js';

const EMPTY = Buffer.alloc(0);

/** Those of the bounds that the first half of an analysis keeps to. */
interface FlowLimits {
  readonly maxConnections: number;
  /** Bytes of IP fragments that wait for others. */
  readonly maxFragmentLen: number;
}

/** What the first half of an analysis needs to know. */
export interface FlowStageOptions {
  readonly limits: FlowLimits;
  readonly timeouts?: FlowTimeouts;
  /** Secret of the hash tables. Has no influence on any result. */
  readonly seed: number;
  /** Take the same addresses and ports in two VLANs or overlay networks for one connection. */
  readonly ignoreVlan?: boolean;
}

/**
 * The first half of the analysis, one batch at a time: takes the packets apart and finds or begins their connections.
 * Goes by headers alone. What becomes of the packets then is for a subclass to say. Never keeps a reference to a
 * batch's bytes.
 */
export abstract class FlowStage {
  readonly decode: DecodeStage;
  readonly flows: FlowTable;
  readonly addresses: AddressTable;
  /** The batch that `run` saw last, as it left the stages. */
  readonly columns = new PacketColumns();
  packets = 0;
  bytes = 0;
  firstMicros = Infinity;
  lastMicros = -Infinity;
  readonly fragments: FragmentTable;
  readonly segments: SegmentTable;
  private readonly copies: CopyCounts;
  private readonly clock = new PacketClock();

  constructor({ limits, timeouts = DEFAULT_TIMEOUTS, seed, ignoreVlan = false }: FlowStageOptions) {
    this.segments = new SegmentTable(seed);
    this.fragments = new FragmentTable(limits.maxFragmentLen);
    this.addresses = new AddressTable(seed);
    this.copies = new CopyCounts(this.addresses);
    this.flows = new FlowTable(limits.maxConnections, this.addresses, seed, (row) => this.ended(row), timeouts);
    const view = new PacketView(EMPTY, this.fragments, !ignoreVlan);
    this.decode = new DecodeStage(view, this.addresses, seed, true, ignoreVlan ? null : this.segments);
  }

  /** What has been counted so far. */
  get totals(): FlowTotals {
    const { packets, bytes, firstMicros, lastMicros, flows, fragments, copies } = this;
    const { counters, unread } = this.decode;
    const { evicted: evictedConnections } = flows;
    return {
      packets,
      bytes,
      firstMicros,
      lastMicros,
      counters,
      unread: this.unreadRows(),
      notIp: unread.notIp,
      firstBackwards: this.clock.firstBackwards,
      evictedConnections,
      evictedDatagrams: fragments.evicted,
      unnumberedSegments: this.segments.refused,
      copies: { packets: copies.packets, bytes: copies.bytes, within: copies.within },
    };
  }

  private unreadRows(): UnreadRow[] {
    const rows = this.decode.unread.rows();
    const { unreadPackets: packets, unreadBytes: bytes } = this.fragments;
    if (packets === 0) return rows;
    const fragments: UnreadRow = { cause: UNREAD_CAUSES[UNREAD_FRAGMENT], value: null, name: null, packets, bytes };
    const at = rows.findIndex((row) => row.packets < packets);
    rows.splice(at < 0 ? rows.length : at, 0, fragments);
    return rows;
  }

  /** Takes the packets of a batch. */
  run(batch: PacketBatch): void {
    this.tally(batch);
    this.decode.run(batch, this.columns);
    if (this.segments.size > 0) this.copies.run(batch, this.columns);
    this.resolve(batch);
  }

  /** The same for packets that the caller has decoded into `columns`. */
  runColumns(batch: PacketBatch): void {
    this.tally(batch);
    this.resolve(batch);
  }

  private resolve(batch: PacketBatch): void {
    const { columns, flows } = this;
    for (let from = 0; from < columns.count; ) {
      const to = flows.resolve(columns, batch.tsMicros, batch.wireLen, from);
      this.resolved(batch, from, to);
      if (flows.sweep(to - from)) this.swept();
      from = to;
    }
    flows.collect();
  }

  /**
   * Ends connections that are silent for too long although no packet came for `quietMicros`, where packets come as they
   * happen. Each call looks at a sixteenth of the connections. Not between the packets of a batch.
   */
  advance(quietMicros: number): void {
    this.flows.advance(this.clock.nowMicros + quietMicros);
    this.flows.collect();
  }

  /** The input is over: ends up to `max` of the connections still open; false when none is left. */
  drain(max: number): boolean {
    return this.flows.drain(max);
  }

  /**
   * The connections of the packets `from` to `to` (exclusive) are known; those that ended before them have been told.
   */
  protected abstract resolved(batch: PacketBatch, from: number, to: number): void;

  /** The connection `row` ends, before the packets that `resolved` is told of next. */
  protected abstract ended(row: number): void;

  /** Connections that were silent for too long have been ended. */
  protected abstract swept(): void;

  private tally(batch: PacketBatch): void {
    const { clock } = this;
    const { tsMicros, wireLen, count } = batch;
    clock.run(tsMicros, count, batch.firstNumber, this.columns.nowMicros);
    let { bytes, firstMicros, lastMicros } = this;
    const { nowMicros } = this.columns;
    let hasStrays = false;
    for (let i = 0; i < count; i++) {
      bytes += wireLen[i]!;
      const ts = tsMicros[i]!;
      if (ts < firstMicros) firstMicros = ts;
      if (ts > lastMicros) lastMicros = ts;
      if (isStray(ts, nowMicros[i]!)) hasStrays = true;
    }
    this.columns.hasStrays = hasStrays;
    this.packets += count;
    this.bytes = bytes;
    this.firstMicros = firstMicros;
    this.lastMicros = lastMicros;
    this.decode.counters.anomalies[TIMESTAMP_BACKWARDS] = clock.backwards;
    this.decode.counters.anomalyPackets[TIMESTAMP_BACKWARDS] = clock.firstBackwards;
  }
}
