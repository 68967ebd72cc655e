/**
 * HalfSipHash-1-2 (SipHash of 32-bit words; Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012): the hash
 * of tables whose keys come from the wire. Without the key nobody can prepare input that collides.
 */

const V2 = 0x6c796765;
const V3 = 0x74656462;
/** Words of the message, its length word behind them, and the two rounds at the end. */
const ROUNDS = 7;
const LENGTH_ROUND = 4;
/** Length of the message in bytes, in the upper byte of the last word. */
const LENGTH_WORD = 16 << 24;
const FINAL = 0xff;

/** Four words, little-endian in the message, to 32 bits. The key is `seed`, a secret, and a second word made of it. */
export function hashWords(w0: number, w1: number, w2: number, w3: number, seed: number): number {
  const k1 = Math.imul(seed ^ (seed >>> 15), 0x85ebca77) ^ 0x27d4eb2f;
  let v0 = seed | 0;
  let v1 = k1;
  let v2 = V2 ^ seed;
  let v3 = V3 ^ k1;
  // The words move up by one in each round.
  let m = w0;
  let m1 = w1;
  let m2 = w2;
  let m3 = w3;
  let m4 = LENGTH_WORD;
  for (let round = 0; round < ROUNDS; round++) {
    v3 ^= m;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= m;
    if (round === LENGTH_ROUND) v2 ^= FINAL;
    m = m1;
    m1 = m2;
    m2 = m3;
    m3 = m4;
    m4 = 0;
  }
  return v1 ^ v3;
}

/**
 * The bytes of a name to 32 bits, ASCII letters of either case alike. As `hashWords`, but of any length, and with the
 * words in network order.
 */
export function hashName(buf: Buffer, start: number, end: number, seed: number): number {
  const k1 = Math.imul(seed ^ (seed >>> 15), 0x85ebca77) ^ 0x27d4eb2f;
  let v0 = seed | 0;
  let v1 = k1;
  let v2 = V2 ^ seed;
  let v3 = V3 ^ k1;
  const wholeEnd = end - ((end - start) & 3);
  const lengthEnd = wholeEnd + 4;
  for (let at = start; at < lengthEnd + 8; at += 4) {
    let m = 0;
    if (at < wholeEnd) m = lowerWord((buf[at]! << 24) | (buf[at + 1]! << 16) | (buf[at + 2]! << 8) | buf[at + 3]!);
    else if (at === wholeEnd) m = lastWord(buf, at, end) ^ ((end - start) << 24);
    else if (at === lengthEnd) v2 ^= FINAL;
    v3 ^= m;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= m;
  }
  return v1 ^ v3;
}

/** The up to three bytes at `at`, in the lower bits. */
function lastWord(buf: Buffer, at: number, end: number): number {
  let bits = 0;
  for (let i = at; i < end; i++) bits = (bits << 8) | buf[i]!;
  return lowerWord(bits);
}

/** Four bytes with A to Z as a to z, all at once: the top bit of a sum shows which bytes lie in that range. */
function lowerWord(word: number): number {
  const low = word & 0x7f7f7f7f;
  const isUpper = (low + 0x3f3f3f3f) ^ (low + 0x25252525);
  return word | ((isUpper & ~word & 0x80808080) >>> 2);
}
