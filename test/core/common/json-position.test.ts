import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findJsonError, findJsonValue } from '../../../src/core/common/json-position.js';

describe('findJsonError', () => {
  it.each([
    ['[1,]', 1, 4, 'unexpected "]"'],
    ['{"a" 1}', 1, 6, 'unexpected "1"'],
    ['{"a":01}', 1, 7, 'unexpected "1"'],
    ['{\n  "a": "x\\y"\n}', 2, 10, 'unexpected "\\\\"'],
    ['["a\nb"]', 1, 4, 'unexpected "\\n"'],
    ['[1] \u{1f600}', 1, 5, 'unexpected "\u{1f600}"'],
    ['// c\n[1]', 1, 1, 'unexpected "/"'],
    ['[\n1,\n', 3, 1, 'the text ends too early'],
    ['"abc', 1, 5, 'the text ends too early'],
    ['', 1, 1, 'the text ends too early'],
  ])('finds the place in %j', (text, line, column, problem) => {
    expect(findJsonError(text)).toEqual({ line, column, problem });
  });

  it('finds one where JSON.parse does, and only there', () => {
    const text = fc.oneof(
      fc.json(),
      fc.tuple(fc.json(), fc.nat(), fc.constantFrom(',', '}', '"', '\\', 'e', ' ')).map(([json, at, extra]) => {
        const cut = at % (json.length + 1);
        return json.slice(0, cut) + extra + json.slice(cut + (at & 1));
      }),
    );
    fc.assert(
      fc.property(text, (json) => {
        let isValid = true;
        try {
          JSON.parse(json);
        } catch {
          isValid = false;
        }
        expect(findJsonError(json) === null).toBe(isValid);
      }),
    );
  });

  it('takes any depth', () => {
    expect(findJsonError('['.repeat(200_000))).toMatchObject({ column: 200_001, problem: 'the text ends too early' });
  });
});

it('finds a value by its path, or else the nearest one around it', () => {
  const text = '{\n  "a": [1, {"b\\u0063": true}]\n}';
  expect(findJsonValue(text, [])).toEqual({ line: 1, column: 1 });
  expect(findJsonValue(text, ['a'])).toEqual({ line: 2, column: 8 });
  expect(findJsonValue(text, ['a', 1, 'bc'])).toEqual({ line: 2, column: 24 });
  expect(findJsonValue(text, ['a', 1, 'd'])).toEqual({ line: 2, column: 12 });
  expect(findJsonValue(text, ['a', 7])).toEqual({ line: 2, column: 8 });
});
