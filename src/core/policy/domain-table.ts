import { fnvFromEnd, foldHash } from '../common/hash.js';
import { LabelWalk } from '../common/label-walk.js';
import type { Steps } from '../common/turns.js';
import { COVERS_EXACT, COVERS_SUBDOMAINS, coverOfFirst, markLenOf } from './domain-pattern.js';
import type { RuleSlice } from './rule-kind.js';

const DOT = 46;

/** Columns of a slot. Names are compared only where the hashes of all of their bytes are equal. */
const HASH = 0;
/** Number of the rule plus one; 0 marks a free slot. */
const RULE = 1;
const SLOT_LEN = 2;

/** Bits of the filter per slot: at most half the slots are taken, so one bit in eight is set at most. */
const FILTER_BITS_PER_SLOT = 4;

/** Rules put into the table before others get their turn: some milliseconds. */
const RULES_PER_TURN = 10_000;

const NO_BYTES = Buffer.alloc(0);

/**
 * Domain rules of one action as a hash table over name bytes. A look-up walks the name once from its right end, rolling
 * the hash, and probes at each label boundary: no strings and no allocation. A bit filter of a megabyte per million
 * rules answers most probes of names that no rule covers without touching the table.
 */
export class DomainTable {
  /** Rules in the table; a second rule for the same value is left out. */
  private size = 0;
  private readonly values: RuleBytes;
  private readonly slots: Int32Array;
  private readonly mask: number;
  private readonly filter: Int32Array;
  private longest = 0;
  private readonly walk = new LabelWalk();

  private constructor(slices: readonly RuleSlice[]) {
    const rules = slices.reduce((sum, { values }) => sum + values.length, 0);
    let capacity = 16;
    while (capacity < rules * 2) capacity *= 2;
    this.mask = capacity - 1;
    this.slots = new Int32Array(rules === 0 ? 0 : capacity * SLOT_LEN);
    this.filter = new Int32Array(rules === 0 ? 0 : (capacity * FILTER_BITS_PER_SLOT) / 32);
    this.values = new RuleBytes(slices);
  }

  static *build(slices: readonly RuleSlice[]): Steps<DomainTable> {
    const table = new DomainTable(slices);
    let untilTurn = RULES_PER_TURN;
    for (const { first, values } of slices) {
      for (let i = 0; i < values.length; i++) {
        if (--untilTurn === 0) {
          untilTurn = RULES_PER_TURN;
          yield;
        }
        const nameLen = table.insert(values.bytesOf(i), values.startOf(i), values.endOf(i), first + i);
        if (nameLen === 0) continue;
        if (nameLen > table.longest) table.longest = nameLen;
        table.size++;
      }
    }
    return table;
  }

  /** The deciding rule for the lower-case name `buf[start, end)`, -1 for none. */
  find(buf: Buffer, start: number, end: number): number {
    if (this.size === 0) return -1;
    if (end > start && buf[end - 1] === DOT) end--;
    const { filter, mask, walk } = this;
    let deciding = -1;
    walk.begin(start, end, this.longest);
    while (walk.next(buf)) {
      const mixed = foldHash(walk.hash);
      const bit = mixed & (mask * FILTER_BITS_PER_SLOT + FILTER_BITS_PER_SLOT - 1);
      if ((filter[bit >>> 5]! & (1 << (bit & 31))) === 0) continue;
      const slot = this.narrowest(buf, start, end);
      if (slot >= 0) deciding = this.ruleAt(slot);
    }
    return deciding;
  }

  /** Appends every rule that covers the name, the deciding one first. */
  findAll(buf: Buffer, start: number, end: number, into: number[]): void {
    if (this.size === 0) return;
    if (end > start && buf[end - 1] === DOT) end--;
    const found: { rule: number; cover: number; at: number }[] = [];
    const { walk } = this;
    walk.begin(start, end, this.longest);
    while (walk.next(buf)) {
      for (let slot = this.nextSlot(-1, buf, end); slot >= 0; slot = this.nextSlot(slot, buf, end)) {
        const cover = this.coverAt(slot);
        if (applies(cover, walk.at === start)) found.push({ rule: this.ruleAt(slot), cover, at: walk.at });
      }
    }
    found.sort((a, b) => a.at - b.at || b.cover - a.cover);
    for (const { rule } of found) into.push(rule);
  }

