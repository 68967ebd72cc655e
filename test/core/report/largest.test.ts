import { describe, expect, it } from 'vitest';
import { LargestConnections } from '../../../src/core/report/largest.js';
import type { ConnectionRecord } from '../../../src/core/report/model.js';
import { SORT_KEYS, type SortKey } from '../../../src/core/report/sort-keys.js';
import { connection } from '../../support/report-fixture.js';

/** Many equal values, in no order. */
const RECORDS = Array.from({ length: 200 }, (_, i): ConnectionRecord => {
  const n = (i * 73) % 200;
  const first = 1_700_000_000 + (n % 13);
  return connection({ id: n + 1, bytes: n % 7, packets: n % 11, first_seen: first, last_seen: first + (n % 5) });
});

const MEASURES: Readonly<Record<SortKey, (one: ConnectionRecord) => number>> = {
  bytes: (one) => -one.bytes,
  packets: (one) => -one.packets,
  time: (one) => one.first_seen,
  duration: (one) => one.first_seen - one.last_seen,
  rtt: () => 0,
};

describe.each(SORT_KEYS)('connections by %s', (key) => {
  it.each([0, 1, 10, 200, 500])('are the first %i of all, equal ones by id', (capacity) => {
    const largest = new LargestConnections(capacity, key);
    for (const one of RECORDS) if (largest.accepts(one.bytes)) largest.add(one);
    const measure = MEASURES[key];
    const sorted = [...RECORDS].sort((a, b) => measure(a) - measure(b) || a.id - b.id);
    expect(largest.sorted().map(({ id }) => id)).toEqual(sorted.slice(0, capacity).map(({ id }) => id));
  });
});

it('returns the record that has no place', () => {
  const largest = new LargestConnections(2);
  const [small, middle, large] = RECORDS.slice(0, 3).map((one, i) => ({ ...one, id: i + 1, bytes: (i + 1) * 100 }));
  expect(largest.add(middle!)).toBeNull();
  expect(largest.add(large!)).toBeNull();
  expect(largest.add(small!)).toBe(small);
  expect(largest.add({ ...large!, id: 9 })).toBe(middle);
  expect(new LargestConnections(0).add(small!)).toBe(small);
});
