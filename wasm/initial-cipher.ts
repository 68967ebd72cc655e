/**
 * What opening QUIC Initials costs, in WebAssembly: the key schedule (RFC 9001 §5.2) on SHA-256 (FIPS 180-4), and
 * AES-128 (FIPS 197) for header protection and in counter mode. AssemblyScript, built by scripts/build-wasm.mjs. The
 * same is written down a second time in src/core/inspect/quic/reference-cipher.ts, and tests compare the two.
 *
 * The caller writes to and reads from the regions exported here. Nothing is allocated and no length is checked.
 */

/** States behind the inner and the outer padded salt, then four labels, expanded: 2 x 8 and 4 x 64 words. */
export const SCHEDULE: usize = memory.data(1088, 16);
/** The destination connection id as the last block of a message, 16 words. */
export const CONNECTION_ID: usize = memory.data(64, 16);
/** What `deriveKeys` makes: 16 bytes of key, 12 of iv and 4 without meaning, 16 of the header protection key. */
export const KEYS: usize = memory.data(96, 16);
/** The AES key to use. */
export const KEY: usize = memory.data(16, 16);
/** The block to encrypt, and its place afterwards; for `decrypt` 12 bytes of nonce. */
export const BLOCK: usize = memory.data(16, 16);
/** Bytes that `decrypt` takes at most. */
export const MAX_DATA_LEN: i32 = 65_536;

const BLOCK_LEN: usize = 16;
/** Blocks that AES works on side by side, one in each bit of a byte. */
const LANES = 8;
const GROUP_LEN: usize = BLOCK_LEN * LANES;
/**
 * GCM counts from 1, for the tag; the message begins with 2 (NIST SP 800-38D §7.1). A group begins with a multiple of
 * 8.
 */
const FIRST_COUNTER: usize = 2;
const LEAD_LEN = FIRST_COUNTER * BLOCK_LEN;
/** Whole groups are written: there is room before and behind the data. */
const ROOM: usize = memory.data(65_536 + 32 + 128, 16);
/** What `decrypt` works on. */
export const DATA: usize = ROOM + LEAD_LEN;

// ---- SHA-256, key schedule ----

const STATE_LEN: usize = 32;
const SHA_BLOCK_LEN: usize = 64;
const EXPANDED_LEN: usize = 256;
const ROUND_CONSTANTS: usize = memory.data<u32>(
  [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
    0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
    0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
    0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
    0xc67178f2,
  ],
  16,
);
const INITIAL_STATE: usize = memory.data<u32>(
  [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19],
  16,
);
/** The block at hand, expanded. */
const EXPANDED: usize = memory.data(256, 16);
const SECRET: usize = memory.data(32, 16);
const INNER: usize = memory.data(32, 16);
const OUTER: usize = memory.data(32, 16);

/** The client's keys for SCHEDULE and CONNECTION_ID, to KEYS. */
export function deriveKeys(): void {
  const labels = SCHEDULE + 2 * STATE_LEN;
  for (let i: usize = 0; i < SHA_BLOCK_LEN; i += 16) v128.store(EXPANDED + i, v128.load(CONNECTION_ID + i));
  expandBlock();
  hmac(SCHEDULE, SCHEDULE + STATE_LEN, EXPANDED, SECRET);
  hmacKey(SECRET);
  hmac(INNER, OUTER, labels, SECRET);
  hmacKey(SECRET);
  // Each digest of 32 bytes overwrites the half of the one before that is not wanted.
  for (let i: usize = 0; i < 3; i++) {
    const key = KEYS + i * 16;
    hmac(INNER, OUTER, labels + (i + 1) * EXPANDED_LEN, key);
    v128.store(key, swapped(v128.load(key)));
  }
}

/** The bytes of each word in the other order. */
function swapped(words: v128): v128 {
  return v128.swizzle(words, i8x16(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12));
}

/** INNER and OUTER: the states behind the padded `key` of 32 bytes (RFC 2104). */
function hmacKey(key: usize): void {
  padKey(key, i32x4.splat(0x36363636));
  compress(INITIAL_STATE, EXPANDED, INNER);
  padKey(key, i32x4.splat(0x5c5c5c5c));
  compress(INITIAL_STATE, EXPANDED, OUTER);
}

function padKey(key: usize, pad: v128): void {
  v128.store(EXPANDED, v128.xor(v128.load(key), pad));
  v128.store(EXPANDED, v128.xor(v128.load(key, 16), pad), 16);
  v128.store(EXPANDED, pad, 32);
  v128.store(EXPANDED, pad, 48);
  expandBlock();
}

