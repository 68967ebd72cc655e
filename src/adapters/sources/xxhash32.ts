/** XXH32 with seed 0 (xxHash specification, §XXH32), over bytes that come in parts. */

const PRIME_1 = 0x9e3779b1 | 0;
const PRIME_2 = 0x85ebca77 | 0;
const PRIME_3 = 0xc2b2ae3d | 0;
const PRIME_4 = 0x27d4eb2f;
const PRIME_5 = 0x165667b1;
const STRIPE_LEN = 16;

export class XxHash32 {
  private a = (PRIME_1 + PRIME_2) | 0;
  private b = PRIME_2;
  private c = 0;
  private d = -PRIME_1 | 0;
  /** Bytes that do not fill a stripe yet. */
  private readonly rest = Buffer.alloc(STRIPE_LEN);
  private restLen = 0;
  private totalLen = 0;

  update(buf: Buffer, start: number, end: number): void {
    this.totalLen += end - start;
    let at = start;
    if (this.restLen > 0) {
      const got = buf.copy(this.rest, this.restLen, at, Math.min(end, at + STRIPE_LEN - this.restLen));
      this.restLen += got;
      at += got;
      if (this.restLen < STRIPE_LEN) return;
      this.stripes(this.rest, 0, STRIPE_LEN);
    }
    const stripesEnd = end - ((end - at) & (STRIPE_LEN - 1));
    this.stripes(buf, at, stripesEnd);
    this.restLen = buf.copy(this.rest, 0, stripesEnd, end);
  }

  /** The hash of all bytes so far, as an unsigned number. */
  digest(): number {
    const { a, b, c, d, rest, restLen, totalLen } = this;
    let hash = totalLen < STRIPE_LEN ? PRIME_5 : rotl(a, 1) + rotl(b, 7) + rotl(c, 12) + rotl(d, 18);
    hash = (hash + totalLen) | 0;
    let at = 0;
    for (; at + 4 <= restLen; at += 4) {
      hash = Math.imul(rotl((hash + Math.imul(rest.readInt32LE(at), PRIME_3)) | 0, 17), PRIME_4);
    }
    for (; at < restLen; at++) {
      hash = Math.imul(rotl((hash + Math.imul(rest[at]!, PRIME_5)) | 0, 11), PRIME_1);
    }
    hash = Math.imul(hash ^ (hash >>> 15), PRIME_2);
    hash = Math.imul(hash ^ (hash >>> 13), PRIME_3);
    return (hash ^ (hash >>> 16)) >>> 0;
  }

  private stripes(buf: Buffer, start: number, end: number): void {
    let { a, b, c, d } = this;
    for (let at = start; at < end; at += STRIPE_LEN) {
      a = round(a, buf, at);
      b = round(b, buf, at + 4);
      c = round(c, buf, at + 8);
      d = round(d, buf, at + 12);
    }
    this.a = a;
    this.b = b;
    this.c = c;
    this.d = d;
  }
}

/** The hash of `buf[start, end)`. */
export function xxHash32(buf: Buffer, start: number, end: number): number {
  const hash = new XxHash32();
  hash.update(buf, start, end);
  return hash.digest();
}

function round(lane: number, buf: Buffer, at: number): number {
  const word = buf[at]! | (buf[at + 1]! << 8) | (buf[at + 2]! << 16) | (buf[at + 3]! << 24);
  return Math.imul(rotl((lane + Math.imul(word, PRIME_2)) | 0, 13), PRIME_1);
}

function rotl(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
