import type { AppTable } from '../classify/app-table.js';
import type { Labels } from '../classify/labels.js';
import { ANOMALIES } from '../common/anomaly.js';
import { FLOW_BLOCKED, FLOW_MORE_NAMES } from '../flow/flow-flags.js';
import type { FlowRows } from '../flow/flow-rows.js';
import { unknownReason } from './connection-reader.js';
import { HiddenRoutes } from './hidden-route.js';
import { HiddenTally } from './hidden-tally.js';
import { LabelTally } from './label-tally.js';
import type { AppRow, DomainRow, SelectedTotals } from './model.js';

/** Sums over ended connections. Each connection costs a fixed number of additions. */
export class ReportBuilder {
  /** By app id. */
  readonly appConnections: Float64Array;
  readonly appPackets: Float64Array;
  readonly appBytes: Float64Array;
  private readonly appLookups: Float64Array;
  /** By label and by protocol. */
  readonly tally: LabelTally;
  private readonly protocolConnections: number[] = [];
  private readonly reasons = new Map<string, number>();
  /** Connections that no rule stopped and whose site can't be told. */
  readonly hidden = new HiddenTally();
  private readonly hiddenRoutes: HiddenRoutes;
  /** Of all connections, whether the report is about them or not. */
  connections = 0;
  blockedConnections = 0;
  droppedPackets = 0;

  constructor(
    private readonly flows: FlowRows,
    private readonly labels: Labels,
    private readonly apps: AppTable,
    /** The report is about some of the connections. */
    readonly isPartial = false,
  ) {
    this.appConnections = new Float64Array(apps.size);
    this.appPackets = new Float64Array(apps.size);
    this.appBytes = new Float64Array(apps.size);
    this.appLookups = new Float64Array(apps.size);
    this.tally = new LabelTally(flows, labels.rows);
    this.hiddenRoutes = new HiddenRoutes(flows, labels, apps);
  }

  /** Counts a connection that the report is not about. */
  leaveOut(row: number): void {
    const { flows } = this;
    this.connections++;
    if (flows.hasFlag(row, FLOW_BLOCKED)) this.blockedConnections++;
    this.droppedPackets += flows.droppedPacketsOf(row);
  }

  add(row: number): void {
    const { flows } = this;
    const packets = flows.packetsOf(row);
    const bytes = flows.bytesOf(row);
    const app = flows.appOf(row);
    this.connections++;
    this.appConnections[app]!++;
    this.appPackets[app]! += packets;
    this.appBytes[app]! += bytes;
    if (this.labels.rows.isLookup(row)) this.appLookups[app]!++;
    this.tally.add(row);
    const protocol = flows.protocolOf(row);
    if (protocol !== 0) this.protocolConnections[protocol] = (this.protocolConnections[protocol] ?? 0) + 1;
    if (app === 0) {
      const reason = unknownReason(flows, row)!;
      this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
    }
    if (flows.hasFlag(row, FLOW_BLOCKED)) this.blockedConnections++;
    this.droppedPackets += flows.droppedPacketsOf(row);
    if (flows.droppedPacketsOf(row) === 0) {
      const route = this.hiddenRoutes.routeOf(row);
      if (route !== null) this.hidden.add(route, packets, bytes);
    }
    const name = flows.nameOf(row);
    if (name === 0) return;
    this.labels.names.add(name, packets, bytes);
    if (flows.hasFlag(row, FLOW_MORE_NAMES)) {
      for (const id of this.labels.moreNames.of(row)) this.labels.names.add(id, 0, 0);
    }
  }

  /** Apps by bytes; `restPackets` and `restBytes` are those of packets outside any connection, counted as UNKNOWN. */
  appRows(restPackets: number, restBytes: number): AppRow[] {
    const rows: AppRow[] = [];
    for (let id = 0; id < this.apps.size; id++) {
      const packets = this.appPackets[id]! + (id === 0 ? restPackets : 0);
      if (packets === 0) continue;
      rows.push({
        app: this.apps.nameOf(id),
        app_group: this.apps.groupOf(id),
        category: id === 0 ? null : this.apps.categoryOf(id),
        connections: this.appConnections[id]!,
        lookups: this.appLookups[id]!,
        packets,
        bytes: this.appBytes[id]! + (id === 0 ? restBytes : 0),
      });
    }
    return rows.sort((a, b) => b.bytes - a.bytes || (a.app < b.app ? -1 : 1));
  }

