import type { AddressWords } from '../flow/address-table.js';
import type { Endpoint, FlowRows } from '../flow/flow-rows.js';

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

/** An endpoint's address in the connection `row`. */
export function rowAddressText(flows: FlowRows, row: number, endpoint: Endpoint, addresses: AddressWords): string {
  const word = flows.addressOf(row, endpoint);
  if (!flows.isIpv6(row)) return ipv4Text(word);
  return ipv6Text(addresses.word(word, 0), addresses.word(word, 1), addresses.word(word, 2), addresses.word(word, 3));
}

/** Addresses of each family whose texts are kept; a power of two. */
const KNOWN_ADDRESSES = 1 << 13;

/** A cache of address texts: clients and servers recur throughout a capture. Fixed size, one place for each hash. */
export class AddressTexts {
  private readonly ipv4Words = new Int32Array(KNOWN_ADDRESSES);
  private readonly ipv4Texts = new Array<string>(KNOWN_ADDRESSES).fill('');
  private readonly ipv6Words = new Int32Array(KNOWN_ADDRESSES * 4);
  private readonly ipv6Texts = new Array<string>(KNOWN_ADDRESSES).fill('');

  /** As `ipv4Text`. */
  ipv4(word: number): string {
    const place = placeOf(word);
    if (this.ipv4Words[place] !== word || this.ipv4Texts[place] === '') {
      this.ipv4Words[place] = word;
      this.ipv4Texts[place] = ipv4Text(word);
    }
    return this.ipv4Texts[place]!;
  }

  /** As `ipv6Text`. */
  ipv6(w0: number, w1: number, w2: number, w3: number): string {
    const { ipv6Words } = this;
    const place = placeOf(w0 ^ Math.imul(w1, 0x85ebca6b) ^ Math.imul(w2, 0xc2b2ae35) ^ w3);
    const w = place * 4;
    const isKnown =
      ipv6Words[w] === w0 && ipv6Words[w + 1] === w1 && ipv6Words[w + 2] === w2 && ipv6Words[w + 3] === w3;
    if (!isKnown || this.ipv6Texts[place] === '') {
      ipv6Words[w] = w0;
      ipv6Words[w + 1] = w1;
      ipv6Words[w + 2] = w2;
      ipv6Words[w + 3] = w3;
      this.ipv6Texts[place] = ipv6Text(w0, w1, w2, w3);
    }
    return this.ipv6Texts[place]!;
  }
}

function placeOf(mixed: number): number {
  const product = Math.imul(mixed, 0x9e3779b1);
  return (product ^ (product >>> 15)) & (KNOWN_ADDRESSES - 1);
}
