import type { UnreadRow } from '../flow/unread-counts.js';
import type { HiddenConnections, HiddenRoute, UnreadPackets } from './model.js';

/** Adds up the connections whose site cannot be known, by the reason. */
export class HiddenTally {
  private readonly rowsByRoute = new Map<HiddenRoute, { connections: number; packets: number; bytes: number }>();

  add(route: HiddenRoute, packets: number, bytes: number): void {
    let row = this.rowsByRoute.get(route);
    if (row === undefined) {
      row = { connections: 0, packets: 0, bytes: 0 };
      this.rowsByRoute.set(route, row);
    }
    row.connections++;
    row.packets += packets;
    row.bytes += bytes;
  }

  /** Those with the most bytes first; `totalBytes` is that of the capture. */
  rows(totalBytes: number): HiddenConnections[] {
    const rows = [...this.rowsByRoute].map(([route, row]) => ({
      route,
      ...row,
      share: shareOf(row.bytes, totalBytes),
    }));
    return rows.sort((a, b) => b.bytes - a.bytes || b.connections - a.connections || (a.route < b.route ? -1 : 1));
  }
}

/** The causes for which packets could not be read, with their share of the capture's bytes. */
export function unreadPackets(rows: readonly UnreadRow[], totalBytes: number): UnreadPackets[] {
  return rows.map(({ cause, value, name, packets, bytes }) => {
    return { cause, value, name, packets, bytes, share: shareOf(bytes, totalBytes) };
  });
}

/** 0 to 1, with four decimals. */
function shareOf(bytes: number, totalBytes: number): number {
  return totalBytes === 0 ? 0 : Math.round((bytes / totalBytes) * 10_000) / 10_000;
}
