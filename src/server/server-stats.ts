import type { AppTable } from '../core/classify/app-table.js';
import type { Limits } from '../core/engine/options.js';
import { IngestEngine } from '../core/ingest/ingest-engine.js';
import type { FilterSummary } from '../core/report/filter-model.js';
import type { AppRow } from '../core/report/model.js';
import { hashSeed } from '../system/hash-seed.js';
import type { CaptureTotals } from './uploads/capture-totals.js';

/** Ended connections that stay listed: some 20 MB of them. */
const KEPT_ENDED = 10_000;

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

/** The captures that were filtered; their packets are in no other sum. */
export interface FilteredSums {
  captures: number;
  total_packets: number;
  total_bytes: number;
  kept_packets: number;
  dropped_packets: number;
}

/** All that the server has seen since it started: events, in the engine that decides them, and uploads, as sums. */
export class ServerStats {
  readonly engine: IngestEngine;
  /** Events that were no packets. */
  badEvents = 0;
  readonly analyzed: PacketSums & { captures: number } = { captures: 0, ...noPackets() };
  readonly filtered: FilteredSums = {
    captures: 0,
    total_packets: 0,
    total_bytes: 0,
    kept_packets: 0,
    dropped_packets: 0,
  };
  private readonly analyzedApps = new Map<string, AppRow>();

  constructor(apps: AppTable, limits: Limits) {
    this.engine = new IngestEngine({ apps, limits, seed: hashSeed(), keepEnded: KEPT_ENDED });
  }

  get ingested(): PacketSums {
    const { totals, pipeline } = this.engine;
    return {
      total_packets: totals.packets,
      total_bytes: totals.bytes,
      forwarded_packets: totals.forwardedPackets,
      dropped_packets: totals.droppedPackets,
      tcp_packets: totals.tcpPackets,
      udp_packets: totals.udpPackets,
      other_packets: totals.otherPackets,
      total_connections: pipeline.recognition.report.connections + pipeline.flows.size,
    };
  }

  /** Events and analyzed uploads together. */
  get sums(): PacketSums {
    return added(added(noPackets(), this.ingested), this.analyzed);
  }

  /** Apps of events and analyzed uploads, those with the most bytes first. */
  get apps(): AppRow[] {
    const rows = new Map<string, AppRow>();
    for (const row of this.analyzedApps.values()) addRow(rows, row);
    for (const row of this.engine.totals.appTotals()) addRow(rows, row);
    return [...rows.values()].sort((a, b) => b.bytes - a.bytes || (a.app < b.app ? -1 : 1));
  }

  /** An upload was analyzed; `seen` is the end of its report. */
  addAnalyzed(seen: CaptureTotals): void {
    this.analyzed.captures++;
    added(this.analyzed, { ...seen, other_packets: seen.other_ip_packets + seen.non_ip_packets });
    for (const row of seen.apps) addRow(this.analyzedApps, row);
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

function addRow(rows: Map<string, AppRow>, { app, category, connections, packets, bytes }: AppRow): void {
  const row = rows.get(app) ?? { app, category, connections: 0, packets: 0, bytes: 0 };
  row.connections += connections;
  row.packets += packets;
  row.bytes += bytes;
  rows.set(app, row);
}
