/**
 * The parts of SHA-256 (FIPS 180-4) and HMAC (RFC 2104) that prepare input for the WebAssembly cipher: states and
 * expanded blocks, which node:crypto does not give out. On 32-bit words; every buffer is the caller's.
 */

export const STATE_WORDS = 8;
export const BLOCK_WORDS = 16;
const ROUNDS = 64;
/** Bits in front of the message of an HMAC: its padded key. */
export const BLOCK_BITS = 512;

// prettier-ignore
const K = new Int32Array([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
]);

const INITIAL_STATE = new Int32Array([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);

/** Reused by each call: calls don't nest, and nothing in them survives one. */
const schedule = new Int32Array(ROUNDS);
const padBlock = new Int32Array(BLOCK_WORDS);

/** Fills `into` (64 words) with what the rounds add for `block` (16 words): the message schedule plus the constants. */
export function expandBlock(block: Int32Array, into: Int32Array): void {
  for (let t = 0; t < BLOCK_WORDS; t++) into[t] = block[t]!;
  for (let t = BLOCK_WORDS; t < ROUNDS; t++) {
    const a = into[t - 15]!;
    const b = into[t - 2]!;
    const sigma0 = ((a >>> 7) | (a << 25)) ^ ((a >>> 18) | (a << 14)) ^ (a >>> 3);
    const sigma1 = ((b >>> 17) | (b << 15)) ^ ((b >>> 19) | (b << 13)) ^ (b >>> 10);
    into[t] = (into[t - 16]! + sigma0 + into[t - 7]! + sigma1) | 0;
  }
  for (let t = 0; t < ROUNDS; t++) into[t] = (into[t]! + K[t]!) | 0;
}

/** One compression: writes to `to` (8 words) the state that follows `from`. */
function compress(from: Int32Array, block: Int32Array, to: Int32Array): void {
  expandBlock(block, schedule);
  const h0 = from[0]!;
  const h1 = from[1]!;
  const h2 = from[2]!;
  const h3 = from[3]!;
  const h4 = from[4]!;
  const h5 = from[5]!;
  const h6 = from[6]!;
  const h7 = from[7]!;
  let a = h0;
  let b = h1;
  let c = h2;
  let d = h3;
  let e = h4;
  let f = h5;
  let g = h6;
  let h = h7;
  for (let t = 0; t < ROUNDS; t++) {
    const sum1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + sum1 + (g ^ (e & (f ^ g))) + schedule[t]!) | 0;
    const sum0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (sum0 + ((a & b) | (c & (a | b)))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  to[0] = h0 + a;
  to[1] = h1 + b;
  to[2] = h2 + c;
  to[3] = h3 + d;
  to[4] = h4 + e;
  to[5] = h5 + f;
  to[6] = h6 + g;
  to[7] = h7 + h;
}

/**
 * Writes the last block of a message to `block`: `buf[start, end)` (at most 55 bytes), the end mark, and the length of
 * the whole message, of which `precedingBits` were hashed before.
 */
export function lastBlock(buf: Buffer, start: number, end: number, precedingBits: number, block: Int32Array): void {
  block.fill(0);
  const len = end - start;
  for (let i = 0; i < len; i++) block[i >> 2] = block[i >> 2]! | (buf[start + i]! << (24 - (i & 3) * 8));
  block[len >> 2] = block[len >> 2]! | (0x80 << (24 - (len & 3) * 8));
  block[15] = precedingBits + len * 8;
}

/** For an HMAC key of 8 words, the states behind its inner and outer padded blocks. */
export function hmacKey(key: Int32Array, inner: Int32Array, outer: Int32Array): void {
  for (let i = 0; i < STATE_WORDS; i++) padBlock[i] = key[i]! ^ 0x36363636;
  padBlock.fill(0x36363636, STATE_WORDS);
  compress(INITIAL_STATE, padBlock, inner);
  for (let i = 0; i < STATE_WORDS; i++) padBlock[i] = key[i]! ^ 0x5c5c5c5c;
  padBlock.fill(0x5c5c5c5c, STATE_WORDS);
  compress(INITIAL_STATE, padBlock, outer);
}
