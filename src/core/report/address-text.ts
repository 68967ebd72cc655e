import type { AddressTable } from '../flow/address-table.js';
import * as F from '../flow/flow-row.js';

const IPV6_BIT = 256;

/** Dotted decimal of an IPv4 address given as a 32-bit word. */
export function ipv4Text(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

/** Canonical text of an IPv6 address given as four big-endian words (RFC 5952). */
export function ipv6Text(w0: number, w1: number, w2: number, w3: number): string {
  // An IPv4-mapped address keeps its dotted form (RFC 5952 §5).
  if (w0 === 0 && w1 === 0 && w2 === 0xffff) return `::ffff:${ipv4Text(w3)}`;
  const groups = [w0 >>> 16, w0 & 0xffff, w1 >>> 16, w1 & 0xffff, w2 >>> 16, w2 & 0xffff, w3 >>> 16, w3 & 0xffff];
  let best = -1;
  let bestLen = 1;
  for (let i = 0; i < 8; i++) {
    let len = 0;
    while (i + len < 8 && groups[i + len] === 0) len++;
    if (len > bestLen) {
      best = i;
      bestLen = len;
    }
    if (len > 0) i += len - 1;
  }
  const hex = groups.map((g) => g.toString(16));
  if (best < 0) return hex.join(':');
  return `${hex.slice(0, best).join(':')}::${hex.slice(best + bestLen).join(':')}`;
}

/** The initiator's or the responder's address of the connection whose row begins at word `w`. */
export function rowAddressText(words: Int32Array, w: number, initiator: boolean, addresses: AddressTable): string {
  const isB = ((words[w + F.FLAGS]! & F.FLOW_INITIATOR_B) !== 0) === initiator;
  const word = words[w + (isB ? F.ADDR_B : F.ADDR_A)]!;
  if ((words[w + F.PROTO]! & IPV6_BIT) === 0) return ipv4Text(word);
  return ipv6Text(addresses.word(word, 0), addresses.word(word, 1), addresses.word(word, 2), addresses.word(word, 3));
}
