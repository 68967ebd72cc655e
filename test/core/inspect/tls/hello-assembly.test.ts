import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HelloAssembly, MAX_ASSEMBLY_LEN, MAX_RANGES } from '../../../../src/core/inspect/tls/hello-assembly.js';

describe('HelloAssembly', () => {
  it('puts pieces together in any order, with overlaps and repeats', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 9_000 }),
        fc.array(fc.tuple(fc.nat(9_000), fc.nat(700)), { maxLength: 60 }),
        (bytes, cuts) => {
          const source = Buffer.from(bytes);
          const assembly = new HelloAssembly();
          const isThere = new Uint8Array(source.length + 1);
          for (const [at, len] of cuts) {
            const start = at % source.length;
            const end = Math.min(source.length, start + len);
            expect(assembly.add(start, source, start, end)).toBe(true);
            isThere.fill(1, start, end);
            expect(assembly.contiguousLen).toBe(isThere.indexOf(0));
          }
          assembly.add(0, source, 0, source.length);
          expect(assembly.contiguousLen).toBe(source.length);
          expect(assembly.buf.subarray(0, source.length).equals(source)).toBe(true);
          assembly.clear();
          expect(assembly.contiguousLen).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('keeps the first copy of every byte, whatever the edges', () => {
    const pieces = fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 1, max: 90 })), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(pieces, (list) => {
        const assembly = new HelloAssembly();
        const expected = new Int16Array(600).fill(-1);
        list.forEach(([at, len], n) => {
          expect(assembly.add(at, Buffer.alloc(len, n), 0, len)).toBe(true);
          for (let i = at; i < at + len; i++) if (expected[i] === -1) expected[i] = n;
        });
        for (let i = 0; i < 600; i++) {
          expect(assembly.has(i, i + 1)).toBe(expected[i] !== -1);
          if (expected[i] !== -1) expect(assembly.buf[i]).toBe(expected[i]);
          const isFree = expected[i] === -1;
          expect(assembly.agrees(i, Buffer.from([255]), 0, 1)).toBe(isFree);
          expect(assembly.agrees(i, Buffer.from([isFree ? 255 : expected[i]!]), 0, 1)).toBe(true);
        }
        expect(assembly.endOffset).toBe(expected.findLastIndex((one) => one !== -1) + 1);
      }),
      { numRuns: 200 },
    );
  });

  it('bounds bytes and pieces', () => {
    const assembly = new HelloAssembly();
    const byte = Buffer.alloc(1);
    expect(assembly.add(MAX_ASSEMBLY_LEN, byte, 0, 1)).toBe(false);
    expect(assembly.add(MAX_ASSEMBLY_LEN - 1, byte, 0, 1)).toBe(true);
    let accepted = 0;
    for (let i = 0; i < 2_000; i++) if (assembly.add(i * 2, byte, 0, 1)) accepted++;
    expect(accepted).toBe(MAX_RANGES - 1);
    expect(assembly.add(0, Buffer.alloc(300), 0, 300)).toBe(true);
    expect(assembly.contiguousLen).toBe(301);
    assembly.clear();
    expect(assembly.buf.length).toBeLessThan(MAX_ASSEMBLY_LEN);
  });
});
