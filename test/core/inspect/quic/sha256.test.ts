import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hmacBlock, hmacKey, lastBlock, sha256 } from '../../../../src/core/inspect/quic/sha256.js';

function hex(words: Int32Array): string {
  return Array.from(words, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

function digest(message: Buffer): string {
  const words = new Int32Array(8);
  sha256(message, 0, message.length, words);
  return hex(words);
}

function hmac(key: Buffer, message: Buffer): string {
  const padded = Buffer.alloc(32);
  key.copy(padded);
  const words = new Int32Array(8).map((_, i) => padded.readInt32BE(i * 4));
  const inner = new Int32Array(8);
  const outer = new Int32Array(8);
  const block = new Int32Array(16);
  const result = new Int32Array(8);
  hmacKey(words, inner, outer);
  lastBlock(message, 0, message.length, 512, block);
  hmacBlock(inner, outer, block, result);
  return hex(result);
}

describe('SHA-256', () => {
  it('passes the examples of FIPS 180', () => {
    expect(digest(Buffer.from('abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(digest(Buffer.alloc(0))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(digest(Buffer.from('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'))).toBe(
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    );
  });

  it('equals node:crypto at every length up to four blocks', () => {
    for (let len = 0; len <= 256; len++) {
      const message = Buffer.from(Array.from({ length: len }, (_, i) => (i * 7 + len) & 0xff));
      expect(digest(message)).toBe(createHash('sha256').update(message).digest('hex'));
    }
  });
});

describe('HMAC and HKDF', () => {
  it('equals node:crypto for keys of 32 bytes and messages of one block', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 32 }), fc.uint8Array({ maxLength: 55 }), (key, message) => {
        expect(hmac(Buffer.from(key), Buffer.from(message))).toBe(
          createHmac('sha256', key).update(message).digest('hex'),
        );
      }),
    );
  });

  it('passes RFC 5869 A.1', () => {
    const prk = hmac(Buffer.from('000102030405060708090a0b0c', 'hex'), Buffer.alloc(22, 0x0b));
    expect(prk).toBe('077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5');
    const info = Buffer.from('f0f1f2f3f4f5f6f7f8f9', 'hex');
    const first = hmac(Buffer.from(prk, 'hex'), Buffer.concat([info, Buffer.from([1])]));
    const second = hmac(Buffer.from(prk, 'hex'), Buffer.concat([Buffer.from(first, 'hex'), info, Buffer.from([2])]));
    expect((first + second).slice(0, 84)).toBe(
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    );
  });
});
