/**
 * AES-128, one block (FIPS 197), for QUIC header protection: a single block is done before node:crypto has set up a
 * cipher object, which the garbage collector then has to take away. Not for secrets: table look-ups leak timing, and
 * every key here can be computed from the packet itself (RFC 9001 §5.2).
 */
const ROUNDS = 10;
const KEY_WORDS = 4;
/** Words of an expanded key. */
export const AES_SCHEDULE_WORDS = KEY_WORDS * (ROUNDS + 1);

const SBOX = new Uint8Array(256);
/** SubBytes, ShiftRows and MixColumns of one byte in each of the four places of a column. */
const T0 = new Int32Array(256);
const T1 = new Int32Array(256);
const T2 = new Int32Array(256);
const T3 = new Int32Array(256);
buildTables();

/** FIPS 197 §5.2: the 16 bytes of `key` into `schedule`. */
export function expandAesKey(key: Buffer, schedule: Int32Array): void {
  for (let i = 0; i < KEY_WORDS; i++) schedule[i] = key.readInt32BE(i * 4);
  let roundConstant = 1;
  for (let i = KEY_WORDS; i < AES_SCHEDULE_WORDS; i++) {
    let word = schedule[i - 1]!;
    if (i % KEY_WORDS === 0) {
      word =
        (SBOX[(word >>> 16) & 255]! << 24) |
        (SBOX[(word >>> 8) & 255]! << 16) |
        (SBOX[word & 255]! << 8) |
        SBOX[word >>> 24]!;
      word ^= roundConstant << 24;
      roundConstant = double(roundConstant);
    }
    schedule[i] = schedule[i - KEY_WORDS]! ^ word;
  }
}

/** FIPS 197 §5.1: encrypts the 16 bytes at `from[at]`, which the caller has checked to be there, into `to`. */
export function encryptAesBlock(schedule: Int32Array, from: Buffer, at: number, to: Buffer): void {
  let s0 = from.readInt32BE(at) ^ schedule[0]!;
  let s1 = from.readInt32BE(at + 4) ^ schedule[1]!;
  let s2 = from.readInt32BE(at + 8) ^ schedule[2]!;
  let s3 = from.readInt32BE(at + 12) ^ schedule[3]!;
  let k = KEY_WORDS;
  for (let round = 1; round < ROUNDS; round++) {
    const t0 = T0[s0 >>> 24]! ^ T1[(s1 >>> 16) & 255]! ^ T2[(s2 >>> 8) & 255]! ^ T3[s3 & 255]! ^ schedule[k]!;
    const t1 = T0[s1 >>> 24]! ^ T1[(s2 >>> 16) & 255]! ^ T2[(s3 >>> 8) & 255]! ^ T3[s0 & 255]! ^ schedule[k + 1]!;
    const t2 = T0[s2 >>> 24]! ^ T1[(s3 >>> 16) & 255]! ^ T2[(s0 >>> 8) & 255]! ^ T3[s1 & 255]! ^ schedule[k + 2]!;
    const t3 = T0[s3 >>> 24]! ^ T1[(s0 >>> 16) & 255]! ^ T2[(s1 >>> 8) & 255]! ^ T3[s2 & 255]! ^ schedule[k + 3]!;
    s0 = t0;
    s1 = t1;
    s2 = t2;
    s3 = t3;
    k += KEY_WORDS;
  }
  to.writeInt32BE(lastRound(s0, s1, s2, s3) ^ schedule[k]!, 0);
  to.writeInt32BE(lastRound(s1, s2, s3, s0) ^ schedule[k + 1]!, 4);
  to.writeInt32BE(lastRound(s2, s3, s0, s1) ^ schedule[k + 2]!, 8);
  to.writeInt32BE(lastRound(s3, s0, s1, s2) ^ schedule[k + 3]!, 12);
}

/** The last round leaves MixColumns out. */
function lastRound(a: number, b: number, c: number, d: number): number {
  return (SBOX[a >>> 24]! << 24) | (SBOX[(b >>> 16) & 255]! << 16) | (SBOX[(c >>> 8) & 255]! << 8) | SBOX[d & 255]!;
}

/** Multiplication by x in GF(2^8) (FIPS 197 §4.2.1). */
function double(byte: number): number {
  return ((byte << 1) ^ (byte & 0x80 ? 0x11b : 0)) & 255;
}

/** The S-box from its definition (FIPS 197 §5.1.1): inverse in GF(2^8), then an affine map. */
function buildTables(): void {
  const logs = new Uint8Array(256);
  const powers = new Uint8Array(256);
  for (let i = 0, p = 1; i < 255; i++) {
    powers[i] = p;
    logs[p] = i;
    p ^= double(p);
  }
  for (let byte = 0; byte < 256; byte++) {
    const inverse = byte === 0 ? 0 : powers[(255 - logs[byte]!) % 255]!;
    let s = inverse;
    for (let shift = 1; shift <= 4; shift++) s ^= (inverse << shift) | (inverse >>> (8 - shift));
    s = (s ^ 0x63) & 255;
    SBOX[byte] = s;
    const twice = double(s);
    const column = (twice << 24) | (s << 16) | (s << 8) | (twice ^ s);
    T0[byte] = column;
    T1[byte] = (column >>> 8) | (column << 24);
    T2[byte] = (column >>> 16) | (column << 16);
    T3[byte] = (column >>> 24) | (column << 8);
  }
}