/** The HMAC whose message is the one block expanded at `message`. */
function hmac(inner: usize, outer: usize, message: usize, to: usize): void {
  compress(inner, message, to);
  v128.store(EXPANDED, v128.load(to));
  v128.store(EXPANDED, v128.load(to, 16), 16);
  v128.store(EXPANDED, i32x4(0x80000000, 0, 0, 0), 32);
  v128.store(EXPANDED, i32x4(0, 0, 0, 8 * (64 + 32)), 48);
  expandBlock();
  compress(outer, EXPANDED, to);
}

/** The 16 words at EXPANDED become the 64 that the rounds add, constants included (FIPS 180-4 §6.2.2). */
function expandBlock(): void {
  for (let t: usize = EXPANDED + SHA_BLOCK_LEN; t < EXPANDED + EXPANDED_LEN; t += 4) {
    const a = load<u32>(t - 60);
    const b = load<u32>(t - 8);
    const sigma0 = rotr<u32>(a, 7) ^ rotr<u32>(a, 18) ^ (a >>> 3);
    const sigma1 = rotr<u32>(b, 17) ^ rotr<u32>(b, 19) ^ (b >>> 10);
    store<u32>(t, load<u32>(t - 64) + sigma0 + load<u32>(t - 28) + sigma1);
  }
  for (let i: usize = 0; i < EXPANDED_LEN; i += 16) {
    v128.store(EXPANDED + i, v128.add<u32>(v128.load(EXPANDED + i), v128.load(ROUND_CONSTANTS + i)));
  }
}

/** Writes the state behind `from` and the block expanded at `words` to `to`, which may be `from`. */
function compress(from: usize, words: usize, to: usize): void {
  let a = load<u32>(from);
  let b = load<u32>(from, 4);
  let c = load<u32>(from, 8);
  let d = load<u32>(from, 12);
  let e = load<u32>(from, 16);
  let f = load<u32>(from, 20);
  let g = load<u32>(from, 24);
  let h = load<u32>(from, 28);
  const end = words + EXPANDED_LEN;
  // Four rounds, after which a, b, c, d and e, f, g, h have changed places by names alone.
  for (let at = words; at < end; at += 16) {
    h += sum1(e) + (g ^ (e & (f ^ g))) + load<u32>(at);
    d += h;
    h += sum0(a) + ((a & b) | (c & (a | b)));
    g += sum1(d) + (f ^ (d & (e ^ f))) + load<u32>(at, 4);
    c += g;
    g += sum0(h) + ((h & a) | (b & (h | a)));
    f += sum1(c) + (e ^ (c & (d ^ e))) + load<u32>(at, 8);
    b += f;
    f += sum0(g) + ((g & h) | (a & (g | h)));
    e += sum1(b) + (d ^ (b & (c ^ d))) + load<u32>(at, 12);
    a += e;
    e += sum0(f) + ((f & g) | (h & (f | g)));
    const newE = a;
    const newF = b;
    const newG = c;
    const newH = d;
    a = e;
    b = f;
    c = g;
    d = h;
    e = newE;
    f = newF;
    g = newG;
    h = newH;
  }
  store<u32>(to, a + load<u32>(from));
  store<u32>(to, b + load<u32>(from, 4), 4);
  store<u32>(to, c + load<u32>(from, 8), 8);
  store<u32>(to, d + load<u32>(from, 12), 12);
  store<u32>(to, e + load<u32>(from, 16), 16);
  store<u32>(to, f + load<u32>(from, 20), 20);
  store<u32>(to, g + load<u32>(from, 24), 24);
  store<u32>(to, h + load<u32>(from, 28), 28);
}

function sum0(word: u32): u32 {
  return rotr<u32>(word, 2) ^ rotr<u32>(word, 13) ^ rotr<u32>(word, 22);
}

function sum1(word: u32): u32 {
  return rotr<u32>(word, 6) ^ rotr<u32>(word, 11) ^ rotr<u32>(word, 25);
}

// ---- AES-128 ----

const ROUNDS: usize = 10;
/** Eight planes of a round key, that of bit 0 first. */
const ROUND_KEY_LEN: usize = 8 * 16;
const ROUND_KEYS: usize = memory.data(11 * 8 * 16, 16);
const KEY_STREAM: usize = memory.data(128, 16);
const S_BOX: usize = memory.data(256, 16);
buildSBox();

/** Encrypts BLOCK with KEY, in place. */
export function encryptBlock(): void {
  expandKey();
  encryptGroup(v128.load(BLOCK), false);
  v128.store(BLOCK, v128.load(KEY_STREAM));
}

