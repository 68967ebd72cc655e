/** Names kept of one connection (a proxy may carry any number). */
const MAX_NAMES_PER_CONNECTION = 256;
/** Further names kept of all connections in progress together. */
const MAX_MORE_NAMES = 1 << 20;

const NONE: readonly number[] = [];

/**
 * Names beside the first of the connections in progress that have several, by NameTable ids in the order in which they
 * came.
 */
export class MoreNames {
  private readonly byRow = new Map<number, number[]>();
  /** Ids in all lists. */
  private len = 0;
  /** Names of a connection that were left out because there were too many. */
  refused = 0;

  /** Connections that have any. */
  get size(): number {
    return this.byRow.size;
  }

  /** Those of `row`, valid until it gets another. */
  of(row: number): readonly number[] {
    return this.byRow.get(row) ?? NONE;
  }

  /** Adds a name, or counts it where there is no room; false where the connection has it already. */
  add(row: number, id: number): boolean {
    let list = this.byRow.get(row);
    if (list === undefined) {
      list = [];
      this.byRow.set(row, list);
    }
    if (list.includes(id)) return false;
    if (list.length >= MAX_NAMES_PER_CONNECTION || this.len >= MAX_MORE_NAMES) this.refused++;
    else {
      list.push(id);
      this.len++;
    }
    return true;
  }

  /** The connection has ended. */
  drop(row: number): void {
    this.len -= this.of(row).length;
    this.byRow.delete(row);
  }

  /** Sets `pinned[name]` to 1 for each of them. */
  pin(pinned: Uint8Array): void {
    for (const list of this.byRow.values()) for (const id of list) pinned[id] = 1;
  }
}
