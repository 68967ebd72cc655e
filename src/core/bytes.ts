/**
 * Big-endian field readers over a Buffer. The caller has checked the bounds: a read past the end yields an undefined
 * number, never an exception.
 */

/** Unsigned 16 bits in network order. */
export function u16(buf: Buffer, at: number): number {
  return (buf[at]! << 8) | buf[at + 1]!;
}

/** Unsigned 24 bits in network order. */
export function u24(buf: Buffer, at: number): number {
  return (buf[at]! << 16) | (buf[at + 1]! << 8) | buf[at + 2]!;
}

/** 32 bits in network order as a signed integer: the cheap form, for keys and sequence numbers. */
export function i32(buf: Buffer, at: number): number {
  return (buf[at]! << 24) | (buf[at + 1]! << 16) | (buf[at + 2]! << 8) | buf[at + 3]!;
}

/** Unsigned 32 bits in network order. */
export function u32(buf: Buffer, at: number): number {
  return i32(buf, at) >>> 0;
}

/** Unsigned 16 bits, least significant byte first. */
export function u16le(buf: Buffer, at: number): number {
  return buf[at]! | (buf[at + 1]! << 8);
}

/** Unsigned 32 bits, least significant byte first. */
export function u32le(buf: Buffer, at: number): number {
  return (buf[at]! | (buf[at + 1]! << 8) | (buf[at + 2]! << 16) | (buf[at + 3]! << 24)) >>> 0;
}