/** Encrypts or decrypts `len` bytes at DATA with KEY, the nonce in BLOCK and counters from 2 on. */
export function decrypt(len: i32): void {
  expandKey();
  const nonce = v128.load(BLOCK);
  const end = DATA + len;
  let counter: u32 = 0;
  for (let at = ROOM; at < end; at += GROUP_LEN) {
    encryptGroup(i32x4.replace_lane(nonce, 3, bswap<u32>(counter)), true);
    for (let i: usize = 0; i < GROUP_LEN; i += BLOCK_LEN) {
      v128.store(at + i, v128.xor(v128.load(at + i), v128.load(KEY_STREAM + i)));
    }
    counter += LANES;
  }
}

/** The S-box from its definition (FIPS 197 §5.1.1): p walks through all of GF(2^8), q through the inverses. */
function buildSBox(): void {
  let p: u32 = 1;
  let q: u32 = 1;
  do {
    p ^= double(p);
    q ^= q << 1;
    q ^= q << 2;
    q = (q ^ (q << 4)) & 255;
    if ((q & 0x80) !== 0) q ^= 0x09;
    const b = q as u8;
    store<u8>(S_BOX + p, b ^ rotl<u8>(b, 1) ^ rotl<u8>(b, 2) ^ rotl<u8>(b, 3) ^ rotl<u8>(b, 4) ^ 0x63);
  } while (p !== 1);
  store<u8>(S_BOX, 0x63);
}

/** Multiplication by x in GF(2^8) (FIPS 197 §4.2.1). */
function double(byte: u32): u32 {
  return ((byte << 1) ^ ((byte & 0x80) !== 0 ? 0x11b : 0)) & 255;
}

/**
 * KEY expanded (FIPS 197 §5.2), in planes: bit b of byte i of a round key fills byte i of plane b. The constant that
 * SubBytes adds is in the keys behind it, for MixColumns and ShiftRows leave it what it is.
 */
function expandKey(): void {
  let w0 = load<u32>(KEY);
  let w1 = load<u32>(KEY, 4);
  let w2 = load<u32>(KEY, 8);
  let w3 = load<u32>(KEY, 12);
  let roundConstant: u32 = 1;
  storePlanes(ROUND_KEYS, i32x4(w0, w1, w2, w3));
  for (let round: usize = 1; round <= ROUNDS; round++) {
    w0 ^= substituted(rotr<u32>(w3, 8)) ^ roundConstant;
    w1 ^= w0;
    w2 ^= w1;
    w3 ^= w2;
    roundConstant = double(roundConstant);
    storePlanes(ROUND_KEYS + round * ROUND_KEY_LEN, v128.xor(i32x4(w0, w1, w2, w3), i8x16.splat(0x63)));
  }
}

function substituted(word: u32): u32 {
  return (
    (load<u8>(S_BOX + (word & 255)) as u32) |
    ((load<u8>(S_BOX + ((word >>> 8) & 255)) as u32) << 8) |
    ((load<u8>(S_BOX + ((word >>> 16) & 255)) as u32) << 16) |
    ((load<u8>(S_BOX + (word >>> 24)) as u32) << 24)
  );
}

function storePlanes(to: usize, bytes: v128): void {
  let bit = i8x16.splat(1);
  for (let i: usize = 0; i < ROUND_KEY_LEN; i += 16) {
    v128.store(to + i, v128.ne<u8>(v128.and(bytes, bit), i64x2.splat(0)));
    bit = v128.shl<u8>(bit, 1);
  }
}

/** Byte i of all ones where byte i of `bytes` has the bit `bit` set. */
function plane(bytes: v128, bit: u8): v128 {
  return v128.ne<u8>(v128.and(bytes, i8x16.splat(bit)), i64x2.splat(0));
}

function xor(a: v128, b: v128): v128 {
  return v128.xor(a, b);
}

function and(a: v128, b: v128): v128 {
  return v128.and(a, b);
}

/** ShiftRows: byte 4c + r is row r of column c (FIPS 197 §3.4). */
function shiftRows(x: v128): v128 {
  return v128.swizzle(x, i8x16(0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11));
}

/** Each column turned by one row. */
function turned(x: v128): v128 {
  return v128.swizzle(x, i8x16(1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12));
}

