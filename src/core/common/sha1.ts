/** SHA-1 (FIPS 180-4 §6.1) of messages that fit one block, for ids: it protects nothing. */
const BLOCK_WORDS = 16;
const ROUNDS = 80;
/** Longest message: a block less the byte behind it and the length. */
export const MAX_SHA1_LEN = 55;

/** Hashes short messages. Reused by each call: `words` holds the last digest. */
export class Sha1Block {
  /** The message; bytes behind its length must be zero. */
  readonly message = new Uint8Array(64);
  /** The five words of the digest. */
  readonly words = new Int32Array(5);
  private readonly schedule = new Int32Array(ROUNDS);

  /** Hashes the first `len` bytes of `message`, at most MAX_SHA1_LEN. */
  digest(len: number): void {
    const { message, schedule, words } = this;
    for (let t = 0; t < BLOCK_WORDS; t++) {
      const at = t * 4;
      schedule[t] = (message[at]! << 24) | (message[at + 1]! << 16) | (message[at + 2]! << 8) | message[at + 3]!;
    }
    schedule[len >> 2]! |= 0x80 << (24 - 8 * (len & 3));
    schedule[BLOCK_WORDS - 1] = len * 8;
    for (let t = BLOCK_WORDS; t < ROUNDS; t++) {
      schedule[t] = rotate(schedule[t - 3]! ^ schedule[t - 8]! ^ schedule[t - 14]! ^ schedule[t - 16]!, 1);
    }
    let a = 0x67452301;
    let b = 0xefcdab89 | 0;
    let c = 0x98badcfe | 0;
    let d = 0x10325476;
    let e = 0xc3d2e1f0 | 0;
    for (let t = 0; t < ROUNDS; t++) {
      let f: number;
      if (t < 20) f = ((b & c) ^ (~b & d)) + 0x5a827999;
      else if (t < 40) f = (b ^ c ^ d) + 0x6ed9eba1;
      else if (t < 60) f = ((b & c) ^ (b & d) ^ (c & d)) + (0x8f1bbcdc | 0);
      else f = (b ^ c ^ d) + (0xca62c1d6 | 0);
      const next = (rotate(a, 5) + f + e + schedule[t]!) | 0;
      e = d;
      d = c;
      c = rotate(b, 30);
      b = a;
      a = next;
    }
    words[0] = 0x67452301 + a;
    words[1] = 0xefcdab89 + b;
    words[2] = 0x98badcfe + c;
    words[3] = 0x10325476 + d;
    words[4] = 0xc3d2e1f0 + e;
  }
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
