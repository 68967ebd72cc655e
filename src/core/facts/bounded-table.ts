import { hashWords } from '../common/half-sip-hash.js';
import { HashSlots } from '../common/hash-slots.js';

/** Rows that there is room for at first. */
const FIRST_ROWS = 256;
/** Rows that are looked at to find the one to evict. */
const EVICTION_SAMPLE = 16;
/** In a full table, one in 16 light keys gets a row. */
const ADMITTED_MASK = 15;
/** Places that remember a row of late; a power of two. */
const RECENT_PLACES = 1 << 12;
/** Places that count rows: 16 for each row, but no more than stay in the second-level cache. */
const PLACES_PER_ROW = 16;
const MIN_PLACES = 1 << 12;
const MAX_PLACES = 1 << 17;
/** A count that stays: how many rows of the place there are is not known any more. */
const MANY = 255;

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
 * Which row makes room depends on the order of keys alone, never on hashes. A cheap mix of the key's words settles most
 * look-ups without the keyed hash: it finds keys that came lately, and in a full table most of those that have no row.
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
  /** By place of a key's mix: the row found there last, and how many rows have such keys. */
  private readonly recent = new Int32Array(RECENT_PLACES);
  private readonly counts: Uint8Array;
  private hand = 1;

  constructor(
    private readonly layout: TableLayout,
    private readonly maxRows: number,
    private readonly seed: number,
  ) {
    this.key = new Int32Array(layout.keyWords);
    this.words = new Int32Array(layout.rowWords * FIRST_ROWS);
    this.doubles = new Float64Array(this.words.buffer);
    let places = MIN_PLACES;
    while (places < maxRows * PLACES_PER_ROW && places < MAX_PLACES) places *= 2;
    this.counts = new Uint8Array(places);
  }

  /**
   * The row of `key`, a new one where there is none. `kept` is a row that must not be evicted for it. In a full table,
   * 0 for most new keys that weigh no more than the row evicted last. `weight` is a 32-bit integer, which is passed
   * without an object.
   */
  find(kept: number, weight: number): number {
    const mix = this.mixOf(this.key, 0);
    const place = mix & (RECENT_PLACES - 1);
    const likely = this.recent[place]!;
    if (likely !== 0 && this.hasKey(likely)) return likely;
    const counted = mix & (this.counts.length - 1);
    if (this.counts[counted] === 0) {
      const row = this.takeRow(kept, weight);
      if (row !== 0) this.fill(row, this.hash(), counted);
      return row;
    }
    const hash = this.hash();
    const known = this.lookUp(hash);
    const row = known === 0 ? this.takeRow(kept, weight) : known;
    if (row === 0) return 0;
    if (known === 0) this.fill(row, hash, counted);
    else this.recent[place] = row;
    return row;
  }

  /** The row of `key`, 0 for none. */
  private lookUp(hash: number): number {
    const { slots } = this;
    for (let slot = slots.first(hash); slot >= 0; slot = slots.next(slot, hash)) {
      const row = slots.entryAt(slot);
      if (this.hasKey(row)) return row;
    }
    return 0;
  }

  /** Puts `key` into an empty row. */
  private fill(row: number, hash: number, counted: number): void {
    const { key, words } = this;
    const w = row * this.layout.rowWords;
    for (let n = 0; n < key.length; n++) words[w + n] = key[n]!;
    this.hashes[row] = hash;
    this.slots.add(row, hash);
    if (this.counts[counted]! < MANY) this.counts[counted]!++;
  }

  /** Keys of the same mix can be made at will: they cost a look-up by the keyed hash. */
  private mixOf(words: Int32Array, at: number): number {
    let mix = this.seed;
    for (let n = at; n < at + this.layout.keyWords; n++) mix = Math.imul(mix ^ words[n]!, 0x9e3779b1);
    return mix ^ (mix >>> 15);
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
    const counted = this.mixOf(this.words, row * rowWords) & (this.counts.length - 1);
    if (this.counts[counted]! < MANY) this.counts[counted]!--;
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
