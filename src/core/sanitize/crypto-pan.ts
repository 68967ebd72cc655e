import { type Cipher, createCipheriv } from 'node:crypto';

const BLOCK_LEN = 16;
/** First half of the key: AES-128. Second half: encrypted, it pads the prefixes. */
const CRYPTO_PAN_KEY_LEN = 32;

/**
 * Crypto-PAn: replaces addresses so that two of them share as long a prefix afterwards as before (Xu, Fan, Ammar, Moon:
 * "Prefix-Preserving IP Address Anonymization", ICNP 2002). Bit i is flipped by the top bit of
 * AES(key, the i bits before it, padded); IPv6 addresses are treated as 128 such bits.
 */
export class CryptoPan {
  private readonly cipher: Cipher;
  private readonly pad: Buffer;
  private readonly block = Buffer.alloc(BLOCK_LEN);

  /** `key` is CRYPTO_PAN_KEY_LEN bytes. */
  constructor(key: Buffer) {
    this.cipher = createCipheriv('aes-128-ecb', key.subarray(0, BLOCK_LEN), null).setAutoPadding(false);
    this.pad = this.cipher.update(key.subarray(BLOCK_LEN, CRYPTO_PAN_KEY_LEN));
  }

  /**
   * The replacement of `address`, 4 or 16 bytes. Bit i stays as it is where `keepsBit(i)` is true; it may depend on the
   * bits before i alone, or addresses would collide.
   */
  replace(address: Uint8Array, keepsBit: (i: number) => boolean = keepsNone): Buffer {
    const { block, pad, cipher } = this;
    const result = Buffer.from(address);
    pad.copy(block);
    for (let i = 0; i < address.length * 8; i++) {
      const at = i >> 3;
      const bit = 0x80 >> (i & 7);
      if (!keepsBit(i) && (cipher.update(block)[0]! & 0x80) !== 0) result[at]! ^= bit;
      block[at] = (block[at]! & ~bit) | (address[at]! & bit);
    }
    return result;
  }
}

function keepsNone(): boolean {
  return false;
}
