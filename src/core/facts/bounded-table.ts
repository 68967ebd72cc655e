import { hashWords } from '../common/half-sip-hash.js';
import { HashSlots } from '../common/hash-slots.js';

/** Rows that there is room for at first. */
const FIRST_ROWS = 256;
/** Rows that are looked at to find the one to evict. */
const EVICTION_SAMPLE = 16;
/** In a full table, one in 16 light keys gets a row. */
const ADMITTED_MASK = 15;

/** How a table's rows are laid out, and what happens to one that makes room. */
export interface TableLayout {
  /** A row begins with the words of its key; further words are the owner's. */
  readonly keyWords: number;
  /** How many of these words the hash takes in, a multiple of 4; further ones should differ little. */
  readonly hashedWords: number;
  /** Even, so that doubles may lie in rows. */
  readonly rowWords: number;
  /** Adds the row to row 0. */
  evict(row: number): void;
}

/**
 * A bounded table of rows of 32-bit words under keys of several words. Row 0 has no key: it sums up what was evicted.
 * Which row makes room depends on the order of keys alone, never on hashes.
 */
export class BoundedTable {
  /** Both views are others after `find`. A double at word w of a row is at (row * rowWords + w) >> 1. */
  words: Int32Array;
  doubles: Float64Array;
  /** By row: the row of the least weight, of those sampled, is evicted. The owner adds to it. */
  weights: Float64Array = new Float64Array(FIRST_ROWS);
  /** By row. */
  private hashes = new Int32Array(FIRST_ROWS);
  /** Rows in use are 1 to `used`. */
  used = 0;
  /** Rows that were evicted, and keys that got none. */
  evicted = 0;
  private refused = 0;
  /** Weight of the row that was evicted last. */
  private leastWeight = 0;
  /** The key to find. */
  readonly key: Int32Array;
  private readonly slots = new HashSlots();
  private hand = 1;

  constructor(
    private readonly layout: TableLayout,
    private readonly maxRows: number,
    private readonly seed: number,
  ) {
    this.key = new Int32Array(layout.keyWords);
    this.words = new Int32Array(layout.rowWords * FIRST_ROWS);
    this.doubles = new Float64Array(this.words.buffer);
  }

  /**
   * The row of `key`, a new one where there is none. `kept` is a row that must not be evicted for it. In a full table,
   * 0 for most new keys that weigh no more than the row evicted last. `weight` is a 32-bit integer, which is passed
   * without an object.
   */
  find(kept: number, weight: number): number {
    const { key, slots } = this;
    const hash = this.hash();
    for (let slot = slots.first(hash); slot >= 0; slot = slots.next(slot, hash)) {
      const row = slots.entryAt(slot);
      if (this.hasKey(row)) return row;
    }
    const row = this.takeRow(kept, weight);
    if (row === 0) return 0;
    const w = row * this.layout.rowWords;
    for (let n = 0; n < key.length; n++) this.words[w + n] = key[n]!;
    this.hashes[row] = hash;
    slots.add(row, hash);
    return row;
  }

  private hasKey(row: number): boolean {
    const { key, words } = this;
    const w = row * this.layout.rowWords;
    for (let n = 0; n < key.length; n++) if (words[w + n] !== key[n]) return false;
    return true;
  }

  private takeRow(kept: number, weight: number): number {
    const { rowWords } = this.layout;
    if (this.used < this.maxRows) {
      const row = ++this.used;
      if ((row + 1) * rowWords > this.words.length) this.grow();
      return row;
    }
    this.evicted++;
    // A key that comes again and again gets its row in the end.
    if (weight <= this.leastWeight && (++this.refused & ADMITTED_MASK) !== 0) return 0;
    const row = this.lightest(kept);
    if (row === 0) return 0;
    this.layout.evict(row);
    this.slots.remove(row, this.hashes[row]!);
    this.weights[row] = 0;
    for (let w = row * rowWords; w < (row + 1) * rowWords; w++) this.words[w] = 0;
    return row;
  }

  private lightest(kept: number): number {
    const { weights } = this;
    let found = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let n = Math.min(EVICTION_SAMPLE, this.used); n > 0; n--) {
      if (this.hand > this.used) this.hand = 1;
      const row = this.hand++;
      if (row === kept) continue;
      const weight = weights[row]!;
      if (weight < least) {
        least = weight;
        found = row;
      }
    }
    this.leastWeight = found === 0 ? 0 : least;
    return found;
  }

  private hash(): number {
    const { key, seed } = this;
    let hash = seed;
    for (let n = 0; n < this.layout.hashedWords; n += 4) {
      hash = hashWords(key[n]!, key[n + 1]!, key[n + 2]!, key[n + 3]!, hash);
    }
    return hash;
  }

  private grow(): void {
    const { rowWords } = this.layout;
    const words = new Int32Array(Math.min(this.words.length * 2, (this.maxRows + 1) * rowWords));
    words.set(this.words);
    this.words = words;
    this.doubles = new Float64Array(words.buffer);
    const rows = words.length / rowWords;
    const weights = new Float64Array(rows);
    weights.set(this.weights);
    this.weights = weights;
    const hashes = new Int32Array(rows);
    hashes.set(this.hashes);
    this.hashes = hashes;
  }
}
