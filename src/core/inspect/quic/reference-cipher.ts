import { createCipheriv, createHmac } from 'node:crypto';
import type { InitialCipher } from './initial-cipher.js';
import type { InitialKeySchedule, InitialKeys } from './initial-keys.js';

const BLOCK_LEN = 16;

/** An InitialCipher by node:crypto: the reference, and the fallback where WebAssembly is missing. */
export class ReferenceCipher implements InitialCipher {
  deriveKeys(schedule: InitialKeySchedule, buf: Buffer, idStart: number, idEnd: number, keys: InitialKeys): void {
    const { salt, clientIn, key, iv, hp } = schedule.inputs;
    const initialSecret = hmac(salt, buf.subarray(idStart, idEnd));
    const clientSecret = hmac(initialSecret, clientIn);
    // Each copy ends where its target does: a key is the beginning of a digest.
    hmac(clientSecret, key).copy(keys.key);
    hmac(clientSecret, iv).copy(keys.iv);
    hmac(clientSecret, hp).copy(keys.headerProtection);
  }

  headerMask(key: Buffer, buf: Buffer, sampleStart: number, mask: Buffer): void {
    createCipheriv('aes-128-ecb', key, null)
      .update(buf.subarray(sampleStart, sampleStart + BLOCK_LEN))
      .copy(mask);
  }

  decrypt(key: Buffer, counterBlock: Buffer, buf: Buffer, start: number, end: number): Buffer {
    return createCipheriv('aes-128-ctr', key, counterBlock).update(buf.subarray(start, end));
  }
}

function hmac(key: Buffer, message: Buffer): Buffer {
  return createHmac('sha256', key).update(message).digest();
}
