import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, it } from 'vitest';
import { padEnd, shortenEnd, shortenMiddle, textWidth, wrapWords } from '../../src/render/text-width.js';

it('shortens in the middle and keeps both ends', () => {
  expect(shortenMiddle('r4---sn-4g5e6nsz.googlevideo.com', 20)).toBe('r4---sn…glevideo.com');
  expect(shortenMiddle('short', 20)).toBe('short');
});

it('never exceeds the width, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(30), (text, width) => {
      expect(textWidth(shortenMiddle(text, width))).toBeLessThanOrEqual(width);
      expect(textWidth(shortenEnd(text, width))).toBeLessThanOrEqual(width);
    }),
  );
});

it('takes for narrow without a look what is narrow', () => {
  for (const character of [...' ~·…→▏▎▍▌▋▊▉█']) expect([character, stringWidth(character)]).toEqual([character, 1]);
  expect(textWidth('██▏ a → b · c…')).toBe(14);
});

it('pads by columns, not by characters', () => {
  expect(padEnd('例え', 6)).toBe('例え  ');
});

it('wraps between words only', () => {
  expect(wrapWords(['one 1', 'two 2', 'three 3'], ' · ', 14, 2)).toEqual(['one 1 · two 2', '  three 3']);
  expect(wrapWords([], ' ', 10, 0)).toEqual([]);
});
