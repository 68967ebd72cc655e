import type { IpPrefix } from './ip-prefix.js';

/** The index by upper bits has at most 2^16 entries, and no more than there are ranges. */
const MAX_INDEX_BITS = 16;

/**
 * Longest-prefix match over prefixes of one address family. Prefixes nest or are disjoint, so they flatten into sorted
 * ranges, each with the innermost prefix that covers it. A look-up is a binary search among the ranges that share the
 * upper bits of the address.
 */
export class PrefixTable {
  /** Distinct prefixes in the table. */
  readonly size: number;
  /** First address of each range, one word for IPv4 and four for IPv6; a range ends where the next one starts. */
  private readonly starts: Uint32Array;
  /** Prefix that covers the range, -1 for none. */
  private readonly covering: Int32Array;
  /** Range that holds the first address whose upper bits are `i`; one entry more for the end. */
  private readonly firstRange: Int32Array;
  /** Right shift that leaves those upper bits of an address's first word. */
  private readonly indexShift: number;
  private readonly ids: Int32Array;
  private readonly lengths: Uint8Array;
  /** The next wider prefix around each, -1 for none. */
  private readonly parents: Int32Array;

  constructor(prefixes: PrefixList) {
    const sorted = prefixes.sortedUnique();
    const { width, count } = sorted;
    this.size = count;
    this.ids = sorted.ids;
    this.lengths = sorted.lengths;
    this.parents = new Int32Array(count).fill(-1);

    const ranges = new RangeList(width, 2 * count + 1);
    ranges.push(new Uint32Array(width), 0, -1);
    const open: number[] = [];
    const behind = new Uint32Array(width);
    /** Ends the open prefixes that do not reach the address of prefix `next` (`count`: all of them). */
    const closeBefore = (next: number): void => {
      while (open.length > 0) {
        const ends = sorted.addressBehind(open[open.length - 1]!, behind);
        if (next < count && (!ends || compareWords(behind, 0, sorted.words, next * width, width) > 0)) return;
        open.pop();
        if (ends) ranges.push(behind, 0, open.length > 0 ? open[open.length - 1]! : -1);
      }
    };
    for (let i = 0; i < count; i++) {
      closeBefore(i);
      if (open.length > 0) this.parents[i] = open[open.length - 1]!;
      open.push(i);
      ranges.push(sorted.words, i * width, i);
    }
    closeBefore(count);
    this.starts = ranges.starts.slice(0, ranges.count * width);
    this.covering = ranges.values.slice(0, ranges.count);
    const bits = Math.min(MAX_INDEX_BITS, Math.max(1, Math.ceil(Math.log2(ranges.count))));
    this.indexShift = 32 - bits;
    this.firstRange = indexUpperBits(this.starts, width, bits);
  }

  /** Number of the longest prefix around an IPv4 address (unsigned 32 bits), -1 for none. */
  findV4(address: number): number {
    const { starts } = this;
    const upper = address >>> this.indexShift;
    let low = this.firstRange[upper]!;
    let high = this.firstRange[upper + 1]!;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (starts[middle]! <= address) low = middle;
      else high = middle - 1;
    }
    return this.covering[low]!;
  }

  /** Number of the longest prefix around an IPv6 address of four unsigned words, -1 for none. */
  findV6(a: number, b: number, c: number, d: number): number {
    const { starts } = this;
    const upper = a >>> this.indexShift;
    let low = this.firstRange[upper]!;
    let high = this.firstRange[upper + 1]!;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      const at = middle * 4;
      let atOrBefore: boolean;
      if (starts[at]! !== a) atOrBefore = starts[at]! < a;
      else if (starts[at + 1]! !== b) atOrBefore = starts[at + 1]! < b;
      else if (starts[at + 2]! !== c) atOrBefore = starts[at + 2]! < c;
      else atOrBefore = starts[at + 3]! <= d;
      if (atOrBefore) low = middle;
      else high = middle - 1;
    }
    return this.covering[low]!;
  }

  /** The id that the prefix of that number was pushed with, -1 for -1. */
  idOf(prefix: number): number {
    return prefix < 0 ? -1 : this.ids[prefix]!;
  }

  /** Length in bits of a prefix number, -1 for -1. */
  lengthOf(prefix: number): number {
    return prefix < 0 ? -1 : this.lengths[prefix]!;
  }

  /** Appends the ids of the prefix of that number and of every wider prefix around it, narrowest first. */
  collect(prefix: number, into: number[]): void {
    for (let at = prefix; at >= 0; at = this.parents[at]!) into.push(this.ids[at]!);
  }
}

