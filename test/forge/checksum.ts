/** One's complement sum of 16-bit words (RFC 1071), `seed` being a sum to go on from; not yet folded or inverted. */
export function onesSum(buf: Buffer, start: number, end: number, seed = 0): number {
  let sum = seed;
  let at = start;
  for (; at + 1 < end; at += 2) sum += (buf[at]! << 8) | buf[at + 1]!;
  if (at < end) sum += buf[at]! << 8;
  return sum;
}

/** Folds a sum to 16 bits and inverts it: the value of a checksum field. */
export function foldChecksum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = Math.floor(folded / 0x10000) + (folded & 0xffff);
  return ~folded & 0xffff;
}

/** The Internet checksum of a range whose own checksum field is zero. */
export function internetChecksum(buf: Buffer, start = 0, end = buf.length): number {
  return foldChecksum(onesSum(buf, start, end));
}
