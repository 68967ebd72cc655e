import { createHash, createHmac } from 'node:crypto';

const DIGEST_LEN = 32;

/** Keys for each purpose, from one secret: the same secret gives the same replacements in every file. */
export class SecretKeys {
  private readonly master: Buffer;

  constructor(secret: string | Buffer) {
    this.master = createHash('sha256').update('dpi sanitize 1\0').update(secret).digest();
  }

  /** `len` bytes, at most 255 digests (HKDF-Expand, RFC 5869 §2.3). */
  derive(purpose: string, len: number): Buffer {
    const parts: Buffer[] = [];
    for (let i = 1; (i - 1) * DIGEST_LEN < len; i++) {
      parts.push(
        createHmac('sha256', this.master)
          .update(parts.at(-1) ?? '')
          .update(purpose)
          .update(Buffer.from([i]))
          .digest(),
      );
    }
    return Buffer.concat(parts).subarray(0, len);
  }
}
