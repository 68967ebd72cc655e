import { createCipheriv, createHash, hkdfSync } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FastestCipher } from '../../../../src/core/inspect/quic/fastest-cipher.js';
import { MAX_PROTECTED_LEN } from '../../../../src/core/inspect/quic/initial-cipher.js';
import { InitialKeySchedule, InitialKeys } from '../../../../src/core/inspect/quic/initial-keys.js';
import { ReferenceCipher } from '../../../../src/core/inspect/quic/reference-cipher.js';
import { WasmCipher } from '../../../../src/core/inspect/quic/wasm-cipher.js';
import { initialKeys, V1_SALT, V2_SALT } from './seal-initial.js';

const ID = Buffer.from('8394c8f03e515708', 'hex');

/** The same bytes in every run, different for each `name`. */
function bytesOf(name: string, len: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(len / 32) }, (_, i) =>
    createHash('sha256').update(`${name} ${i}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, len);
}

function counterBlock(nonce: Buffer): Buffer {
  return Buffer.concat([nonce, Buffer.from([0, 0, 0, 2])]);
}

describe.each([
  ['by node:crypto', () => new ReferenceCipher()],
  ['in WebAssembly', () => WasmCipher.create()!],
])('the cipher of Initials %s', (_, create) => {
  const cipher = create();
  const keys = new InitialKeys();

  function derived(salt: string, prefix: string): string[] {
    cipher.deriveKeys(new InitialKeySchedule(salt, prefix), ID, 0, ID.length, keys);
    return [keys.key, keys.iv, keys.headerProtection].map((part) => part.toString('hex'));
  }

  function decrypted(key: Buffer, nonce: Buffer, buf: Buffer, start = 0, end = buf.length): Buffer {
    return Buffer.from(cipher.decrypt(key, counterBlock(nonce), buf, start, end));
  }

  it('derives the keys of RFC 9001 A.1, of RFC 9369 A.1, and those again', () => {
    const v1 = ['1f369613dd76d5467730efcbe3b1a22d', 'fa044b2f42a3fd3b46fb255c', '9f50449e04a0e810283a1e9933adedd2'];
    const v2 = ['8b1a0bc121284290a29e0971b5cd045d', '91f73e2351d8fa91660e909f', '45b95e15235d6f45a6b19cbcb0294ba9'];
    expect(derived(V1_SALT, 'quic')).toEqual(v1);
    expect(derived(V2_SALT, 'quicv2')).toEqual(v2);
    expect(derived(V1_SALT, 'quic')).toEqual(v1);
  });

  it('derives what HKDF of node:crypto does for ids of every length', () => {
    const schedule = new InitialKeySchedule(V1_SALT, 'quic');
    for (let len = 0; len <= 20; len++) {
      const buf = Buffer.from(Array.from({ length: 22 }, (_, i) => i * 11 + len));
      cipher.deriveKeys(schedule, buf, 1, 1 + len, keys);
      const expected = initialKeys(buf.subarray(1, 1 + len));
      expect(keys.key.equals(expected.key)).toBe(true);
      expect(keys.iv.equals(expected.iv)).toBe(true);
      expect(keys.headerProtection.equals(expected.hp)).toBe(true);
    }
    // And what it is compared with against node's own HKDF.
    const clientIn = Buffer.concat([Buffer.from([0, 32, 15]), Buffer.from('tls13 client in'), Buffer.from([0])]);
    const secret = hkdfSync('sha256', ID, Buffer.from(V1_SALT, 'hex'), clientIn, 32);
    expect(Buffer.from(secret).equals(initialKeys(ID).secret)).toBe(true);
  });

  it('masks headers with AES-128 (FIPS 197 appendix B, and node:crypto for a thousand keys)', () => {
    const mask = Buffer.alloc(16);
    const key = Buffer.from('2b7e151628aed2a6abf7158809cf4f3c', 'hex');
    cipher.headerMask(key, Buffer.from('ffff3243f6a8885a308d313198a2e0370734', 'hex'), 2, mask);
    expect(mask.toString('hex')).toBe('3925841d02dc09fbdc118597196a0b32');
    for (let n = 0; n < 1000; n++) {
      const random = bytesOf(`mask ${n}`, 35);
      cipher.headerMask(random.subarray(0, 16), random, 19, mask);
      const expected = createCipheriv('aes-128-ecb', random.subarray(0, 16), null).update(random.subarray(19));
      expect(mask.equals(expected)).toBe(true);
    }
  });

  it('decrypts every length up to three hundred bytes, and the longest, as aes-128-ctr does', () => {
    const key = bytesOf('key', 16);
    const nonce = bytesOf('nonce', 12);
    const data = bytesOf('data', MAX_PROTECTED_LEN + 3);
    for (const len of [
      ...Array.from({ length: 300 }, (_, i) => i + 1),
      4_096,
      MAX_PROTECTED_LEN - 1,
      MAX_PROTECTED_LEN,
    ]) {
      const expected = createCipheriv('aes-128-ctr', key, counterBlock(nonce)).update(data.subarray(3, 3 + len));
      expect(decrypted(key, nonce, data, 3, 3 + len).equals(expected), `${len} bytes`).toBe(true);
    }
  });

  it('decrypts with a thousand keys', () => {
    for (let n = 0; n < 1000; n++) {
      const random = bytesOf(`decrypt ${n}`, 28 + 200);
      const key = random.subarray(0, 16);
      const nonce = random.subarray(16, 28);
      const expected = createCipheriv('aes-128-ctr', key, counterBlock(nonce)).update(random.subarray(28));
      expect(decrypted(key, nonce, random.subarray(28)).equals(expected)).toBe(true);
    }
  });
});

describe('the choice of a cipher', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it('is WebAssembly where there is some', () => {
    const cipher = new FastestCipher();
    expect(cipher.chosen()).toBeInstanceOf(WasmCipher);
    expect(cipher.chosen()).toBe(cipher.chosen());
  });

  it('is the reference where there is none, or where it has no room', () => {
    vi.stubGlobal('WebAssembly', undefined);
    expect(WasmCipher.create()).toBeNull();
    const full = (): never => {
      throw new RangeError('WebAssembly.Instance(): Out of memory: Cannot allocate Wasm memory for new instance');
    };
    vi.stubGlobal('WebAssembly', { Module: class {}, Instance: full });
    expect(WasmCipher.create()).toBeNull();
  });
});
