import type { ConnectionRecord } from './model.js';

/** The largest connections by bytes, at most `capacity` of them: a heap with the smallest on top. */
export class LargestConnections {
  private readonly heap: ConnectionRecord[] = [];

  constructor(readonly capacity: number) {}

  /** Would a connection of so many bytes have a place? Asks before the record is made. */
  accepts(bytes: number): boolean {
    return this.heap.length < this.capacity || (this.capacity > 0 && bytes > this.heap[0]!.bytes);
  }

  add(record: ConnectionRecord): void {
    const { heap } = this;
    if (heap.length < this.capacity) {
      heap.push(record);
      this.rise(heap.length - 1);
    } else {
      heap[0] = record;
      this.sink();
    }
  }

  /** Largest first; equal ones in the order of their beginning. */
  sorted(): ConnectionRecord[] {
    return [...this.heap].sort((a, b) => b.bytes - a.bytes || a.id - b.id);
  }

  private rise(at: number): void {
    const { heap } = this;
    for (let i = at; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (!smaller(heap[i]!, heap[parent]!)) return;
      this.swap(i, parent);
      i = parent;
    }
  }

  private sink(): void {
    const { heap } = this;
    for (let i = 0; ; ) {
      const left = i * 2 + 1;
      let least = i;
      if (left < heap.length && smaller(heap[left]!, heap[least]!)) least = left;
      if (left + 1 < heap.length && smaller(heap[left + 1]!, heap[least]!)) least = left + 1;
      if (least === i) return;
      this.swap(i, least);
      i = least;
    }
  }

  private swap(i: number, j: number): void {
    const record = this.heap[i]!;
    this.heap[i] = this.heap[j]!;
    this.heap[j] = record;
  }
}

function smaller(a: ConnectionRecord, b: ConnectionRecord): boolean {
  return a.bytes < b.bytes || (a.bytes === b.bytes && a.id > b.id);
}
