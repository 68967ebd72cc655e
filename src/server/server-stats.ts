import type { AppTable } from '../core/classify/app-table.js';
import type { Limits } from '../core/engine/options.js';
import { IngestEngine } from '../core/ingest/ingest-engine.js';
import type { AppTotals } from '../core/ingest/traffic-totals.js';
import type { FilterSummary } from '../core/report/filter-model.js';
import { hashSeed } from '../system/hash-seed.js';
import type { CaptureTotals } from './uploads/capture-totals.js';

/** Ended connections that stay listed. They take some 20 MB. */
const KEPT_ENDED = 10_000;
/** Apps in the state of `/ingest`. */
const APPS_SHOWN = 8;

/** Sums in the vocabulary of the report. */
export interface PacketSums {
  total_packets: number;
  total_bytes: number;
  forwarded_packets: number;
  dropped_packets: number;
  tcp_packets: number;
  udp_packets: number;
  other_packets: number;
  total_connections: number;
}

/** The events of `/ingest` since the server started. */
export interface IngestState extends PacketSums {
  readonly open_connections: number;
  readonly open_streams: number;
  readonly bad_events: number;
  /** The apps with the most packets. */
  readonly apps: readonly AppTotals[];
}

/** Sums of filtered captures. Their packets are in no other sum. */
export interface FilteredSums {
  captures: number;
  total_packets: number;
  total_bytes: number;
  kept_packets: number;
  dropped_packets: number;
}

/** Counts events and uploads since the server started. `engine` decides the events. */
export class ServerStats {
  readonly engine: IngestEngine;
  /** Malformed events. */
  badEvents = 0;
  /** Requests whose events arrive as a stream, now. */
  openStreams = 0;
  readonly analyzed: PacketSums & { captures: number } = { captures: 0, ...noPackets() };
  readonly filtered: FilteredSums = {
    captures: 0,
    total_packets: 0,
    total_bytes: 0,
    kept_packets: 0,
    dropped_packets: 0,
  };
  private readonly analyzedApps = new Map<string, AppTotals>();

  constructor(apps: AppTable, limits: Limits) {
    this.engine = new IngestEngine({ apps, limits, seed: hashSeed(), keepEnded: KEPT_ENDED });
  }

  /** Connections of events in progress. */
  get openConnections(): number {
    return this.engine.openConnections;
  }

  /** Sums of events. */
  get ingested(): PacketSums {
    const { totals } = this.engine;
    return {
      total_packets: totals.packets,
      total_bytes: totals.bytes,
      forwarded_packets: totals.forwardedPackets,
      dropped_packets: totals.droppedPackets,
      tcp_packets: totals.tcpPackets,
      udp_packets: totals.udpPackets,
      other_packets: totals.otherPackets,
      total_connections: this.engine.totalConnections,
    };
  }

  /** What `/ingest` is doing and has done, for pages. */
  get ingestState(): IngestState {
    return {
      ...this.ingested,
      open_connections: this.openConnections,
      open_streams: this.openStreams,
      bad_events: this.badEvents,
      apps: this.engine.totals.appTotals().slice(0, APPS_SHOWN),
    };
  }

  /** Sums of events and analyzed uploads. */
  get sums(): PacketSums {
    return added(added(noPackets(), this.ingested), this.analyzed);
  }

  /** Apps of events and analyzed uploads, most bytes first. */
  get apps(): AppTotals[] {
    const rows = new Map<string, AppTotals>();
    for (const row of this.analyzedApps.values()) addRow(rows, row);
    for (const row of this.engine.totals.appTotals()) addRow(rows, row);
    return [...rows.values()].sort((a, b) => b.bytes - a.bytes || (a.app < b.app ? -1 : 1));
  }

  /** Counts an analyzed upload. */
  addAnalyzed(totals: CaptureTotals): void {
    this.analyzed.captures++;
    added(this.analyzed, { ...totals, other_packets: totals.other_ip_packets + totals.non_ip_packets });
    for (const row of totals.apps) addRow(this.analyzedApps, row);
  }

  addFiltered(summary: Pick<FilterSummary, Exclude<keyof FilteredSums, 'captures'>>): void {
    const { filtered } = this;
    filtered.captures++;
    filtered.total_packets += summary.total_packets;
    filtered.total_bytes += summary.total_bytes;
    filtered.kept_packets += summary.kept_packets;
    filtered.dropped_packets += summary.dropped_packets;
  }
}

function noPackets(): PacketSums {
  return {
    total_packets: 0,
    total_bytes: 0,
    forwarded_packets: 0,
    dropped_packets: 0,
    tcp_packets: 0,
    udp_packets: 0,
    other_packets: 0,
    total_connections: 0,
  };
}

function added(sums: PacketSums, more: PacketSums): PacketSums {
  for (const key of Object.keys(noPackets()) as (keyof PacketSums)[]) sums[key] += more[key];
  return sums;
}

function addRow(
  rows: Map<string, AppTotals>,
  { app, app_group, category, connections, packets, bytes }: AppTotals,
): void {
  const sums = rows.get(app) ?? { connections: 0, packets: 0, bytes: 0 };
  rows.set(app, {
    app,
    app_group,
    category,
    connections: sums.connections + connections,
    packets: sums.packets + packets,
    bytes: sums.bytes + bytes,
  });
}
