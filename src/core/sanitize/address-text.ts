import type { AddressMap } from './address-map.js';
import { ipBytes, ipText } from './ip-bytes.js';

const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;
const IPV6 = /^\[?(?=[^:]*:[^:]*:)[0-9a-f:.]+\]?$/i;

/**
 * An address written as text, replaced by as many characters; null for other text. An IPv4 address becomes its
 * replacement where that has the same length; else its digits become 1. Those of an IPv6 address become 0.
 */
export function sameLenAddress(text: string, addresses: AddressMap): string | null {
  if (IPV4.test(text)) {
    const bytes = ipBytes(text);
    const replaced = bytes === null ? '' : ipText(addresses.of(bytes));
    return replaced.length === text.length ? replaced : text.replace(/\d/g, '1');
  }
  return IPV6.test(text) ? text.replace(/[0-9a-f]/gi, '0') : null;
}
