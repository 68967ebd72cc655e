import { u16 } from '../common/bytes.js';
import { TCP } from '../common/ip-protocols.js';

/** How a checksum field compares with the bytes that it covers. */
const CHECKSUM_RIGHT = 0;
export const CHECKSUM_WRONG = 1;
/** Left to the network card (offload): 0, or the sum of the pseudo header alone. */
const CHECKSUM_LEFT_OUT = 2;
export type ChecksumState = typeof CHECKSUM_RIGHT | typeof CHECKSUM_WRONG | typeof CHECKSUM_LEFT_OUT;

/** One's complement sums are sums modulo this. */
const MODULUS = 0xffff;
/** Of the TCP header. */
const CHECKSUM = 16;
/** Of the IPv4 header. */
const IPV4_LEN = 20;
const IPV4_CHECKSUM = 10;

/** Tests checksums. Reads four bytes at a time, for which it keeps a view of the buffer that it was shown last. */
export class SegmentChecksum {
  private viewed: Buffer | null = null;
  private words: Int32Array = new Int32Array(0);

  /**
   * Tests the TCP checksum (RFC 9293 §3.1) of the segment `buf[start, end)`, all of which was captured. `addressSum` is
   * the sum of the addresses' 16-bit words.
   */
  tcp(buf: Buffer, start: number, end: number, addressSum: number): ChecksumState {
    const field = u16(buf, start + CHECKSUM);
    if (field === 0) return CHECKSUM_LEFT_OUT;
    const withoutLen = addressSum + TCP;
    const pseudo = withoutLen + (end - start);
    // Cards that cut up large segments get the sum without the length.
    if (field === pseudo % MODULUS || field === withoutLen % MODULUS) return CHECKSUM_LEFT_OUT;
    return (pseudo + this.sum(buf, start, end)) % MODULUS === 0 ? CHECKSUM_RIGHT : CHECKSUM_WRONG;
  }

  /** Tests the header checksum of the IPv4 header without options at `start` (RFC 791 §3.1). */
  ipv4(buf: Buffer, start: number): ChecksumState {
    if (u16(buf, start + IPV4_CHECKSUM) === 0) return CHECKSUM_LEFT_OUT;
    return this.sum(buf, start, start + IPV4_LEN) % MODULUS === 0 ? CHECKSUM_RIGHT : CHECKSUM_WRONG;
  }

  /** Sum of the 16-bit words of `buf[start, end)` in network order, below MODULUS. */
  private sum(buf: Buffer, start: number, end: number): number {
    if (buf !== this.viewed) this.view(buf);
    const { words } = this;
    const base = buf.byteOffset;
    let at = start;
    let sum = 0;
    // Bytes before the first whole word, by their weight in a word in the memory's order: little-endian (RFC 1071 §2).
    for (; at < end && ((base + at) & 3) !== 0; at++) sum += ((base + at) & 1) === 0 ? buf[at]! : buf[at]! << 8;
    const last = (base + end) >> 2;
    let word = (base + at) >> 2;
    // By halves, which stay small integers: sums of whole words would be doubles, and take three times as long.
    for (; word + 4 <= last; word += 4) {
      const one = words[word]!;
      const two = words[word + 1]!;
      const three = words[word + 2]!;
      const four = words[word + 3]!;
      sum += (one & 0xffff) + (two & 0xffff) + (three & 0xffff) + (four & 0xffff);
      sum += (one >>> 16) + (two >>> 16) + (three >>> 16) + (four >>> 16);
    }
    for (; word < last; word++) sum += (words[word]! & 0xffff) + (words[word]! >>> 16);
    at = Math.max(at, last * 4 - base);
    for (; at < end; at++) sum += ((base + at) & 1) === 0 ? buf[at]! : buf[at]! << 8;
    sum %= MODULUS;
    return ((base + start) & 1) === 0 ? ((sum & 0xff) << 8) | (sum >> 8) : sum;
  }

  private view(buf: Buffer): void {
    this.viewed = buf;
    this.words = new Int32Array(buf.buffer, 0, buf.buffer.byteLength >> 2);
  }
}
