/** Amounts that there is room for at first. */
const FIRST_AMOUNTS = 1024;
/** Amounts of a list that `find` looks at. */
const SEARCHED = 4;

/**
 * Packets and bytes by time bucket of connections in progress, whose label is not final: lists
 * of a bounded pool. Numbers of amounts
 * are from 1; 0 ends a list.
 */
export class PendingAmounts {
  /** By amount. */
  buckets = new Int32Array(FIRST_AMOUNTS + 1);
  packets = new Int32Array(FIRST_AMOUNTS + 1);
  bytes = new Float64Array(FIRST_AMOUNTS + 1);
  next = new Int32Array(FIRST_AMOUNTS + 1);
  /** Amounts up to this one have been in use. */
  used = 0;
  /** First of the unused amounts among these. */
  private free = 0;

  constructor(private readonly maxAmounts: number) {}

  /** The amount of `bucket` among the first few of a list, 0 for none. Time stamps out of order come back to it. */
  find(first: number, bucket: number): number {
    let amount = first;
    for (let n = 0; n < SEARCHED && amount !== 0; n++) {
      if (this.buckets[amount] === bucket) return amount;
      amount = this.next[amount]!;
    }
    return 0;
  }

  /** Begins an amount of `bucket` in front of the list `first`, 0 when all are in use. */
  take(first: number, bucket: number): number {
    const amount = this.unused();
    if (amount === 0) return 0;
    this.buckets[amount] = bucket;
    this.packets[amount] = 0;
    this.bytes[amount] = 0;
    this.next[amount] = first;
    return amount;
  }

  /** Gives back an amount that `take` returned. */
  release(amount: number): void {
    this.next[amount] = this.free;
    this.free = amount;
  }

  private unused(): number {
    const { free } = this;
    if (free !== 0) {
      this.free = this.next[free]!;
      return free;
    }
    if (this.used >= this.maxAmounts) return 0;
    if (this.used + 1 >= this.next.length) this.grow();
    return ++this.used;
  }

  private grow(): void {
    const len = Math.min(this.maxAmounts, this.used * 2) + 1;
    this.buckets = grown(this.buckets, new Int32Array(len));
    this.packets = grown(this.packets, new Int32Array(len));
    this.bytes = grown(this.bytes, new Float64Array(len));
    this.next = grown(this.next, new Int32Array(len));
  }
}

function grown<T extends Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
