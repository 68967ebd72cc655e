import { describe, expect, it } from 'vitest';
import { MoreNames } from '../../../src/core/classify/more-names.js';

const PER_CONNECTION = 256;
const IN_ALL = 1 << 20;

describe('MoreNames', () => {
  it('keeps each name of a connection once, in the order in which they came', () => {
    const names = new MoreNames();
    expect(names.of(7)).toEqual([]);
    expect([3, 1, 3, 2, 1].map((id) => names.add(7, id))).toEqual([true, true, false, true, false]);
    expect(names.of(7)).toEqual([3, 1, 2]);
    expect(names.of(8)).toEqual([]);
    names.drop(7);
    expect([names.of(7), names.size]).toEqual([[], 0]);
  });

  it('leaves out what is too much for one connection, and counts it', () => {
    const names = new MoreNames();
    for (let id = 1; id <= PER_CONNECTION + 3; id++) names.add(1, id);
    expect([names.of(1).length, names.refused]).toEqual([PER_CONNECTION, 3]);
  });

  it('leaves out what is too much for all together, until connections have ended', () => {
    const names = new MoreNames();
    const rows = IN_ALL / PER_CONNECTION;
    for (let row = 0; row < rows; row++) for (let id = 1; id <= PER_CONNECTION; id++) names.add(row, id);
    expect(names.refused).toBe(0);
    names.add(rows, 1);
    expect([names.of(rows), names.refused]).toEqual([[], 1]);
    names.drop(rows);
    names.drop(0);
    names.drop(0);
    for (let id = 1; id <= PER_CONNECTION; id++) names.add(rows, id);
    expect([names.of(rows).length, names.refused]).toEqual([PER_CONNECTION, 1]);
    names.add(rows + 1, 1);
    expect([names.of(rows + 1), names.refused]).toEqual([[], 2]);
  });

  it('pins its names', () => {
    const names = new MoreNames();
    names.add(1, 2);
    names.add(5, 4);
    const pinned = new Uint8Array(6);
    names.pin(pinned);
    expect([...pinned]).toEqual([0, 0, 1, 0, 1, 0]);
  });
});
