import { createCipheriv } from 'node:crypto';
import { AES_SCHEDULE_WORDS, encryptAesBlock, expandAesKey } from './aes.js';
import type { InitialCipher } from './initial-cipher.js';
import type { InitialKeySchedule, InitialKeys } from './initial-keys.js';
import { BLOCK_WORDS, hmacBlock, hmacExpanded, hmacKey, lastBlock, STATE_WORDS } from './sha256.js';

/**
 * What an InitialCipher computes, in TypeScript and by node:crypto: the reference, and the way where WebAssembly fails.
 */
export class ReferenceCipher implements InitialCipher {
  private readonly connectionIdBlock = new Int32Array(BLOCK_WORDS);
  private readonly secret = new Int32Array(STATE_WORDS);
  private readonly inner = new Int32Array(STATE_WORDS);
  private readonly outer = new Int32Array(STATE_WORDS);
  private readonly output = new Int32Array(STATE_WORDS);
  private readonly aesSchedule = new Int32Array(AES_SCHEDULE_WORDS);

  deriveKeys(schedule: InitialKeySchedule, buf: Buffer, idStart: number, idEnd: number, keys: InitialKeys): void {
    const { connectionIdBlock, secret, inner, outer, output } = this;
    const parts = schedule.parts;
    lastBlock(buf, idStart, idEnd, BLOCK_WORDS * 32, connectionIdBlock);
    hmacBlock(parts.saltInner, parts.saltOuter, connectionIdBlock, secret);
    hmacKey(secret, inner, outer);
    hmacExpanded(inner, outer, parts.clientIn, secret);
    hmacKey(secret, inner, outer);
    hmacExpanded(inner, outer, parts.key, output);
    writeWords(output, keys.key);
    hmacExpanded(inner, outer, parts.iv, output);
    writeWords(output, keys.iv);
    hmacExpanded(inner, outer, parts.hp, output);
    writeWords(output, keys.headerProtection);
  }

  headerMask(key: Buffer, buf: Buffer, sampleStart: number, mask: Buffer): void {
    expandAesKey(key, this.aesSchedule);
    encryptAesBlock(this.aesSchedule, buf, sampleStart, mask);
  }

  decrypt(key: Buffer, counterBlock: Buffer, buf: Buffer, start: number, end: number): Buffer {
    return createCipheriv('aes-128-ctr', key, counterBlock).update(buf.subarray(start, end));
  }
}

function writeWords(words: Int32Array, to: Buffer): void {
  for (let i = 0; i < to.length; i += 4) to.writeInt32BE(words[i >> 2]!, i);
}
