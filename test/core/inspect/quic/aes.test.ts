import { createCipheriv, createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { AES_SCHEDULE_WORDS, encryptAesBlock, expandAesKey } from '../../../../src/core/inspect/quic/aes.js';

function encrypt(key: Buffer, block: Buffer): string {
  const schedule = new Int32Array(AES_SCHEDULE_WORDS);
  const to = Buffer.alloc(16);
  expandAesKey(key, schedule);
  encryptAesBlock(schedule, Buffer.concat([Buffer.alloc(3), block]), 3, to);
  return to.toString('hex');
}

describe('AES-128', () => {
  it('agrees with the example of FIPS 197 appendix B', () => {
    const key = Buffer.from('2b7e151628aed2a6abf7158809cf4f3c', 'hex');
    expect(encrypt(key, Buffer.from('3243f6a8885a308d313198a2e0370734', 'hex'))).toBe(
      '3925841d02dc09fbdc118597196a0b32',
    );
  });

  it('agrees with node:crypto for a thousand keys and blocks', () => {
    for (let n = 0; n < 1000; n++) {
      const bytes = createHash('sha256').update(`aes ${n}`).digest();
      const key = bytes.subarray(0, 16);
      const block = bytes.subarray(16);
      const expected = createCipheriv('aes-128-ecb', key, null).update(block).toString('hex');
      expect(encrypt(key, block)).toBe(expected);
    }
  });
});
