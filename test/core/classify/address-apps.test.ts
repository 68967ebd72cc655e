import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressApps } from '../../../src/core/classify/address-apps.js';
import type { AppTable } from '../../../src/core/classify/app-table.js';
import type { RowAddresses } from '../../../src/core/classify/row-addresses.js';
import type { NameTable } from '../../../src/core/inspect/name-table.js';
import { ipv4Text } from '../../../src/core/report/address-text.js';

/** Whether a name written `text` is the responder, the IPv4 address `word`. */
function isResponder(text: string, word: number): boolean {
  // Names lie among others.
  const buf = Buffer.from(`9${text}9`);
  const names = { bufOf: () => buf, startOf: () => 1, endOf: () => buf.length - 1, text: () => text };
  const addresses = { isV6: () => false, responder: () => word };
  const apps = new AddressApps(addresses as unknown as RowAddresses, names as unknown as NameTable, {} as AppTable);
  return apps.isResponder(0, 1);
}

describe('a name that is but the responder', () => {
  it('is its IPv4 address in dotted decimal, and nothing else', () => {
    const octet = fc.oneof(fc.constantFrom(0, 9, 10, 99, 100, 255), fc.nat(255));
    const other = fc.tuple(fc.nat(20), fc.nat(2), fc.constantFrom('', '0', '1', '9', '.', ':', 'a'));
    fc.assert(
      fc.property(octet, octet, octet, octet, other, (a, b, c, d, [at, removed, put]) => {
        const word = (a << 24) | (b << 16) | (c << 8) | d;
        const text = ipv4Text(word);
        expect(isResponder(text, word)).toBe(true);
        const changed = text.slice(0, at) + put + text.slice(at + removed);
        expect(isResponder(changed, word)).toBe(changed === text);
      }),
      { numRuns: 2000 },
    );
  });
});
