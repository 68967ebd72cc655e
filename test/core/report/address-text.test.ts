import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AddressTexts, ipv4Text, ipv6Text } from '../../../src/core/report/address-text.js';

it('writes addresses as RFC 5952 has them', () => {
  expect(ipv4Text(0xc0a80001 | 0)).toBe('192.168.0.1');
  expect(ipv6Text(0x20010db8, 0, 0, 1)).toBe('2001:db8::1');
  expect(ipv6Text(0, 0, 0xffff, 0x7f000001)).toBe('::ffff:127.0.0.1');
  expect(ipv6Text(0x20010db8, 0x00000001, 0x00010001, 0x00010001)).toBe('2001:db8:0:1:1:1:1:1');
});

it('remembers texts of more addresses than there is room for, and mixes none up', () => {
  const texts = new AddressTexts();
  const wrong: number[] = [];
  for (let n = 0; n < 80_000; n++) {
    const word = Math.imul(n % 40_000, 0x01000193);
    if (texts.ipv4(word) !== ipv4Text(word)) wrong.push(word);
  }
  expect(wrong).toEqual([]);
});

it('tells IPv6 addresses apart that differ in one word', () => {
  const texts = new AddressTexts();
  const word = fc.oneof(
    fc.constantFrom(0, 1, -1, 0xffff, 0x20010db8),
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  );
  fc.assert(
    fc.property(word, word, word, word, (w0, w1, w2, w3) => {
      expect(texts.ipv6(w0, w1, w2, w3)).toBe(ipv6Text(w0, w1, w2, w3));
    }),
    { numRuns: 5000 },
  );
});
