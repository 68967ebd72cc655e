import { describe, expect, it } from 'vitest';
import { hashName, hashWords } from '../../../src/core/common/half-sip-hash.js';
import { NameTable } from '../../../src/core/inspect/name-table.js';

/** HalfSipHash-c-d as the paper describes it, on words of a message whose length is a multiple of four. */
function halfSipHash(words: readonly number[], [k0, k1]: [number, number], [c, d]: [number, number]): number {
  const v = Int32Array.of(k0, k1, 0x6c796765 ^ k0, 0x74656462 ^ k1);
  const turn = (i: number, by: number) => {
    v[i] = (v[i]! << by) | (v[i]! >>> (32 - by));
  };
  const halfRound = (a: number, b: number, by: number) => {
    v[a]! += v[b]!;
    turn(b, by);
    v[b]! ^= v[a]!;
  };
  const rounds = (count: number) => {
    for (let n = 0; n < count; n++) {
      halfRound(0, 1, 5);
      turn(0, 16);
      halfRound(2, 3, 8);
      halfRound(0, 3, 7);
      halfRound(2, 1, 13);
      turn(2, 16);
    }
  };
  for (const m of [...words, (words.length * 4) << 24]) {
    v[3]! ^= m;
    rounds(c);
    v[0]! ^= m;
  }
  v[2]! ^= 0xff;
  rounds(d);
  return v[1]! ^ v[3]!;
}

describe('hashWords', () => {
  it('is HalfSipHash-1-2', () => {
    // Vectors of HalfSipHash-2-4 for the key 00 01 … 07 and the messages 00 01 …: the reference here is right.
    const key: [number, number] = [0x03020100, 0x07060504];
    expect(halfSipHash([], key, [2, 4]) >>> 0).toBe(0x5b9f35a9);
    expect(halfSipHash([0x03020100], key, [2, 4]) >>> 0).toBe(0x89466e2a);
    expect(halfSipHash([0x03020100, 0x07060504], key, [2, 4]) >>> 0).toBe(0x8f84b8d0);
    for (const seed of [0, 1, 0x12345678, 0x7fffffff]) {
      const second = Math.imul(seed ^ (seed >>> 15), 0x85ebca77) ^ 0x27d4eb2f;
      const words: [number, number, number, number] = [seed ^ 0x0a000001, -1, 0x01bb9c40, 6];
      expect(hashWords(...words, seed)).toBe(halfSipHash(words, [seed, second], [1, 2]));
    }
  });

  /** Differences that cancelled in a hash by multiplications, whatever its seed. */
  it('lets no prepared keys collide', () => {
    const inverse = inverseOf(0x85ebca77);
    for (const seed of [1, 0x1234567, 0x7fffffff]) {
      const hashes = new Set<number>();
      let keys = 0;
      for (let d = 0; d < 512; d++) {
        const address = Math.imul(d << 23, inverse);
        for (let low = 0; low < 32; low++, keys++) hashes.add(hashWords(0x0a000001, address, (d << 10) ^ low, 6, seed));
      }
      expect(hashes.size).toBeGreaterThan(keys - 10);
    }
  });

  it('keys the names too: those that collide in FNV-1a with one seed do not make a table slow', () => {
    const step = (hash: number, byte: number) => Math.imul(hash ^ byte, 0x01000193);
    const fnv = (name: string, seed: number) => [...Buffer.from(name)].reduce(step, seed);
    // Pairs whose hashes agree in the bits that a table looks at.
    const names: string[] = [];
    const seen = new Map<number, string>();
    for (let n = 0; n < 36 ** 4 && names.length < 64; n++) {
      const name = n.toString(36).padStart(6, 'a');
      const hash = fnv(name, 77) & 0xffff;
      const twin = seen.get(hash);
      if (twin !== undefined) names.push(name, twin);
      else seen.set(hash, name);
    }
    const table = new NameTable(1024, 77);
    for (const name of names) table.intern(Buffer.from(name), 0, name.length);
    expect(table.used).toBe(new Set(names).size);
    const upper = Buffer.from(names[0]!.toUpperCase());
    expect(table.text(table.intern(upper, 0, upper.length))).toBe(names[0]);
  });
});

describe('hashName', () => {
  const of = (text: string, seed = 77) => hashName(Buffer.from(text, 'latin1'), 0, text.length, seed);

  it('is HalfSipHash-1-2 of words in network order', () => {
    for (const text of ['', 'abcd', 'www.example.', 'xn--bcher-kva.example.net']) {
      const bytes = Buffer.from(text.slice(0, text.length & ~3));
      const words = Array.from({ length: bytes.length / 4 }, (_, n) => bytes.readInt32BE(4 * n));
      const second = Math.imul(77, 0x85ebca77) ^ 0x27d4eb2f;
      expect(hashName(bytes, 0, bytes.length, 77)).toBe(halfSipHash(words, [77, second], [1, 2]));
    }
  });

  it('takes letters of either case alike, and no other byte', () => {
    for (let length = 1; length <= 9; length++) {
      for (let byte = 0; byte < 256; byte++) {
        const isUpper = byte >= 0x41 && byte <= 0x5a;
        const text = `${'q'.repeat(length - 1)}${String.fromCharCode(byte)}`;
        const other = `${'Q'.repeat(length - 1)}${String.fromCharCode(isUpper ? byte + 32 : byte ^ 0x20)}`;
        const isLetter = isUpper || (byte >= 0x61 && byte <= 0x7a);
        expect(of(text) === of(other), `${length} bytes, the last ${byte}`).toBe(isLetter);
      }
    }
  });

  it('tells names apart that differ in length alone', () => {
    const names = Array.from({ length: 300 }, (_, n) => '\0'.repeat(n));
    expect(new Set(names.map((name) => of(name))).size).toBe(300);
  });
});

/** The number that gives 1 modulo 2^32 when multiplied by the odd `value`. */
function inverseOf(value: number): number {
  let inverse = value;
  for (let n = 0; n < 5; n++) inverse = Math.imul(inverse, 2 - Math.imul(value, inverse));
  return inverse;
}
