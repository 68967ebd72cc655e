import { createHash, createHmac, hkdfSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveClientKeys, InitialKeySchedule, InitialKeys } from '../../../../src/core/inspect/quic/initial-keys.js';
import { hmacBlock, hmacKey, lastBlock, sha256 } from '../../../../src/core/inspect/quic/sha256.js';
import { initialKeys, V1_SALT, V2_SALT } from './seal-initial.js';

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

describe('deriveClientKeys', () => {
  const id = Buffer.from('8394c8f03e515708', 'hex');
  const keys = new InitialKeys();

  function derived(salt: string, prefix: string): string[] {
    deriveClientKeys(new InitialKeySchedule(salt, prefix), id, 0, id.length, keys);
    return [keys.key, keys.iv, keys.headerProtection].map((part) => part.toString('hex'));
  }

  it('passes RFC 9001 A.1', () => {
    const expected = [
      '1f369613dd76d5467730efcbe3b1a22d',
      'fa044b2f42a3fd3b46fb255c',
      '9f50449e04a0e810283a1e9933adedd2',
    ];
    expect(derived(V1_SALT, 'quic')).toEqual(expected);
  });

  it('passes RFC 9369 A.1', () => {
    const expected = [
      '8b1a0bc121284290a29e0971b5cd045d',
      '91f73e2351d8fa91660e909f',
      '45b95e15235d6f45a6b19cbcb0294ba9',
    ];
    expect(derived(V2_SALT, 'quicv2')).toEqual(expected);
  });

  it('equals HKDF of node:crypto for ids of every length', () => {
    const schedule = new InitialKeySchedule(V1_SALT, 'quic');
    for (let len = 0; len <= 20; len++) {
      const buf = Buffer.from(Array.from({ length: 22 }, (_, i) => i * 11 + len));
      deriveClientKeys(schedule, buf, 1, 1 + len, keys);
      const expected = initialKeys(buf.subarray(1, 1 + len));
      expect(keys.key.equals(expected.key)).toBe(true);
      expect(keys.iv.equals(expected.iv)).toBe(true);
      expect(keys.headerProtection.equals(expected.hp)).toBe(true);
    }
    // And the reference itself against node's own HKDF.
    const clientIn = Buffer.concat([Buffer.from([0, 32, 15]), Buffer.from('tls13 client in'), Buffer.from([0])]);
    const secret = hkdfSync('sha256', id, Buffer.from(V1_SALT, 'hex'), clientIn, 32);
    expect(Buffer.from(secret).equals(initialKeys(id).secret)).toBe(true);
  });
});
