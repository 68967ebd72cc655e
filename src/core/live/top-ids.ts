/**
 * The few ids with the highest scores, in order; a second score decides between equal ones. Allocates nothing per id.
 */
export class TopIds {
  readonly ids: Int32Array;
  private readonly first: Float64Array;
  private readonly second: Float64Array;
  count = 0;

  constructor(readonly capacity: number) {
    this.ids = new Int32Array(capacity);
    this.first = new Float64Array(capacity);
    this.second = new Float64Array(capacity);
  }

  offer(id: number, first: number, second: number): void {
    let at = this.count;
    if (at === this.capacity) {
      if (at === 0 || !this.isBelow(at - 1, first, second)) return;
      at--;
    } else this.count++;
    for (; at > 0 && this.isBelow(at - 1, first, second); at--) {
      this.ids[at] = this.ids[at - 1]!;
      this.first[at] = this.first[at - 1]!;
      this.second[at] = this.second[at - 1]!;
    }
    this.ids[at] = id;
    this.first[at] = first;
    this.second[at] = second;
  }

  private isBelow(at: number, first: number, second: number): boolean {
    return this.first[at]! < first || (this.first[at] === first && this.second[at]! < second);
  }
}
