import { describe, expect, it } from 'vitest';
import type { Inspector } from '../../../src/core/inspect/inspector.js';
import { InspectorTable } from '../../../src/core/inspect/inspector-table.js';
import { DATAGRAM_INSPECTORS, STREAM_INSPECTORS } from '../../../src/core/inspect/registry.js';

const MARK = { at: 2, mask: 0x00ff_ff00, value: 0x0012_3400, minLen: 8 };

function tableWith(...marked: Partial<Inspector>[]): InspectorTable {
  return new InspectorTable(
    marked.map((one) => ({
      name: 'x',
      ipProto: 17,
      firstBytes: null,
      ports: [],
      maxBufferedLen: 0,
      continues: false,
      inspect: () => 0,
      ...one,
    })),
  );
}

describe('marks', () => {
  const table = tableWith({ mark: MARK }, {});
  const bearer = Buffer.from('0000ff1234ff0000', 'hex');

  it('are looked for where they are, and only their own bits', () => {
    expect(table.bearsMark(0, bearer, 0, 8)).toBe(true);
    expect(table.bearsMark(0, Buffer.concat([Buffer.alloc(3), bearer]), 3, 11)).toBe(true);
    for (const bit of [24, 25, 31, 32, 39]) {
      const other = Buffer.from(bearer);
      other[bit >> 3]! ^= 1 << (bit & 7);
      expect(table.bearsMark(0, other, 0, 8)).toBe(false);
    }
  });

  it('refuse datagrams that are too short, and let the beginning of a stream message pass', () => {
    expect(table.bearsMark(0, bearer, 0, 7)).toBe(false);
    expect(table.mayBearMark(0, Buffer.alloc(8), 0, 7)).toBe(true);
    expect(table.mayBearMark(0, Buffer.alloc(8), 0, 8)).toBe(false);
  });

  it('are not asked of inspectors without one', () => {
    expect(table.bearsMark(1, Buffer.alloc(1), 0, 1)).toBe(true);
  });

  it('of all inspectors can be met, and lie inside their shortest message', () => {
    for (const { name, mark } of [...STREAM_INSPECTORS, ...DATAGRAM_INSPECTORS]) {
      if (mark === undefined) continue;
      expect(mark.minLen, name).toBeGreaterThanOrEqual(mark.at + 4);
      expect(mark.mask, name).not.toBe(0);
      expect(mark.value & ~mark.mask, name).toBe(0);
      expect([mark.mask, mark.value], name).toEqual([mark.mask | 0, mark.value | 0]);
    }
  });
});

it('lists for each byte who reads what begins with it, in the order of registration', () => {
  for (const inspectors of [
    STREAM_INSPECTORS,
    DATAGRAM_INSPECTORS,
    [{ firstBytes: [7, 7, 9] }, { firstBytes: null }],
  ]) {
    const table = tableWith(...inspectors);
    for (let byte = 0; byte < 256; byte++) {
      const readers = inspectors.flatMap((one, i) => (one.firstBytes?.includes(byte) === false ? [] : [i]));
      expect([...table.candidates(byte)], String(byte)).toEqual(readers);
    }
  }
});

it('knows the ports of all inspectors', () => {
  const table = tableWith({ ports: [7] }, { ports: [9, 10], firstBytes: [] });
  expect([6, 7, 8, 9, 10, 11].map((port) => table.knowsPort(port))).toEqual([false, true, false, true, true, false]);
});
