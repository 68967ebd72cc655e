/** Amounts that there is room for at first. */
const FIRST_AMOUNTS = 1024;

/**
 * Bytes by label, in lists of a bounded pool, the label that was used last in front. Numbers of amounts are from 1; 0
 * ends a list.
 */
export class LabelAmounts {
  /** Amounts that found no room. */
  refused = 0;
  private labels = new Int32Array(FIRST_AMOUNTS + 1);
  private bytes = new Float64Array(FIRST_AMOUNTS + 1);
  private next = new Int32Array(FIRST_AMOUNTS + 1);
  private used = 0;
  private free = 0;

  constructor(private readonly maxAmounts: number) {}

  /** Adds bytes under the label to the list `first`; returns its new first amount. */
  add(first: number, label: number, bytes: number): number {
    const { labels, next } = this;
    let before = 0;
    for (let amount = first; amount !== 0; amount = next[amount]!) {
      if (labels[amount] === label) {
        this.bytes[amount]! += bytes;
        if (before === 0) return first;
        next[before] = next[amount]!;
        next[amount] = first;
        return amount;
      }
      before = amount;
    }
    const amount = this.take();
    if (amount === 0) {
      this.refused++;
      return first;
    }
    this.labels[amount] = label;
    this.bytes[amount] = bytes;
    this.next[amount] = first;
    return amount;
  }

  /** Gives all amounts of a list back. */
  release(first: number): void {
    for (let amount = first; amount !== 0; ) {
      const next = this.next[amount]!;
      this.next[amount] = this.free;
      this.free = amount;
      amount = next;
    }
  }

  /** Labels and bytes of a list. */
  listOf(first: number): { label: number; bytes: number }[] {
    const list: { label: number; bytes: number }[] = [];
    for (let amount = first; amount !== 0; amount = this.next[amount]!) {
      list.push({ label: this.labels[amount]!, bytes: this.bytes[amount]! });
    }
    return list;
  }

  private take(): number {
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
    const labels = new Int32Array(len);
    labels.set(this.labels);
    this.labels = labels;
    const bytes = new Float64Array(len);
    bytes.set(this.bytes);
    this.bytes = bytes;
    const next = new Int32Array(len);
    next.set(this.next);
    this.next = next;
  }
}
