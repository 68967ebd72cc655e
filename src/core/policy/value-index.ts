import { fnvFromEnd, foldHash } from '../common/hash.js';
import type { Steps } from '../common/turns.js';
import type { PackedTexts } from './packed-texts.js';

/** Values indexed before others get their turn: some milliseconds. */
const VALUES_PER_TURN = 10_000;

/** Lists of values, numbered through: value `i` of a list is number `first + i`. */
export interface IndexedList {
  readonly first: number;
  readonly values: PackedTexts;
}

/** Finds values by their text among up to millions: a hash table of numbers, 8 to 16 bytes a value. */
export class ValueIndex {
  /** Number of a value plus one; 0 marks a free slot. */
  private readonly slots: Int32Array;
  private readonly mask: number;

  private constructor(private readonly lists: readonly IndexedList[]) {
    const count = lists.reduce((sum, { values }) => sum + values.length, 0);
    let capacity = 16;
    while (capacity < count * 2) capacity *= 2;
    this.slots = new Int32Array(capacity);
    this.mask = capacity - 1;
  }

  /** `lists` in ascending order of `first`. */
  static *build(lists: readonly IndexedList[]): Steps<ValueIndex> {
    const index = new ValueIndex(lists);
    const { slots, mask } = index;
    let untilTurn = VALUES_PER_TURN;
    for (const { first, values } of lists) {
      for (let i = 0; i < values.length; i++) {
        if (--untilTurn === 0) {
          untilTurn = VALUES_PER_TURN;
          yield;
        }
        let slot = slotOf(values.bytesOf(i), values.startOf(i), values.endOf(i), mask);
        while (slots[slot] !== 0) slot = (slot + 1) & mask;
        slots[slot] = first + i + 1;
      }
    }
    return index;
  }

  /** Numbers of all values with this text, the lowest first. */
  numbersOf(text: string): number[] {
    const { slots, mask } = this;
    const bytes = Buffer.from(text, 'utf8');
    const numbers: number[] = [];
    for (let slot = slotOf(bytes, 0, bytes.length, mask); slots[slot] !== 0; slot = (slot + 1) & mask) {
      const number = slots[slot]! - 1;
      if (this.hasText(number, bytes)) numbers.push(number);
    }
    return numbers.sort((a, b) => a - b);
  }

  private hasText(number: number, text: Buffer): boolean {
    const { first, values } = this.lists[listOf(this.lists, number)]!;
    const at = number - first;
    const start = values.startOf(at);
    const end = values.endOf(at);
    return end - start === text.length && values.bytesOf(at).compare(text, 0, text.length, start, end) === 0;
  }
}

/** Place of the list that holds value `number`, by binary search. */
export function listOf(lists: readonly { readonly first: number }[], number: number): number {
  let low = 0;
  let high = lists.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (lists[middle]!.first <= number) low = middle;
    else high = middle - 1;
  }
  return low;
}

function slotOf(buf: Buffer, start: number, end: number, mask: number): number {
  return foldHash(fnvFromEnd(buf, start, end)) & mask;
}
