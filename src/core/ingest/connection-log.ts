import type { FlowTable } from '../flow/flow-table.js';
import type { ConnectionReader } from '../report/connection-reader.js';
import type { ConnectionRecord } from '../report/model.js';

/** A connection as listings show it. */
export interface LoggedConnection extends ConnectionRecord {
  /** True while it is in progress. */
  live: boolean;
}

/** Part of a listing, newest connections first. */
export interface ConnectionPage {
  readonly connections: LoggedConnection[];
  /** Pass it as `before` for the next page; null when this is the last. */
  readonly next: number | null;
}

/** A connection in progress: its id for the order, its row to read it. */
interface LiveRow {
  readonly id: number;
  readonly row: number;
}

/** Rows are gathered until they fill this many pages, then cut back to one. */
const SORTED_AT = 4;

/** The connections in progress, and the last few that ended. */
export class ConnectionLog {
  private readonly ended: ConnectionRecord[] = [];
  private oldest = 0;
  private isOver = false;

  /** Keeps at most `capacity` ended ones. */
  constructor(
    private readonly flows: FlowTable,
    private readonly reader: ConnectionReader,
    private readonly capacity: number,
  ) {}

  add(record: ConnectionRecord): void {
    if (this.ended.length < this.capacity) {
      this.ended.push(record);
    } else if (this.capacity > 0) {
      this.ended[this.oldest] = record;
      this.oldest = (this.oldest + 1) % this.capacity;
    }
  }

  /** All connections have ended. */
  finish(): void {
    this.isOver = true;
  }

  /** Connections in progress, and ended ones that are kept. */
  get size(): number {
    return (this.isOver ? 0 : this.flows.size) + this.ended.length;
  }

  /**
   * The `limit` newest connections that began before the one with the id `before`. Walks over all that are in progress.
   */
  page(limit: number, before = Number.POSITIVE_INFINITY): ConnectionPage {
    const live = this.isOver ? [] : this.newestLive(limit + 1, before);
    const ended = this.ended.filter(({ id }) => id < before).sort((a, b) => b.id - a.id);
    const connections: LoggedConnection[] = [];
    let l = 0;
    let e = 0;
    while (connections.length < limit && (l < live.length || e < ended.length)) {
      const isLive = l < live.length && (e >= ended.length || live[l]!.id > ended[e]!.id);
      const record = isLive ? this.reader.read(live[l++]!.row) : ended[e++]!;
      connections.push({ ...record, tcp_state: null, live: isLive });
    }
    const more = l < live.length || e < ended.length;
    return { connections, next: more ? connections[connections.length - 1]!.id : null };
  }

  /** Rows of the `most` newest connections in progress with an id below `before`, newest first. */
  private newestLive(most: number, before: number): LiveRow[] {
    const { flows } = this;
    let newest: LiveRow[] = [];
    // Ids up to this one are not among the newest any more.
    let least = 0;
    for (let row = 0; row < flows.rowsInUse; row++) {
      const id = flows.idOf(row);
      if (!flows.isInUse(row) || id >= before || id <= least) continue;
      newest.push({ id, row });
      // Cut back only now and then: keeping the page sorted would move it for each row.
      if (newest.length < SORTED_AT * most) continue;
      newest = newestFirst(newest).slice(0, most);
      least = newest[most - 1]!.id;
    }
    return newestFirst(newest).slice(0, most);
  }
}

function newestFirst(rows: LiveRow[]): LiveRow[] {
  return rows.sort((a, b) => b.id - a.id);
}
