/** Numbers below a bound for some of the connections in progress, found by row. Freed numbers are used again. */
export class RowSlots {
  /** By row: its number + 1, 0 for none. Grows with the rows in use. */
  private byRow = new Int32Array(1024);
  private readonly free: number[] = [];
  private used = 0;

  constructor(private readonly max: number) {}

  /** -1 for a connection without one. */
  get(row: number): number {
    return row < this.byRow.length ? this.byRow[row]! - 1 : -1;
  }

  /** Gives one to a connection that has none; -1 when all are in use. */
  take(row: number): number {
    const slot = this.free.pop() ?? (this.used < this.max ? this.used++ : -1);
    if (slot < 0) return -1;
    if (row >= this.byRow.length) {
      const larger = new Int32Array(Math.max(row + 1, this.byRow.length * 2));
      larger.set(this.byRow);
      this.byRow = larger;
    }
    this.byRow[row] = slot + 1;
    return slot;
  }

  /** Takes back what the connection has, if anything. */
  release(row: number): void {
    const slot = this.get(row);
    if (slot < 0) return;
    this.byRow[row] = 0;
    this.free.push(slot);
  }
}
