import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TopIds } from '../../../src/core/live/top-ids.js';

describe('TopIds', () => {
  it('keeps what sorting would put first, in its order', () => {
    const scores = fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 })), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(scores, fc.integer({ min: 0, max: 12 }), (pairs, capacity) => {
        const top = new TopIds(capacity);
        pairs.forEach(([first, second], id) => {
          top.offer(id, first, second);
        });
        const sorted = pairs.map((pair, id) => ({ pair, id }));
        sorted.sort((a, b) => b.pair[0] - a.pair[0] || b.pair[1] - a.pair[1] || a.id - b.id);
        expect([...top.ids.subarray(0, top.count)]).toEqual(sorted.slice(0, capacity).map(({ id }) => id));
      }),
    );
  });
});
