import type { AppTable } from '../classify/app-table.js';
import { TCP, UDP } from '../common/ip-protocols.js';
import type { FlowRows } from '../flow/flow-rows.js';

/** A connection that does not count for any app yet. */
const UNCOUNTED = 0xffff;

/** Packets and connections of one app so far, connections in progress included. */
export interface AppTotals {
  /** "UNKNOWN" for connections of no known app. */
  readonly app: string;
  readonly app_group: string;
  /** Null for UNKNOWN. */
  readonly category: string | null;
  readonly connections: number;
  readonly packets: number;
  readonly bytes: number;
}

/**
 * Sums that are right at any moment, not only once all connections have ended. A connection counts as a whole for the
 * app that it has now. Each packet costs a few additions.
 */
export class TrafficTotals {
  packets = 0;
  bytes = 0;
  tcpPackets = 0;
  udpPackets = 0;
  /** Packets that are neither TCP nor UDP. */
  otherPackets = 0;
  droppedPackets = 0;
  droppedBytes = 0;
  /** App that the connection counts for, by row. */
  private readonly appOfRow: Uint16Array;
  private readonly connections: Float64Array;
  private readonly appPackets: Float64Array;
  private readonly appBytes: Float64Array;

  constructor(
    private readonly flows: FlowRows,
    private readonly apps: AppTable,
  ) {
    this.appOfRow = new Uint16Array(flows.maxFlows);
    this.connections = new Float64Array(apps.size);
    this.appPackets = new Float64Array(apps.size);
    this.appBytes = new Float64Array(apps.size);
  }

  get forwardedPackets(): number {
    return this.packets - this.droppedPackets;
  }

  get forwardedBytes(): number {
    return this.bytes - this.droppedBytes;
  }

  /** A packet of `wireLen` bytes of the connection `row`, which it may have begun, has been judged. */
  packet(row: number, starts: boolean, wireLen: number, dropped: boolean): void {
    const proto = this.flows.ipProtocolOf(row);
    this.packets++;
    this.bytes += wireLen;
    if (proto === TCP) this.tcpPackets++;
    else if (proto === UDP) this.udpPackets++;
    else this.otherPackets++;
    if (dropped) {
      this.droppedPackets++;
      this.droppedBytes += wireLen;
    }
    if (starts) this.appOfRow[row] = UNCOUNTED;
    const app = this.flows.appOf(row);
    if (this.appOfRow[row] === app) {
      this.appPackets[app]!++;
      this.appBytes[app]! += wireLen;
    } else {
      this.count(row, app, 1, wireLen);
    }
  }

  /** The connection `row` ends. Its end may have shown its app. */
  ended(row: number): void {
    const app = this.flows.appOf(row);
    if (this.appOfRow[row] !== app) this.count(row, app, 0, 0);
  }

  /** Apps that had packets, those with the most first. */
  appTotals(): AppTotals[] {
    const { apps } = this;
    const rows: AppTotals[] = [];
    for (let id = 0; id < apps.size; id++) {
      if (this.appPackets[id] === 0) continue;
      rows.push({
        app: apps.nameOf(id),
        app_group: apps.groupOf(id),
        category: id === 0 ? null : apps.categoryOf(id),
        connections: this.connections[id]!,
        packets: this.appPackets[id]!,
        bytes: this.appBytes[id]!,
      });
    }
    return rows.sort((a, b) => b.packets - a.packets || (a.app < b.app ? -1 : 1));
  }

  /** Moves the whole connection to `app`. Its last `packets` and `bytes` count for no app yet. */
  private count(row: number, app: number, packets: number, bytes: number): void {
    const allPackets = this.flows.packetsOf(row);
    const allBytes = this.flows.bytesOf(row);
    const before = this.appOfRow[row]!;
    if (before !== UNCOUNTED) {
      this.connections[before]!--;
      this.appPackets[before]! -= allPackets - packets;
      this.appBytes[before]! -= allBytes - bytes;
    }
    this.connections[app]!++;
    this.appPackets[app]! += allPackets;
    this.appBytes[app]! += allBytes;
    this.appOfRow[row] = app;
  }
}
