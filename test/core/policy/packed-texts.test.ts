import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PackedTexts } from '../../../src/core/policy/packed-texts.js';

/** One by one, and told apart from what the iterator gives. */
function unpacked(texts: PackedTexts): string[] {
  const single = Array.from({ length: texts.length }, (_, i) => texts.at(i));
  expect([...texts]).toEqual(single);
  return single;
}

describe('PackedTexts', () => {
  it('gives back any texts, empty and repeated ones too', () => {
    const anyTexts = fc.array(fc.string({ unit: 'grapheme', maxLength: 20 }), { maxLength: 50 });
    fc.assert(
      fc.property(anyTexts, (texts) => {
        expect(unpacked(PackedTexts.of(texts))).toEqual(texts);
      }),
    );
  });

  it('gives back texts of more than one buffer, whichever of them is not ASCII', () => {
    const texts = Array.from({ length: 10_000 }, (_, i) => `${i}.example`);
    texts[0] = 'größer.example';
    texts[4095] = '';
    texts[4096] = '日本.example';
    texts[9999] = '👍';
    expect(unpacked(PackedTexts.of(texts))).toEqual(texts);
  });

  it('throws outside of its texts', () => {
    const texts = PackedTexts.of(['one']);
    expect(() => texts.at(1)).toThrow(RangeError);
    expect(() => texts.at(-1)).toThrow(RangeError);
    expect(() => texts.at(Number.NaN)).toThrow(RangeError);
    expect(() => PackedTexts.of([]).at(0)).toThrow(RangeError);
  });
});
