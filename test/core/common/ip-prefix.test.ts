import { describe, expect, it } from 'vitest';
import { covers, formatIpPrefix, parseExactIpPrefix, parseIpPrefix } from '../../../src/core/common/ip-prefix.js';

const WRONG =
  '|1.2.3|1.2.3.4.5|1.2.3.256|01.2.3.4|1.2.3.4/33|1.2.3.4/|1.2.3.4/08|a|:::|1::2::3|12345::|1:2:3:4:5:6:7|' +
  '1:2:3:4:5:6:7:8:9|1:2:3:4:5:6:7::8|::/129|1.2.3.4::|::1.2.3.4:5|fe80::1%eth0';

describe('parseExactIpPrefix', () => {
  it('reads addresses and prefixes', () => {
    const v4 = (word: number, length: number) => ({ isV6: false, words: [word], length });
    const v6 = (words: number[], length = 128) => ({ isV6: true, words, length });
    expect(parseExactIpPrefix('192.0.2.0/24')).toEqual(v4(0xc0000200, 24));
    expect(parseExactIpPrefix('255.255.255.255')).toEqual(v4(0xffffffff, 32));
    expect(parseExactIpPrefix('0.0.0.0/0')).toEqual(v4(0, 0));
    expect(parseExactIpPrefix('2001:DB8::/32')).toEqual(v6([0x20010db8, 0, 0, 0], 32));
    expect(parseExactIpPrefix('::')).toEqual(v6([0, 0, 0, 0]));
    expect(parseExactIpPrefix('1::')).toEqual(v6([0x10000, 0, 0, 0]));
    expect(parseExactIpPrefix('::ffff:192.0.2.1')).toEqual(v6([0, 0, 0xffff, 0xc0000201]));
    expect(parseExactIpPrefix('1:2:3:4:5:6:7:8')).toEqual(v6([0x10002, 0x30004, 0x50006, 0x70008]));
  });

  it('refuses everything else, host bits included', () => {
    for (const text of [...WRONG.split('|'), '1.2.3.4/24', '2001:db8::1/32']) {
      expect(parseExactIpPrefix(text), text).toBeNull();
    }
  });
});

describe('parseIpPrefix', () => {
  it('clears host bits and takes mapped prefixes for IPv4', () => {
    const canonical = (text: string): string => formatIpPrefix(parseIpPrefix(text)!);
    expect(['1.2.3.4/24', '2001:DB8::1/32', '::ffff:192.0.2.1', '::ffff:192.0.2.1/120'].map(canonical)).toEqual([
      '1.2.3.0/24',
      '2001:db8::/32',
      '192.0.2.1',
      '192.0.2.0/24',
    ]);
    expect(canonical('::ffff:0:0/95')).toBe('::fffe:0:0/95');
  });

  it('refuses everything else', () => {
    for (const text of WRONG.split('|')) expect(parseIpPrefix(text), text).toBeNull();
  });
});

it('covers the prefixes of its own family that lie within', () => {
  const isCovered = (outer: string, inner: string): boolean => covers(parseIpPrefix(outer)!, parseIpPrefix(inner)!);
  expect(isCovered('10.0.0.0/8', '10.255.255.255')).toBe(true);
  expect(isCovered('10.0.0.0/8', '10.0.0.0/8')).toBe(true);
  expect(isCovered('10.0.0.0/8', '10.0.0.0/7')).toBe(false);
  expect(isCovered('10.0.0.0/8', '11.0.0.0')).toBe(false);
  expect(isCovered('::/0', '10.0.0.0')).toBe(false);
  expect(isCovered('0.0.0.0/0', '10.0.0.0')).toBe(true);
  expect(isCovered('2001:db8:0:1::/63', '2001:db8:0:1::7')).toBe(true);
  expect(isCovered('2001:db8::/63', '2001:db8:0:2::')).toBe(false);
});
