import { u16 } from '../common/bytes.js';
import { TCP } from '../common/ip-protocols.js';

/** How a checksum field compares with the bytes that it covers. */
export const CHECKSUM_RIGHT = 0;
export const CHECKSUM_WRONG = 1;
/** Left to the network card (offload): 0, or the sum of the pseudo header alone. */
export const CHECKSUM_LEFT_OUT = 2;
export type ChecksumState = typeof CHECKSUM_RIGHT | typeof CHECKSUM_WRONG | typeof CHECKSUM_LEFT_OUT;

const ALL_ONES = 0xffff;
/** Of the TCP header. */
const CHECKSUM = 16;
/** Of the IPv4 header. */
const IPV4_LEN = 20;
const IPV4_CHECKSUM = 10;

/**
 * Checks the TCP checksum (RFC 9293 §3.1) of the segment `buf[start, end)`, all of which was captured. `addressSum` is
 * the sum of the addresses' 16-bit words.
 */
export function tcpChecksum(buf: Buffer, start: number, end: number, addressSum: number): ChecksumState {
  const field = u16(buf, start + CHECKSUM);
  if (field === 0) return CHECKSUM_LEFT_OUT;
  const withoutLen = addressSum + TCP;
  const pseudo = withoutLen + (end - start);
  if (fold(pseudo + onesSum(buf, start, end)) === ALL_ONES) return CHECKSUM_RIGHT;
  // Cards that cut up large segments get the sum without the length.
  return field === fold(pseudo) || field === fold(withoutLen) ? CHECKSUM_LEFT_OUT : CHECKSUM_WRONG;
}

/** Checks the header checksum of the IPv4 header without options at `start` (RFC 791 §3.1). */
export function ipv4Checksum(buf: Buffer, start: number): ChecksumState {
  if (u16(buf, start + IPV4_CHECKSUM) === 0) return CHECKSUM_LEFT_OUT;
  return fold(onesSum(buf, start, start + IPV4_LEN)) === ALL_ONES ? CHECKSUM_RIGHT : CHECKSUM_WRONG;
}

/** Sum of the 16-bit words of `buf[start, end)`, not folded. Packets are too short for it to leave 32 bits. */
function onesSum(buf: Buffer, start: number, end: number): number {
  let sum = 0;
  const last = end - 1;
  for (let at = start; at < last; at += 2) sum += (buf[at]! << 8) | buf[at + 1]!;
  if (((end - start) & 1) !== 0) sum += buf[last]! << 8;
  return sum;
}

function fold(sum: number): number {
  while (sum > ALL_ONES) sum = (sum & ALL_ONES) + (sum >>> 16);
  return sum;
}
