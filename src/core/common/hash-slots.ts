/** Fewest slots; a power of two. */
const MIN_SLOTS = 1024;

/**
 * Open addressing for tables whose entries lie elsewhere: small positive numbers under a 32-bit hash of what they stand
 * for. A slot holds both, so that a look-up leaves its cache line only for an entry with the very hash. Grows by
 * doubling, and is never more than half full. What an entry stands for is for the caller to compare:
 *
 *     for (let slot = slots.first(hash); slot >= 0; slot = slots.next(slot, hash)) {
 *       if (isWanted(slots.entryAt(slot))) …
 *     }
 */
export class HashSlots {
  /** Pairs of entry (0 for a free slot) and hash. */
  private pairs = new Int32Array(MIN_SLOTS * 2);
  private mask = MIN_SLOTS - 1;
  /** Entries at present. */
  size = 0;

  /** Slot of the first entry that may be one with this hash, -1 for none. Valid until an entry comes or goes. */
  first(hash: number): number {
    return this.from(hash & this.mask, hash);
  }

  /** The same, behind `slot`. */
  next(slot: number, hash: number): number {
    return this.from((slot + 1) & this.mask, hash);
  }

  entryAt(slot: number): number {
    return this.pairs[slot << 1]!;
  }

  /**
   * The entry in the home slot of this hash, whatever its own hash is, 0 for none: to load the slots of many hashes in
   * a row, so that their cache misses overlap.
   */
  home(hash: number): number {
    return this.pairs[(hash & this.mask) << 1]!;
  }

  /** Puts in an entry that is not there. */
  add(entry: number, hash: number): void {
    if (++this.size * 2 > this.mask + 1) this.grow();
    place(this.pairs, this.mask, entry, hash);
  }

  /** Takes out an entry that is there under this hash. Shifts others back, so that no tombstones pile up. */
  remove(entry: number, hash: number): void {
    const { pairs, mask } = this;
    let hole = hash & mask;
    while (pairs[hole << 1] !== entry) hole = (hole + 1) & mask;
    for (let next = (hole + 1) & mask; pairs[next << 1] !== 0; next = (next + 1) & mask) {
      const home = pairs[(next << 1) + 1]! & mask;
      if (((next - home) & mask) >= ((next - hole) & mask)) {
        pairs[hole << 1] = pairs[next << 1]!;
        pairs[(hole << 1) + 1] = pairs[(next << 1) + 1]!;
        hole = next;
      }
    }
    pairs[hole << 1] = 0;
    this.size--;
  }

  private from(start: number, hash: number): number {
    const { pairs, mask } = this;
    for (let slot = start; pairs[slot << 1] !== 0; slot = (slot + 1) & mask) {
      if (pairs[(slot << 1) + 1] === hash) return slot;
    }
    return -1;
  }

  private grow(): void {
    const old = this.pairs;
    this.pairs = new Int32Array(old.length * 2);
    this.mask = old.length - 1;
    for (let i = 0; i < old.length; i += 2) if (old[i] !== 0) place(this.pairs, this.mask, old[i]!, old[i + 1]!);
  }
}

/** Writes an entry into the first free slot from its home on. */
function place(pairs: Int32Array, mask: number, entry: number, hash: number): void {
  let slot = hash & mask;
  while (pairs[slot << 1] !== 0) slot = (slot + 1) & mask;
  pairs[slot << 1] = entry;
  pairs[(slot << 1) + 1] = hash;
}
