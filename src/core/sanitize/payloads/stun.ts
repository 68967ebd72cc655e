import { u16, u32 } from '../../common/bytes.js';
import type { Replacements } from '../replacements.js';

/** STUN (RFC 8489 §5) and TURN: header with the magic cookie, attributes padded to four bytes. */
const HEADER_LEN = 20;
const MAGIC_COOKIE = 0x2112a442;
const COOKIE = 4;
/** MAPPED-ADDRESS and others in clear, and those XORed with the cookie and transaction id (§14.2). */
const CLEAR = new Set([0x0001, 0x0002, 0x0004, 0x0005, 0x8023, 0x802b, 0x802c]);
const XORED = new Set([0x0012, 0x0016, 0x0020, 0x8020]);
/** Error code, protocol, priority, lifetime, channel number, fingerprint's place: numbers of four bytes. */
const KEPT = new Set([0x000c, 0x000d, 0x0017, 0x0018, 0x0019, 0x0024, 0x0025]);

/** True when `input` is a STUN message with the cookie of RFC 5389 and later. */
export function beginsStun(input: Buffer): boolean {
  return (
    input.length >= HEADER_LEN &&
    (input[0]! & 0xc0) === 0 &&
    u32(input, COOKIE) === MAGIC_COOKIE &&
    u16(input, 2) % 4 === 0 &&
    u16(input, 2) + HEADER_LEN <= input.length
  );
}

/** Rewrites the message `input` to `out`, which holds zeros: addresses are replaced, other values become zeros. */
export function rewriteStun(input: Buffer, out: Buffer, { addresses }: Replacements): void {
  input.copy(out, 0, 0, HEADER_LEN);
  const end = HEADER_LEN + u16(input, 2);
  for (let at = HEADER_LEN; at + 4 <= end; ) {
    const type = u16(input, at);
    const len = u16(input, at + 2);
    const value = at + 4;
    if (value + len > end) return;
    input.copy(out, at, at, value);
    const addressLen = len === 8 ? 4 : len === 20 ? 16 : 0;
    if (addressLen > 0 && (CLEAR.has(type) || XORED.has(type))) {
      const address = Buffer.from(input.subarray(value + 4, value + len));
      if (XORED.has(type)) xor(address, input);
      const replaced = Buffer.from(addresses.of(address));
      if (XORED.has(type)) xor(replaced, input);
      input.copy(out, value, value, value + 4);
      replaced.copy(out, value + 4);
    } else if (KEPT.has(type)) input.copy(out, value, value, value + Math.min(len, 4));
    at = value + ((len + 3) & ~3);
  }
}

function xor(address: Buffer, message: Buffer): void {
  for (let i = 0; i < address.length; i++) address[i]! ^= message[COOKIE + i]!;
}
