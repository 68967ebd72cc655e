import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressTable } from '../../../src/core/flow/address-table.js';

const address = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes));

describe('AddressTable', () => {
  it('gives equal addresses one id and others another, with the words they hold', () => {
    fc.assert(
      fc.property(fc.array(address, { maxLength: 40 }), (list) => {
        const table = new AddressTable(12345);
        const ids = new Map<string, number>();
        for (const one of [...list, ...list]) {
          const id = table.intern(one, 0);
          const hex = one.toString('hex');
          if (ids.has(hex)) expect(id).toBe(ids.get(hex));
          else expect([...ids.values()]).not.toContain(id);
          ids.set(hex, id);
          for (let k = 0; k < 4; k++) expect(table.word(id, k)).toBe(one.readInt32BE(k * 4));
        }
        expect(table.size).toBe(ids.size);
      }),
    );
  });

  it('reuses ids that nobody holds, and keeps the others findable', () => {
    const table = new AddressTable(1);
    const make = (n: number) => {
      const buf = Buffer.alloc(16);
      buf.writeUInt32BE(n, 12);
      return buf;
    };
    const ids: number[] = [];
    for (let n = 0; n < 5000; n++) {
      const id = table.intern(make(n), 0);
      table.retain(id);
      ids.push(id);
    }
    for (let n = 0; n < 5000; n += 2) table.release(ids[n]!);
    table.collect();
    expect(table.size).toBe(2500);
    for (let n = 1; n < 5000; n += 2) expect(table.intern(make(n), 0)).toBe(ids[n]);
    const again = table.intern(make(100_000), 0);
    expect(ids.filter((_, n) => n % 2 === 0)).toContain(again);
  });

  it('keeps an id that was taken up again before the collection', () => {
    const table = new AddressTable(1);
    const id = table.intern(Buffer.alloc(16, 7), 0);
    table.retain(id);
    table.release(id);
    table.retain(id);
    table.collect();
    expect(table.intern(Buffer.alloc(16, 7), 0)).toBe(id);
    expect(table.size).toBe(1);
  });

  it('takes an address in anew whose id was freed, though it was the last one seen', () => {
    const table = new AddressTable(1);
    const one = Buffer.alloc(16, 7);
    const id = table.intern(one, 0);
    table.retain(id);
    table.release(id);
    table.collect();
    expect(table.size).toBe(0);
    const other = table.intern(Buffer.alloc(16, 8), 0);
    const again = table.intern(one, 0);
    expect(again).not.toBe(other);
    expect(table.size).toBe(2);
    table.retain(again);
    table.collect();
    expect(table.intern(one, 0)).toBe(again);
  });

  it('reads an address that is all zero as any other', () => {
    const table = new AddressTable(1);
    expect(table.intern(Buffer.alloc(16), 0)).toBeGreaterThan(0);
    expect(table.size).toBe(1);
  });
});
