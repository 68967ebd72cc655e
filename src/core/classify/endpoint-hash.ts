import { hashWords } from '../common/half-sip-hash.js';
import type { AddressWords } from '../flow/address-table.js';

/** An IPv4 address, given as a 32-bit word, as 32 bits. */
export function hashIpv4(word: number, seed: number): number {
  return hashWords(word, 0, 0, 4, seed);
}

/** The IPv6 address at `buf[at]` as 32 bits. */
export function hashIpv6(buf: Buffer, at: number, seed: number): number {
  return hashWords(
    buf.readInt32BE(at),
    buf.readInt32BE(at + 4),
    buf.readInt32BE(at + 8),
    buf.readInt32BE(at + 12),
    seed,
  );
}

/** The same of an IPv6 address by its id. */
export function hashAddress(addresses: AddressWords, id: number, seed: number): number {
  return hashWords(addresses.word(id, 0), addresses.word(id, 1), addresses.word(id, 2), addresses.word(id, 3), seed);
}

/** Two hashes as one; the order counts. */
export function pair(a: number, b: number): number {
  const h = Math.imul(a ^ (b >>> 16), 0x9e3779b1) ^ Math.imul(b, 0x85ebca77);
  return h ^ (h >>> 15);
}
