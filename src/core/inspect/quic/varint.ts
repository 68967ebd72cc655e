import { u16, u32 } from '../../common/bytes.js';

/** Variable-length integers (RFC 9000 §16): the first two bits give the length, 1, 2, 4 or 8 bytes. */

/** Length in bytes of the integer that begins with `firstByte`. */
export function varintLen(firstByte: number): number {
  return 1 << (firstByte >> 6);
}

/** The integer at `at`, exact to 2^53; -1 when it does not end before `end`. */
export function varint(buf: Buffer, at: number, end: number): number {
  if (at >= end) return -1;
  const first = buf[at]!;
  const len = varintLen(first);
  if (end - at < len) return -1;
  if (len === 1) return first;
  if (len === 2) return u16(buf, at) & 0x3fff;
  if (len === 4) return u32(buf, at) & 0x3fffffff;
  return (u32(buf, at) & 0x3fffffff) * 0x100000000 + u32(buf, at + 4);
}
