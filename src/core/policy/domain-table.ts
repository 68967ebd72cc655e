import { COVERS_EXACT, COVERS_SUBDOMAINS, coverOf, nameStartOf } from './domain-pattern.js';
import type { RuleSlice } from './rule-kind.js';

const DOT = 46;
/** FNV-1a (draft-eastlake-fnv): multiply-and-xor mixes well enough for names, one byte at a time. */
const HASH_SEED = 0x811c9dc5 | 0;
const HASH_PRIME = 0x01000193;

/** Columns of a slot: everything about a rule but its name's bytes in one quarter of a cache line. */
const HASH = 0;
const NAME_START = 1;
/** Length of the name shifted left by COVER_BITS, and what the rule covers; 0 marks a free slot. */
const SHAPE = 2;
const RULE = 3;
const SLOT_LEN = 4;
const COVER_BITS = 2;
const COVER_MASK = 3;

/** Bits of the filter per slot: at most half the slots are taken, so one bit in eight is set at most. */
const FILTER_BITS_PER_SLOT = 4;

/**
 * Domain rules of one action as a hash table over name bytes. A look-up walks the name once from its right end, rolling
 * the hash, and probes at each label boundary: no strings and no allocation. A bit filter of a megabyte per million rules
 * answers most probes of names that no rule covers without touching the table.
 */
export class DomainTable {
  /** Rules in the table; a second rule for the same value is left out. */
  readonly size: number;
  private readonly bytes: Buffer;
  private readonly slots: Int32Array;
  private readonly mask: number;
  private readonly filter: Int32Array;
  private readonly longest: number;

  constructor(slices: readonly RuleSlice[]) {
    let rules = 0;
    let totalLen = 0;
    for (const { values } of slices) {
      rules += values.length;
      for (let i = 0; i < values.length; i++) totalLen += values[i]!.length;
    }
    let capacity = 16;
    while (capacity < rules * 2) capacity *= 2;
    this.mask = capacity - 1;
    this.slots = new Int32Array(rules === 0 ? 0 : capacity * SLOT_LEN);
    this.filter = new Int32Array(rules === 0 ? 0 : (capacity * FILTER_BITS_PER_SLOT) / 32);
    this.bytes = Buffer.allocUnsafe(totalLen);

    let size = 0;
    let longest = 0;
    let nameStart = 0;
    for (const { first, values } of slices) {
      for (let i = 0; i < values.length; i++) {
        const nameLen = this.insert(values[i]!, nameStart, first + i);
        if (nameLen === 0) continue;
        nameStart += nameLen;
        if (nameLen > longest) longest = nameLen;
        size++;
      }
    }
    this.size = size;
    this.longest = longest;
  }

  /** The deciding rule for the lower-case name `buf[start, end)`, -1 for none. */
  find(buf: Buffer, start: number, end: number): number {
    if (this.size === 0) return -1;
    if (end > start && buf[end - 1] === DOT) end--;
    const stop = Math.max(start, end - this.longest);
    const { filter, mask } = this;
    let hash = HASH_SEED;
    let deciding = -1;
    for (let at = end - 1; at >= stop; at--) {
      hash = Math.imul(hash ^ buf[at]!, HASH_PRIME);
      if (at !== start && buf[at - 1] !== DOT) continue;
      const mixed = mix(hash);
      const bit = mixed & (mask * FILTER_BITS_PER_SLOT + FILTER_BITS_PER_SLOT - 1);
      if ((filter[bit >>> 5]! & (1 << (bit & 31))) === 0) continue;
      const slot = this.narrowest(mixed, hash, buf, at, end, at === start);
      if (slot >= 0) deciding = this.slots[slot + RULE]!;
    }
    return deciding;
  }

