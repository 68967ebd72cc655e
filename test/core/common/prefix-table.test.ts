import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { covers, parseExactIpPrefix } from '../../../src/core/common/ip-prefix.js';
import { PrefixList, PrefixTable } from '../../../src/core/common/prefix-table.js';

/** The table of those of `texts` that are of one family; ids are places in `texts`. */
function tableOf(isV6: boolean, texts: readonly string[]): PrefixTable {
  const list = new PrefixList(isV6);
  for (const [i, text] of texts.entries()) {
    const prefix = parseExactIpPrefix(text)!;
    if (prefix.isV6 === isV6) list.push(prefix, i);
  }
  return new PrefixTable(list);
}

/** Id of the longest prefix around an address, -1 for none. */
function find(table: PrefixTable, text: string): number {
  const [a, b, c, d] = parseExactIpPrefix(text)!.words;
  return table.idOf(b === undefined ? table.findV4(a!) : table.findV6(a!, b, c!, d!));
}

describe('PrefixTable', () => {
  it('finds first and last address and nothing beside them', () => {
    const table = tableOf(false, ['10.0.0.0/8', '192.0.2.128/25', '0.0.0.0/32', '255.255.255.254/31']);
    const found = (text: string): number => find(table, text);
    expect(['9.255.255.255', '10.0.0.0', '10.255.255.255', '11.0.0.0'].map(found)).toEqual([-1, 0, 0, -1]);
    expect(['192.0.2.127', '192.0.2.128', '192.0.2.255', '192.0.3.0'].map(found)).toEqual([-1, 1, 1, -1]);
    expect(['0.0.0.0', '0.0.0.1', '255.255.255.253', '255.255.255.255'].map(found)).toEqual([2, -1, -1, 3]);
  });

  it('takes the longest of nested prefixes, and the first of equal ones', () => {
    const table = tableOf(false, ['10.1.0.0/16', '10.0.0.0/8', '10.1.2.0/24', '10.1.2.0/24', '10.1.2.255/32']);
    expect(table.size).toBe(4);
    const found = (text: string): number => find(table, text);
    expect(['10.0.9.9', '10.1.0.1', '10.1.2.3', '10.1.2.255', '10.1.3.0', '10.2.0.0'].map(found)).toEqual([
      1, 0, 2, 4, 0, 1,
    ]);
  });

  it('collects the prefixes around an address, narrowest first', () => {
    const table = tableOf(false, ['10.1.0.0/16', '10.0.0.0/8', '10.1.2.0/24', '10.1.2.255/32']);
    const ids: number[] = [];
    table.collect(table.findV4(0x0a010207), ids);
    expect(ids).toEqual([2, 0, 1]);
    table.collect(table.findV4(0x0b000000), ids);
    expect(ids).toEqual([2, 0, 1]);
  });

  it('matches IPv6 by all four words', () => {
    const table = tableOf(true, ['2001:db8::/32', '2001:db8:0:1::/64', '::/128', 'ffff:ffff:ffff:ffff::/64']);
    const found = (text: string): number => find(table, text);
    expect(found('2001:db7:ffff:ffff:ffff:ffff:ffff:ffff')).toBe(-1);
    expect(found('2001:db8::')).toBe(0);
    expect(found('2001:db8:0:1::')).toBe(1);
    expect(found('2001:db8:0:1:ffff:ffff:ffff:ffff')).toBe(1);
    expect(found('2001:db8:0:2::')).toBe(0);
    expect(found('2001:db9::')).toBe(-1);
    expect([found('::'), found('::1')]).toEqual([2, -1]);
    expect(found('ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff')).toBe(3);
  });

  it('finds nothing in an empty table', () => {
    expect(find(tableOf(false, []), '0.0.0.0')).toBe(-1);
    expect(find(tableOf(false, []), '255.255.255.255')).toBe(-1);
    expect(find(tableOf(true, []), '::')).toBe(-1);
  });

  it('agrees with a linear search', () => {
    // Lengths from 0 on, so that the index by upper bits has few entries and many.
    const prefix = fc
      .tuple(fc.nat(0xff), fc.constantFrom(0, 1, 7, 20, 24, 26, 28, 30, 31, 32))
      .map(([low, length]) => ({
        isV6: false,
        words: [length === 0 ? 0 : (low & (-1 << (32 - length))) >>> 0],
        length,
      }));
    fc.assert(
      fc.property(fc.array(prefix, { maxLength: 10 }), (prefixes) => {
        const list = new PrefixList(false);
        for (const [i, one] of prefixes.entries()) list.push(one, 100 + i);
        const table = new PrefixTable(list);
        for (const address of [...Array(300).keys(), 0x7fffffff, 0x80000000, 0xffffffff]) {
          const own = { isV6: false, words: [address], length: 32 };
          let best = -1;
          for (const [i, one] of prefixes.entries()) {
            if (covers(one, own) && (best < 0 || one.length > prefixes[best]!.length)) best = i;
          }
          expect(table.idOf(table.findV4(address))).toBe(best < 0 ? -1 : 100 + best);
        }
      }),
    );
  });
});
