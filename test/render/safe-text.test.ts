import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indentedJson, jsonText, safeText } from '../../src/render/safe-text.js';

const BIDI = [0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069, 0x061c];
const INVISIBLE = [0x00ad, 0x180e, 0x200b, 0x200c, 0x200d, 0x2028, 0x2029, 0x2060, 0xfe0f, 0xfeff, 0xfff9, 0xe0041];

/** Everything a terminal could obey. */
const DANGEROUS = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

describe('safeText', () => {
  it('leaves printable ASCII alone and escapes every other control byte', () => {
    for (let byte = 0; byte < 256; byte++) {
      const shown = safeText(`a${String.fromCharCode(byte)}b`);
      const isControl = byte < 0x20 || (byte >= 0x7f && byte < 0xa0) || byte === 0xad;
      expect(shown).toBe(isControl ? `a\\x${byte.toString(16).padStart(2, '0')}b` : `a${String.fromCharCode(byte)}b`);
    }
  });

  it.each([...BIDI, ...INVISIBLE])('escapes U+%i', (code) => {
    const shown = safeText(String.fromCodePoint(code));
    expect(shown).toMatch(/^\\(x[0-9a-f]{2}|u[0-9a-f]{4}|u\{[0-9a-f]+\})$/);
    expect(Number.parseInt(shown.replace(/[^0-9a-f]/g, ''), 16)).toBe(code);
  });

  it('shows what was no UTF-8, and lone surrogates', () => {
    expect(safeText(Buffer.from([0x61, 0xff, 0x62]).toString('utf8'))).toBe('a\\ufffdb');
    expect(safeText('a\ud800b\udc00')).toBe('a\\ud800b\\udc00');
  });

  it('keeps other scripts and emoji', () => {
    expect(safeText('bücher.例え.рф 😀')).toBe('bücher.例え.рф 😀');
  });

  it('stops marks from piling up over the lines above', () => {
    const piled = safeText(`a${'\u0301'.repeat(50)}`);
    expect(piled.match(/\u0301/g)).toHaveLength(3);
  });

  it('never lets anything dangerous through', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !DANGEROUS.test(safeText(text))));
  });
});

describe('jsonText', () => {
  it('reads back as what went in, and holds nothing dangerous', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const json = jsonText(text);
        expect(JSON.parse(json)).toBe(text);
        expect(DANGEROUS.test(json)).toBe(false);
      }),
    );
  });

  it('does so inside of lists and objects too, in keys as in values', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(fc.array(fc.dictionary(text, fc.oneof(text, fc.array(text), fc.constant(null)))), (value) => {
        for (const json of [jsonText(value), indentedJson(value, 2).replaceAll('\n', ' ')]) {
          expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
          expect(DANGEROUS.test(json)).toBe(false);
        }
      }),
    );
  });

  it('is what JSON.stringify gives for harmless text', () => {
    for (const text of ['', 'i.ytimg.com', 'say "hi" \\', 'bücher.例え']) {
      expect(jsonText(text)).toBe(JSON.stringify(text));
    }
  });
});
