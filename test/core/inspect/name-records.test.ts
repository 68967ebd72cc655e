import { expect, it } from 'vitest';
import { NameRecords } from '../../../src/core/inspect/name-records.js';

const LEN = 250;
/** Names that take more than 2^27 bytes, as `--max-names` allows. */
const COUNT = 900_000;

it('packs long names together in an arena of any allowed length', () => {
  const records = new NameRecords();
  const name = Buffer.alloc(LEN, 'abcdefghij');
  const nameOf = (id: number) => {
    name.writeUInt32BE(id + 0x61616161, 0);
    return name;
  };
  for (let id = 1; id <= COUNT; id++) records.set(id, nameOf(id), 0, LEN);
  for (let id = 1; id <= COUNT; id++) if (id % 3 === 0) records.clear(id);
  // These lie behind names of higher ids.
  for (let id = 9; id <= COUNT; id += 9) records.set(id, nameOf(id), 0, LEN);
  for (let id = 1; id <= COUNT; id++) if (id % 7 === 1 && id % 3 !== 0) records.clear(id);
  records.compact(COUNT);
  let kept = 0;
  let wrong = 0;
  for (let id = 1; id <= COUNT; id++) {
    if (records.lenOf(id) === 0) continue;
    kept++;
    if (!records.equals(id, nameOf(id), 0, LEN)) wrong++;
  }
  expect(kept).toBeGreaterThan(COUNT / 2);
  expect(wrong).toBe(0);
});