function turnedTwice(x: v128): v128 {
  return v128.swizzle(x, i8x16(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
}

/**
 * Encrypts eight blocks to KEY_STREAM, all of them `block`, or with `counts` block j with j in the low bits of the last
 * byte. Sliced by bits: x0 to x7 are the planes of bits 7 to 0, and bit j of byte i in each belongs to byte i of block
 * j.
 */
function encryptGroup(block: v128, counts: bool): void {
  let x0 = plane(block, 0x80);
  let x1 = plane(block, 0x40);
  let x2 = plane(block, 0x20);
  let x3 = plane(block, 0x10);
  let x4 = plane(block, 0x08);
  let x5 = plane(block, 0x04);
  let x6 = plane(block, 0x02);
  let x7 = plane(block, 0x01);
  if (counts) {
    x7 = v128.or(x7, i64x2(0, 0xaa00000000000000));
    x6 = v128.or(x6, i64x2(0, 0xcc00000000000000));
    x5 = v128.or(x5, i64x2(0, 0xf000000000000000));
  }
  let key = ROUND_KEYS;
  const lastKey = ROUND_KEYS + ROUNDS * ROUND_KEY_LEN;
  x7 = xor(x7, v128.load(key));
  x6 = xor(x6, v128.load(key, 16));
  x5 = xor(x5, v128.load(key, 32));
  x4 = xor(x4, v128.load(key, 48));
  x3 = xor(x3, v128.load(key, 64));
  x2 = xor(x2, v128.load(key, 80));
  x1 = xor(x1, v128.load(key, 96));
  x0 = xor(x0, v128.load(key, 112));
  for (;;) {
    key += ROUND_KEY_LEN;
    // SubBytes, by the circuit of Boyar and Peralta (A new combinational logic minimization technique with applications
    // to cryptology, SEA 2010), with their names: a linear layer, the inversion in GF(2^4), a linear layer.
    const y14 = xor(x3, x5);
    const y13 = xor(x0, x6);
    const y9 = xor(x0, x3);
    const y8 = xor(x0, x5);
    const t0 = xor(x1, x2);
    const y1 = xor(t0, x7);
    const y4 = xor(y1, x3);
    const y12 = xor(y13, y14);
    const y2 = xor(y1, x0);
    const y5 = xor(y1, x6);
    const y3 = xor(y5, y8);
    const t1 = xor(x4, y12);
    const y15 = xor(t1, x5);
    const y20 = xor(t1, x1);
    const y6 = xor(y15, x7);
    const y10 = xor(y15, t0);
    const y11 = xor(y20, y9);
    const y7 = xor(x7, y11);
    const y17 = xor(y10, y11);
    const y19 = xor(y10, y8);
    const y16 = xor(t0, y11);
    const y21 = xor(y13, y16);
    const y18 = xor(x0, y16);

    const t2 = and(y12, y15);
    const t4 = xor(and(y3, y6), t2);
    const t6 = xor(and(y4, x7), t2);
    const t7 = and(y13, y16);
    const t9 = xor(and(y5, y1), t7);
    const t11 = xor(and(y2, y7), t7);
    const t12 = and(y9, y11);
    const t14 = xor(and(y14, y17), t12);
    const t16 = xor(and(y8, y10), t12);
    const t21 = xor(xor(t4, t14), y20);
    const t22 = xor(xor(t6, t16), y19);
    const t23 = xor(xor(t9, t14), y21);
    const t24 = xor(xor(t11, t16), y18);
    const t25 = xor(t21, t22);
    const t26 = and(t21, t23);
    const t27 = xor(t24, t26);
    const t29 = xor(and(t25, t27), t22);
    const t33 = xor(and(xor(t22, t26), xor(t23, t24)), t24);
    const t36 = and(t24, xor(t27, t33));
    const t37 = xor(t36, xor(t23, t33));
    const t40 = xor(t25, and(t29, xor(t27, t36)));
    const t41 = xor(t40, t37);
    const t42 = xor(t29, t33);
    const t43 = xor(t29, t40);
    const t44 = xor(t33, t37);
    const t45 = xor(t42, t41);

    const z0 = and(t44, y15);
    const z1 = and(t37, y6);
    const z2 = and(t33, x7);
    const z3 = and(t43, y16);
    const z4 = and(t40, y1);
    const z5 = and(t29, y7);
    const z6 = and(t42, y11);
    const z7 = and(t45, y17);
    const z8 = and(t41, y10);
    const z9 = and(t44, y12);
    const z10 = and(t37, y3);
    const z11 = and(t33, y4);
    const z12 = and(t43, y13);
    const z13 = and(t40, y5);
    const z14 = and(t29, y2);
    const z15 = and(t42, y9);
    const z16 = and(t45, y14);
    const z17 = and(t41, y8);
    const t46 = xor(z15, z16);
    const t48 = xor(z5, z13);
    const t53 = xor(z0, z3);
    const t54 = xor(z6, z7);
    const t57 = xor(xor(z2, z12), t53);
    const t58 = xor(z4, t46);
    const t59 = xor(z3, t54);
    const t62 = xor(xor(z7, z8), t58);
    const t63 = xor(xor(z9, z10), t58);
    const t64 = xor(z4, t59);
    const t65 = xor(xor(z14, t57), t62);
    const t66 = xor(z1, t63);
    const s3 = xor(t53, t66);
    const a0 = shiftRows(xor(t59, t63));
    const a1 = shiftRows(xor(t64, s3));
    const a2 = shiftRows(xor(xor(z16, z17), xor(t64, t65)));
    const a3 = shiftRows(s3);
    const a4 = shiftRows(xor(xor(z2, z5), t66));
    const a5 = shiftRows(xor(xor(z10, z11), t65));
    const a6 = shiftRows(xor(xor(z12, t48), t62));
    const a7 = shiftRows(xor(t48, xor(t46, t57)));
    if (key === lastKey) {
      x0 = xor(a0, v128.load(key, 112));
      x1 = xor(a1, v128.load(key, 96));
      x2 = xor(a2, v128.load(key, 80));
      x3 = xor(a3, v128.load(key, 64));
      x4 = xor(a4, v128.load(key, 48));
      x5 = xor(a5, v128.load(key, 32));
      x6 = xor(a6, v128.load(key, 16));
      x7 = xor(a7, v128.load(key));
      break;
    }

    // MixColumns: 2(a + b) + b + c + d for the rows a, b, c, d from each row on, and the round key.
    const b0 = turned(a0);
    const b1 = turned(a1);
    const b2 = turned(a2);
    const b3 = turned(a3);
    const b4 = turned(a4);
    const b5 = turned(a5);
    const b6 = turned(a6);
    const b7 = turned(a7);
    const u0 = xor(a0, b0);
    const u1 = xor(a1, b1);
    const u2 = xor(a2, b2);
    const u3 = xor(a3, b3);
    const u4 = xor(a4, b4);
    const u5 = xor(a5, b5);
    const u6 = xor(a6, b6);
    const u7 = xor(a7, b7);
    x0 = xor(xor(u1, xor(b0, turnedTwice(u0))), v128.load(key, 112));
    x1 = xor(xor(u2, xor(b1, turnedTwice(u1))), v128.load(key, 96));
    x2 = xor(xor(u3, xor(b2, turnedTwice(u2))), v128.load(key, 80));
    x3 = xor(xor(xor(u4, u0), xor(b3, turnedTwice(u3))), v128.load(key, 64));
    x4 = xor(xor(xor(u5, u0), xor(b4, turnedTwice(u4))), v128.load(key, 48));
    x5 = xor(xor(u6, xor(b5, turnedTwice(u5))), v128.load(key, 32));
    x6 = xor(xor(xor(u7, u0), xor(b6, turnedTwice(u6))), v128.load(key, 16));
    x7 = xor(xor(u0, xor(b7, turnedTwice(u7))), v128.load(key));
  }
  v128.store(KEY_STREAM, x7);
  v128.store(KEY_STREAM, x6, 16);
  v128.store(KEY_STREAM, x5, 32);
  v128.store(KEY_STREAM, x4, 48);
  v128.store(KEY_STREAM, x3, 64);
  v128.store(KEY_STREAM, x2, 80);
  v128.store(KEY_STREAM, x1, 96);
  v128.store(KEY_STREAM, x0, 112);
  exchange(1, 1, 0x55);
  exchange(2, 2, 0x33);
  exchange(4, 4, 0x0f);
}

/**
 * A step from planes to blocks, a matrix of eight by eight bits turned for each byte: in each pair of planes `distance`
 * apart the bits `shift` apart change places.
 */
function exchange(distance: i32, shift: i32, mask: i8): void {
  for (let i = 0; i < LANES; i++) {
    if ((i & distance) !== 0) continue;
    const low = KEY_STREAM + i * 16;
    const high = low + distance * 16;
    const a = v128.load(low);
    const b = v128.load(high);
    const changed = v128.and(v128.xor(v128.shr<u64>(a, shift), b), i8x16.splat(mask));
    v128.store(high, v128.xor(b, changed));
    v128.store(low, v128.xor(a, v128.shl<u64>(changed, shift)));
  }
}
