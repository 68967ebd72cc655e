/**
 * NameTable ids of the names found since it was cleared. Clearing an array costs more than all else a packet does here.
 */
export class FoundNames {
  count = 0;
  private readonly ids: number[] = [];

  add(id: number): void {
    this.ids[this.count++] = id;
  }

  /** Name number `at`, 0 to count - 1. */
  at(at: number): number {
    return this.ids[at]!;
  }

  clear(): void {
    this.count = 0;
  }
}
