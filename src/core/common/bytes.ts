/**
 * Readers and a writer of fields in a Buffer, and copying. The caller has checked the bounds: a read past the end
 * yields an undefined number, never an exception.
 */

/** Up to here a loop costs less than the object that Buffer.copy makes for the part of the source. */
const SHORT_COPY_LEN = 64;

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

/** Writes 32 bits in network order. */
export function putI32(buf: Buffer, at: number, value: number): void {
  buf[at] = value >>> 24;
  buf[at + 1] = value >>> 16;
  buf[at + 2] = value >>> 8;
  buf[at + 3] = value;
}

/** Copies `from[start, end)` to `to[at]`, where there is room for it; the two are different memory. */
export function copyBytes(from: Buffer, start: number, end: number, to: Buffer, at: number): void {
  if (end - start > SHORT_COPY_LEN) {
    from.copy(to, at, start, end);
    return;
  }
  const shift = at - start;
  for (let i = start; i < end; i++) to[i + shift] = from[i]!;
}