  /** Appends every rule that covers the name, the deciding one first. */
  findAll(buf: Buffer, start: number, end: number, into: number[]): void {
    if (this.size === 0) return;
    if (end > start && buf[end - 1] === DOT) end--;
    const found: { rule: number; cover: number; at: number }[] = [];
    let hash = HASH_SEED;
    for (let at = end - 1; at >= start; at--) {
      hash = Math.imul(hash ^ buf[at]!, HASH_PRIME);
      if (at !== start && buf[at - 1] !== DOT) continue;
      for (let slot = this.nextSlot(-1, mix(hash), hash, buf, at, end); slot >= 0; ) {
        const cover = this.slots[slot + SHAPE]! & COVER_MASK;
        if (applies(cover, at === start)) found.push({ rule: this.slots[slot + RULE]!, cover, at });
        slot = this.nextSlot(slot, mix(hash), hash, buf, at, end);
      }
    }
    found.sort((a, b) => a.at - b.at || b.cover - a.cover);
    for (const { rule } of found) into.push(rule);
  }

  /** Bytes held by the table. */
  get byteLength(): number {
    return this.slots.byteLength + this.filter.byteLength + this.bytes.length;
  }

  /** Slot of the narrowest rule for the name `buf[at, end)` that applies there, -1 for none. */
  private narrowest(mixed: number, hash: number, buf: Buffer, at: number, end: number, whole: boolean): number {
    let best = -1;
    let bestCover = -1;
    for (let slot = this.nextSlot(-1, mixed, hash, buf, at, end); slot >= 0; ) {
      const cover = this.slots[slot + SHAPE]! & COVER_MASK;
      if (cover > bestCover && applies(cover, whole)) {
        best = slot;
        bestCover = cover;
      }
      slot = this.nextSlot(slot, mixed, hash, buf, at, end);
    }
    return best;
  }

  /** The next slot behind `previous` (-1: from the first) with the name `buf[at, end)`; -1 when there is no more. */
  private nextSlot(previous: number, mixed: number, hash: number, buf: Buffer, at: number, end: number): number {
    const { slots, mask } = this;
    let slot = previous < 0 ? mixed & mask : (previous / SLOT_LEN + 1) & mask;
    for (; ; slot = (slot + 1) & mask) {
      const row = slot * SLOT_LEN;
      const shape = slots[row + SHAPE]!;
      if (shape === 0) return -1;
      if (slots[row] !== hash || shape >>> COVER_BITS !== end - at) continue;
      if (this.isName(slots[row + NAME_START]!, buf, at, end)) return row;
    }
  }

  private isName(nameStart: number, buf: Buffer, at: number, end: number): boolean {
    const { bytes } = this;
    const shift = nameStart - at;
    for (let i = at; i < end; i++) if (bytes[i + shift] !== buf[i]) return false;
    return true;
  }

  /** Adds a rule and writes its name at `nameStart`. Returns the name's length, 0 when the value is there already. */
  private insert(value: string, nameStart: number, rule: number): number {
    const { slots, mask, bytes } = this;
    const from = nameStartOf(value);
    const end = nameStart + value.length - from;
    let hash = HASH_SEED;
    for (let i = value.length - 1, to = end - 1; to >= nameStart; i--, to--) {
      const code = value.charCodeAt(i);
      bytes[to] = code;
      hash = Math.imul(hash ^ code, HASH_PRIME);
    }
    const shape = ((end - nameStart) << COVER_BITS) | coverOf(value);
    const mixed = mix(hash);
    let slot = mixed & mask;
    for (; slots[slot * SLOT_LEN + SHAPE] !== 0; slot = (slot + 1) & mask) {
      const row = slot * SLOT_LEN;
      const same = slots[row] === hash && slots[row + SHAPE] === shape;
      if (same && this.isName(slots[row + NAME_START]!, bytes, nameStart, end)) return 0;
    }
    slots[slot * SLOT_LEN + HASH] = hash;
    slots[slot * SLOT_LEN + NAME_START] = nameStart;
    slots[slot * SLOT_LEN + SHAPE] = shape;
    slots[slot * SLOT_LEN + RULE] = rule;
    const bit = mixed & (mask * FILTER_BITS_PER_SLOT + FILTER_BITS_PER_SLOT - 1);
    this.filter[bit >>> 5]! |= 1 << (bit & 31);
    return end - nameStart;
  }
}

function applies(cover: number, whole: boolean): boolean {
  if (cover === COVERS_EXACT) return whole;
  return cover !== COVERS_SUBDOMAINS || !whole;
}

/** Brings the well-mixed upper bits down to where the masks look. */
function mix(hash: number): number {
  return hash ^ (hash >>> 15);
}
