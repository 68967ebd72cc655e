/** Learns at once that a limit has left a part of a connection unread. */
export interface UninspectedListener {
  uninspected(row: number): void;
}

/** Connections in progress of which a limit left a part unread: a name may be in that part. */
export class UninspectedRows {
  /** Null without rules. */
  listener: UninspectedListener | null = null;
  /** Connections that have ended and were not blocked. */
  passed = 0;
  /** 1 by row; null before the first. */
  private marks: Uint8Array | null = null;

  constructor(private readonly maxFlows: number) {}

  add(row: number): void {
    this.marks ??= new Uint8Array(this.maxFlows);
    this.marks[row] = 1;
    this.listener?.uninspected(row);
  }

  has(row: number): boolean {
    return this.marks !== null && this.marks[row] === 1;
  }

  /** The connection `row` has ended. */
  ended(row: number, isBlocked: boolean): void {
    if (this.marks === null || this.marks[row] === 0) return;
    this.marks[row] = 0;
    if (!isBlocked) this.passed++;
  }
}