/** Prefixes of one address family, each with the caller's id for it, in columns. */
export class PrefixList {
  readonly width: number;
  count = 0;
  words: Uint32Array;
  lengths: Uint8Array;
  ids: Int32Array;

  constructor(isV6: boolean, capacity = 16) {
    this.width = isV6 ? 4 : 1;
    this.words = new Uint32Array(capacity * this.width);
    this.lengths = new Uint8Array(capacity);
    this.ids = new Int32Array(capacity);
  }

  push(prefix: IpPrefix, id: number): void {
    if (this.count === this.ids.length) this.grow();
    for (let i = 0; i < this.width; i++) this.words[this.count * this.width + i] = prefix.words[i]!;
    this.lengths[this.count] = prefix.length;
    this.ids[this.count++] = id;
  }

  /** By address, wider prefixes first. Of equal prefixes the one that was pushed first stays. */
  sortedUnique(): PrefixList {
    const { words, lengths, width } = this;
    const compare = (a: number, b: number): number =>
      compareWords(words, a * width, words, b * width, width) || lengths[a]! - lengths[b]!;
    const order = Uint32Array.from({ length: this.count }, (_, i) => i);
    order.sort((a, b) => compare(a, b) || a - b);
    const sorted = new PrefixList(width === 4, this.count);
    for (let i = 0; i < order.length; i++) {
      const at = order[i]!;
      if (i > 0 && compare(at, order[i - 1]!) === 0) continue;
      sorted.words.set(words.subarray(at * width, (at + 1) * width), sorted.count * width);
      sorted.lengths[sorted.count] = lengths[at]!;
      sorted.ids[sorted.count++] = this.ids[at]!;
    }
    return sorted;
  }

  /** Writes the first address behind prefix `at`; false when the prefix reaches the end of the address space. */
  addressBehind(at: number, into: Uint32Array): boolean {
    for (let i = 0; i < this.width; i++) into[i] = this.words[at * this.width + i]!;
    const length = this.lengths[at]!;
    let index = ((length + 31) >>> 5) - 1;
    if (index < 0) return false;
    let sum = into[index]! + 2 ** (32 * (index + 1) - length);
    while (sum > 0xffffffff) {
      into[index] = 0;
      if (--index < 0) return false;
      sum = into[index]! + 1;
    }
    into[index] = sum;
    return true;
  }

  private grow(): void {
    const wider = new PrefixList(this.width === 4, this.count * 2);
    wider.words.set(this.words);
    wider.lengths.set(this.lengths);
    wider.ids.set(this.ids);
    this.words = wider.words;
    this.lengths = wider.lengths;
    this.ids = wider.ids;
  }
}

/** Boundaries in ascending order; a later one at the same address replaces the earlier. */
class RangeList {
  count = 0;
  readonly starts: Uint32Array;
  readonly values: Int32Array;

  constructor(
    private readonly width: number,
    capacity: number,
  ) {
    this.starts = new Uint32Array(capacity * width);
    this.values = new Int32Array(capacity);
  }

  push(words: Uint32Array, at: number, value: number): void {
    const { starts, width } = this;
    const last = this.count - 1;
    const repeats = last >= 0 && compareWords(starts, last * width, words, at, width) === 0;
    const range = repeats ? last : this.count++;
    for (let i = 0; i < width; i++) starts[range * width + i] = words[at + i]!;
    this.values[range] = value;
  }
}

/** For each value of the upper `bits` bits the range that holds its first address; one entry more for the end. */
function indexUpperBits(starts: Uint32Array, width: number, bits: number): Int32Array {
  const count = 2 ** bits;
  const index = new Int32Array(count + 1);
  const ranges = starts.length / width;
  const first = new Uint32Array(width);
  let range = 0;
  for (let upper = 0; upper < count; upper++) {
    first[0] = upper * 2 ** (32 - bits);
    while (range + 1 < ranges && compareWords(starts, (range + 1) * width, first, 0, width) <= 0) range++;
    index[upper] = range;
  }
  index[count] = ranges - 1;
  return index;
}

function compareWords(a: Uint32Array, aAt: number, b: Uint32Array, bAt: number, width: number): number {
  for (let i = 0; i < width; i++) {
    if (a[aAt + i] !== b[bAt + i]) return a[aAt + i]! < b[bAt + i]! ? -1 : 1;
  }
  return 0;
}
