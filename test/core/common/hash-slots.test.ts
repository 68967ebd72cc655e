import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HashSlots } from '../../../src/core/common/hash-slots.js';

/** Every entry under the hash, in the order in which the slots give them. */
function entriesUnder(slots: HashSlots, hash: number): number[] {
  const entries: number[] = [];
  for (let slot = slots.first(hash); slot >= 0; slot = slots.next(slot, hash)) entries.push(slots.entryAt(slot));
  return entries;
}

describe('HashSlots', () => {
  it('finds every entry under its hash through any order of coming and going, colliding or not', () => {
    // Few hashes, so that many entries share one; close together and 1024 apart, so that runs of slots overlap.
    const hashes = [0, 1, 2, 1024, 1025, -1, -1024, 0x7fffffff];
    const step = fc.tuple(fc.nat(hashes.length - 1), fc.boolean());
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const slots = new HashSlots();
        const kept = hashes.map((): number[] => []);
        let entry = 0;
        for (const [which, removes] of steps) {
          const list = kept[which]!;
          if (removes && list.length > 0) slots.remove(list.shift()!, hashes[which]!);
          else if (!removes) {
            slots.add(++entry, hashes[which]!);
            list.push(entry);
          }
        }
        hashes.forEach((hash, which) => {
          expect(entriesUnder(slots, hash).sort((a, b) => a - b)).toEqual(kept[which]);
        });
        expect(slots.size).toBe(kept.flat().length);
      }),
    );
  });

  it('keeps a hundred thousand entries while it grows, and is empty after they are gone', () => {
    const slots = new HashSlots();
    const hashOf = (entry: number): number => Math.imul(entry, 0x9e3779b1);
    for (let entry = 1; entry <= 100_000; entry++) slots.add(entry, hashOf(entry));
    for (let entry = 1; entry <= 100_000; entry += 331) expect(entriesUnder(slots, hashOf(entry))).toContain(entry);
    for (let entry = 1; entry <= 100_000; entry++) slots.remove(entry, hashOf(entry));
    expect(slots.size).toBe(0);
    expect(slots.first(hashOf(7))).toBe(-1);
    expect(slots.home(hashOf(7))).toBe(0);
  });
});
