import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DnsAnswerCache } from '../../../src/core/classify/dns-answer-cache.js';

const SECOND = 1e6;

/** The name in force, 0 for none. */
function nameOf(cache: DnsAnswerCache, key: number, check: number, nowMicros: number): number {
  const place = cache.find(key, check);
  return place < 0 ? 0 : cache.nameAt(place, nowMicros);
}

describe('DnsAnswerCache', () => {
  it('knows an answer until its TTL and a minute of grace are over', () => {
    const cache = new DnsAnswerCache(8);
    cache.put(1, 2, 7, 30, 100 * SECOND);
    expect(nameOf(cache, 1, 2, 190 * SECOND)).toBe(7);
    expect(nameOf(cache, 1, 2, 190 * SECOND + 1)).toBe(0);
    expect(nameOf(cache, 1, 3, 100 * SECOND)).toBe(0);
  });

  it('takes the newest name of an address, and does not believe years', () => {
    const cache = new DnsAnswerCache(8);
    cache.put(1, 2, 7, 0xffffffff, 0);
    expect(nameOf(cache, 1, 2, 86_461 * SECOND)).toBe(0);
    cache.put(1, 2, 8, 1, 0);
    expect(nameOf(cache, 1, 2, 0)).toBe(8);
  });

  it('forgets the oldest answer when it is full, and counts those that were still in force', () => {
    const cache = new DnsAnswerCache(3);
    for (let n = 1; n <= 5; n++) cache.put(n, n, n, n === 1 ? 0 : 1000, n === 5 ? 100 * SECOND : 0);
    expect([1, 2, 3, 4, 5].map((n) => nameOf(cache, n, n, 100 * SECOND))).toEqual([0, 0, 3, 4, 5]);
    expect(cache.evicted).toBe(2);
  });

  it('grows up to its bound, keeps what it has, and pins the names of all', () => {
    const cache = new DnsAnswerCache(2000);
    const key = (n: number) => Math.imul(n, 0x9e3779b1);
    for (let n = 1; n <= 2500; n++) cache.put(key(n), n, n, 60, 0);
    const kept = Array.from({ length: 2500 }, (_, i) => nameOf(cache, key(i + 1), i + 1, 0));
    expect(kept).toEqual(Array.from({ length: 2500 }, (_, i) => (i < 500 ? 0 : i + 1)));
    const pinned = new Uint8Array(2501);
    cache.pin(pinned);
    expect([...pinned]).toEqual(Array.from({ length: 2501 }, (_, name) => (name > 500 ? 1 : 0)));
    expect(cache.evicted).toBe(500);
  });

  it('keeps nothing without room', () => {
    const cache = new DnsAnswerCache(0);
    cache.put(1, 1, 1, 60, 0);
    expect(nameOf(cache, 1, 1, 0)).toBe(0);
  });

  it('gives the same answers whatever the hashes collide with', () => {
    const puts = fc.array(fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 99 })), { maxLength: 200 });
    fc.assert(
      fc.property(puts, fc.integer({ min: 1, max: 50 }), (list, max) => {
        const spread = new DnsAnswerCache(max);
        const colliding = new DnsAnswerCache(max);
        for (const [which, name] of list) {
          spread.put(Math.imul(which, 0x9e3779b1), which, name, 60, 0);
          colliding.put(5, which, name, 60, 0);
        }
        for (let which = 0; which <= 40; which++) {
          expect(nameOf(spread, Math.imul(which, 0x9e3779b1), which, 0)).toBe(nameOf(colliding, 5, which, 0));
        }
        expect(spread.evicted).toBe(colliding.evicted);
      }),
    );
  });
});