  /** Packets that belong to a connection that has ended. */
  get attributedPackets(): number {
    return this.appPackets.reduce((sum, n) => sum + n, 0);
  }

  get attributedBytes(): number {
    return this.appBytes.reduce((sum, n) => sum + n, 0);
  }

  /** The connections that the report is about; null where these are all. */
  get selected(): SelectedTotals | null {
    if (!this.isPartial) return null;
    const connections = this.appConnections.reduce((sum, n) => sum + n, 0);
    return { connections, packets: this.attributedPackets, bytes: this.attributedBytes };
  }

  /** Rows that `domainRows` can give. */
  domainCount(maxRows: number): number {
    return Math.min(this.listedNames, maxRows);
  }

  /**
   * The names with the most bytes, at most `maxRows`; of those with equally many the ones that came first. Of them, the
   * first `top` in the order of reports.
   */
  domainRows(maxRows: number, top = maxRows): DomainRow[] {
    const { names } = this.labels;
    const rows: DomainRow[] = [];
    const { least, ties } = this.threshold(maxRows);
    // The order among names with equally many bytes depends on their rows, so all of those are made.
    const leastAtTop = top < maxRows ? this.threshold(top).least : least;
    let tiesLeft = ties;
    for (let id = 1; id <= names.size; id++) {
      if (!this.isListed(id) || names.bytesOf(id) < leastAtTop) continue;
      if (names.bytesOf(id) === least && tiesLeft-- <= 0) continue;
      const entry = this.labels.entryOf(id);
      rows.push({
        domain: names.text(id),
        app: this.apps.nameOf(entry < 0 ? 0 : this.apps.appOf(entry)),
        connections: names.connectionsOf(id),
        packets: names.packetsOf(id),
        bytes: names.bytesOf(id),
      });
    }
    rows.sort((a, b) => b.bytes - a.bytes || b.connections - a.connections || (a.domain < b.domain ? -1 : 1));
    return rows.slice(0, top);
  }

  /** The fewest bytes of a name among the largest `maxRows`, and how many of these have exactly that many. */
  private threshold(maxRows: number): { least: number; ties: number } {
    const { names } = this.labels;
    const { listedNames } = this;
    if (listedNames <= maxRows) return { least: 0, ties: Number.POSITIVE_INFINITY };
    const amounts = new Float64Array(listedNames);
    let count = 0;
    for (let id = 1; id <= names.size; id++) if (this.isListed(id)) amounts[count++] = names.bytesOf(id);
    amounts.sort();
    if (maxRows <= 0) return { least: Number.POSITIVE_INFINITY, ties: 0 };
    const least = amounts[count - maxRows]!;
    let ties = 0;
    for (let i = count - maxRows; i < count && amounts[i] === least; i++) ties++;
    return { least, ties };
  }

  private get listedNames(): number {
    const { names } = this.labels;
    if (!this.isPartial) return names.used;
    let count = 0;
    for (let id = 1; id <= names.size; id++) if (this.isListed(id)) count++;
    return count;
  }

  /** Of a partial report, names of connections that it is not about are left out. */
  private isListed(id: number): boolean {
    const { names } = this.labels;
    return !names.isFree(id) && (!this.isPartial || names.connectionsOf(id) > 0);
  }

  protocolCounts(): Record<string, number> {
    const { names } = this.labels.protocols;
    const counts = names.map((name, id) => [name, this.protocolConnections[id] ?? 0] as const);
    return Object.fromEntries(counts.filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)));
  }

  reasonCounts(): Record<string, number> {
    return Object.fromEntries([...this.reasons].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)));
  }
}

/** Packets by the group of their app, groups in the order in which they come first. */
export function groupPackets(apps: readonly Pick<AppRow, 'app_group' | 'packets'>[]): Record<string, number> {
  const groups = new Map<string, number>();
  for (const { app_group, packets } of apps) groups.set(app_group, (groups.get(app_group) ?? 0) + packets);
  return Object.fromEntries(groups);
}

/** Counters, or numbers of packets, by anomaly name, zeros left out. */
export function anomalyCounts(counts: Float64Array): Record<string, number> {
  const named = ANOMALIES.map((name, code) => [name, counts[code]!] as const);
  return Object.fromEntries(named.filter(([, n]) => n > 0));
}