  /** Slot of the narrowest rule for the walked labels that applies to the name `buf[start, end)`, -1 for none. */
  private narrowest(buf: Buffer, start: number, end: number): number {
    const whole = this.walk.at === start;
    let best = -1;
    let bestCover = -1;
    for (let slot = this.nextSlot(-1, buf, end); slot >= 0; slot = this.nextSlot(slot, buf, end)) {
      const cover = this.coverAt(slot);
      if (cover > bestCover && applies(cover, whole)) {
        best = slot;
        bestCover = cover;
      }
    }
    return best;
  }

  /** The next slot behind `previous` (-1: from the first) for the labels walked so far; -1 when there is no more. */
  private nextSlot(previous: number, buf: Buffer, end: number): number {
    const { slots, mask } = this;
    const { hash, at } = this.walk;
    let slot = previous < 0 ? foldHash(hash) & mask : (previous / SLOT_LEN + 1) & mask;
    for (; ; slot = (slot + 1) & mask) {
      const row = slot * SLOT_LEN;
      if (slots[row + RULE] === 0) return -1;
      if (slots[row + HASH] === hash && this.hasName(row, buf, at, end)) return row;
    }
  }

  private ruleAt(row: number): number {
    return this.slots[row + RULE]! - 1;
  }

  private coverAt(row: number): number {
    this.values.seek(this.ruleAt(row));
    return this.values.cover;
  }

  /** Whether the rule of a slot is for the name `buf[at, end)`. */
  private hasName(row: number, buf: Buffer, at: number, end: number): boolean {
    const { values } = this;
    values.seek(this.ruleAt(row));
    return values.endsWith(values.start + markLenOf(values.cover), buf, at, end);
  }

  /** Adds a rule for `buf[start, end)`. Returns the name's length, 0 when the value is there already. */
  private insert(buf: Buffer, start: number, end: number, rule: number): number {
    const { slots, mask, values } = this;
    const nameStart = start + markLenOf(coverOfFirst(buf[start]!));
    const hash = fnvFromEnd(buf, nameStart, end);
    const mixed = foldHash(hash);
    let slot = mixed & mask;
    for (; slots[slot * SLOT_LEN + RULE] !== 0; slot = (slot + 1) & mask) {
      if (slots[slot * SLOT_LEN + HASH] !== hash) continue;
      values.seek(this.ruleAt(slot * SLOT_LEN));
      if (values.endsWith(values.start, buf, start, end)) return 0;
    }
    slots[slot * SLOT_LEN + HASH] = hash;
    slots[slot * SLOT_LEN + RULE] = rule + 1;
    const bit = mixed & (mask * FILTER_BITS_PER_SLOT + FILTER_BITS_PER_SLOT - 1);
    this.filter[bit >>> 5]! |= 1 << (bit & 31);
    return end - nameStart;
  }
}

/** The value of one rule after the other, as bytes. */
class RuleBytes {
  /** The value of the rule last sought is `bytes[start, end)`. */
  private bytes: Buffer = NO_BYTES;
  start = 0;
  private end = 0;

  /** `slices` in ascending order of their rules. */
  constructor(private readonly slices: readonly RuleSlice[]) {}

  seek(rule: number): void {
    const { slices } = this;
    let low = 0;
    let high = slices.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (slices[middle]!.first <= rule) low = middle;
      else high = middle - 1;
    }
    const { first, values } = slices[low]!;
    this.bytes = values.bytesOf(rule - first);
    this.start = values.startOf(rule - first);
    this.end = values.endOf(rule - first);
  }

  get cover(): number {
    return coverOfFirst(this.bytes[this.start]!);
  }

  /** Whether the value from `from` (in its buffer) to its end is `buf[start, end)`. */
  endsWith(from: number, buf: Buffer, start: number, end: number): boolean {
    if (this.end - from !== end - start) return false;
    const { bytes } = this;
    for (let i = 0; i < end - start; i++) if (bytes[from + i] !== buf[start + i]) return false;
    return true;
  }
}

function applies(cover: number, whole: boolean): boolean {
  if (cover === COVERS_EXACT) return whole;
  return cover !== COVERS_SUBDOMAINS || !whole;
}
