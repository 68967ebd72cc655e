import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressRanges } from '../../../src/core/classify/address-ranges.js';
import { parseCidr } from '../../../src/core/classify/cidr.js';

const wordOf = (text: string): number => Number(parseCidr(text)!.first);
const wordsOf = (text: string): [number, number, number, number] => {
  const value = parseCidr(text)!.first;
  return [96n, 64n, 32n, 0n].map((shift) => Number((value >> shift) & 0xffffffffn)) as [number, number, number, number];
};
const rangesOf = (...texts: string[]): AddressRanges =>
  new AddressRanges(
    texts.map((text) => parseCidr(text)!),
    0,
  );

describe('parseCidr', () => {
  it('reads addresses and prefixes', () => {
    expect(parseCidr('192.0.2.0/24')).toEqual({ isV6: false, first: 0xc0000200n, last: 0xc00002ffn });
    expect(parseCidr('255.255.255.255')?.last).toBe(0xffffffffn);
    expect(parseCidr('0.0.0.0/0')?.last).toBe(0xffffffffn);
    expect(parseCidr('2001:DB8::/32')?.first).toBe(0x20010db8n << 96n);
    expect(parseCidr('::')?.last).toBe(0n);
    expect(parseCidr('1::')?.first).toBe(1n << 112n);
    expect(parseCidr('::ffff:192.0.2.1')?.first).toBe(0xffffc0000201n);
    expect(parseCidr('1:2:3:4:5:6:7:8')?.first).toBe(0x00010002000300040005000600070008n);
  });

  it('refuses everything else', () => {
    const wrong =
      '|1.2.3|1.2.3.4.5|1.2.3.256|01.2.3.4|1.2.3.4/33|1.2.3.4/|1.2.3.4/08|1.2.3.4/24|a|:::|1::2::3|12345::|1:2:3:4:5:6:7|' +
      '1:2:3:4:5:6:7:8:9|1:2:3:4:5:6:7::8|2001:db8::1/32|::/129|1.2.3.4::|::1.2.3.4:5|fe80::1%eth0';
    for (const text of wrong.split('|')) expect(parseCidr(text), text).toBeNull();
  });
});

describe('AddressRanges', () => {
  it('finds first and last address and nothing beside them', () => {
    const ranges = rangesOf('10.0.0.0/8', '192.0.2.128/25', '0.0.0.0/32', '255.255.255.254/31');
    const found = (text: string): number => ranges.matchIpv4(wordOf(text));
    expect(['9.255.255.255', '10.0.0.0', '10.255.255.255', '11.0.0.0'].map(found)).toEqual([-1, 0, 0, -1]);
    expect(['192.0.2.127', '192.0.2.128', '192.0.2.255', '192.0.3.0'].map(found)).toEqual([-1, 1, 1, -1]);
    expect(['0.0.0.0', '0.0.0.1', '255.255.255.253', '255.255.255.255'].map(found)).toEqual([2, -1, -1, 3]);
  });

  it('takes the narrowest of nested ranges, and the later of equal ones', () => {
    const ranges = rangesOf('10.1.0.0/16', '10.0.0.0/8', '10.1.2.0/24', '10.1.2.0/24', '10.1.2.255/32');
    const found = (text: string): number => ranges.matchIpv4(wordOf(text));
    expect(['10.0.9.9', '10.1.0.1', '10.1.2.3', '10.1.2.255', '10.1.3.0', '10.2.0.0'].map(found)).toEqual([
      1, 0, 3, 4, 0, 1,
    ]);
  });

  it('matches IPv6 by all four words, and IPv4 inside IPv6', () => {
    const ranges = rangesOf('2001:db8::/32', '2001:db8:0:1::/64', '::/128', '192.0.2.0/24', 'ffff:ffff:ffff:ffff::/64');
    const found = (text: string): number => ranges.matchIpv6(...wordsOf(text));
    expect(found('2001:db7:ffff:ffff:ffff:ffff:ffff:ffff')).toBe(-1);
    expect(found('2001:db8::')).toBe(0);
    expect(found('2001:db8:0:1::')).toBe(1);
    expect(found('2001:db8:0:1:ffff:ffff:ffff:ffff')).toBe(1);
    expect(found('2001:db8:0:2::')).toBe(0);
    expect(found('2001:db9::')).toBe(-1);
    expect([found('::'), found('::1')]).toEqual([2, -1]);
    expect([found('::ffff:192.0.2.7'), found('64:ff9b::192.0.2.7'), found('::ffff:192.0.3.7')]).toEqual([3, 3, -1]);
    expect(found('ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff')).toBe(4);
  });

  it('finds nothing in an empty table', () => {
    expect(rangesOf().matchIpv4(0)).toBe(-1);
    expect(rangesOf().matchIpv6(0, 0, 0, 0)).toBe(-1);
  });

  it('agrees with a linear search', () => {
    const prefix = fc
      .tuple(fc.integer({ min: 0, max: 0xff }), fc.integer({ min: 20, max: 32 }))
      .map(([low, length]) => {
        const first = BigInt(low) & ~((1n << BigInt(32 - length)) - 1n);
        return { isV6: false, first, last: first | ((1n << BigInt(32 - length)) - 1n) };
      });
    fc.assert(
      fc.property(fc.array(prefix, { maxLength: 10 }), (list) => {
        const ranges = new AddressRanges(list, 100);
        for (let address = 0; address < 300; address++) {
          let best = -1;
          for (const [i, { first, last }] of list.entries()) {
            const inside = first <= BigInt(address) && BigInt(address) <= last;
            const narrower = best < 0 || last - first <= list[best]!.last - list[best]!.first;
            if (inside && narrower) best = i;
          }
          expect(ranges.matchIpv4(address)).toBe(best < 0 ? -1 : 100 + best);
        }
      }),
    );
  });
});
