import type { ConnectionRecord } from './model.js';
import { measureOf, type SortKey } from './sort-keys.js';

/** The connections that come first by `sort`, at most `capacity` of them: a heap with the last of them on top. */
export class LargestConnections {
  private readonly heap: ConnectionRecord[] = [];
  private readonly measure: (connection: ConnectionRecord) => number;

  constructor(
    readonly capacity: number,
    private readonly sort: SortKey = 'bytes',
  ) {
    this.measure = measureOf(sort);
  }

  /**
   * Whether a connection of so many bytes may have a place, asked before its record is made. In another order than by
   * bytes `add` decides.
   */
  accepts(bytes: number): boolean {
    const { heap, capacity } = this;
    return heap.length < capacity || (capacity > 0 && (this.sort !== 'bytes' || bytes >= heap[0]!.bytes));
  }

  /**
   * Keeps the record if it has a place; it must not change any more then. Returns the record that has no place: the one
   * that lost its own, `record` itself, or null while there is room.
   */
  add(record: ConnectionRecord): ConnectionRecord | null {
    const { heap } = this;
    if (heap.length < this.capacity) {
      heap.push(record);
      this.rise(heap.length - 1);
      return null;
    }
    const [last] = heap;
    if (last === undefined || !this.comesAfter(last, record)) return record;
    heap[0] = record;
    this.sink();
    return last;
  }

  /** In order; equal ones in the order of their beginning. */
  sorted(): ConnectionRecord[] {
    return [...this.heap].sort((a, b) => (this.comesAfter(a, b) ? 1 : -1));
  }

  private rise(at: number): void {
    const { heap } = this;
    for (let i = at; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (!this.comesAfter(heap[i]!, heap[parent]!)) return;
      this.swap(i, parent);
      i = parent;
    }
  }

  private sink(): void {
    const { heap } = this;
    for (let i = 0; ; ) {
      const left = i * 2 + 1;
      let last = i;
      if (left < heap.length && this.comesAfter(heap[left]!, heap[last]!)) last = left;
      if (left + 1 < heap.length && this.comesAfter(heap[left + 1]!, heap[last]!)) last = left + 1;
      if (last === i) return;
      this.swap(i, last);
      i = last;
    }
  }

  private swap(i: number, j: number): void {
    const record = this.heap[i]!;
    this.heap[i] = this.heap[j]!;
    this.heap[j] = record;
  }

  private comesAfter(a: ConnectionRecord, b: ConnectionRecord): boolean {
    const difference = this.measure(a) - this.measure(b);
    // NaN for two without a measure, whose difference of infinities it is.
    return difference < 0 || (!(difference > 0) && a.id > b.id);
  }
}
