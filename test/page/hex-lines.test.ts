import { describe, expect, it } from 'vitest';
import { hexLines } from '../../src/page/data/hex-lines.js';

const hex = Buffer.from('host: example.com\r\n').toString('hex');

describe('lines of bytes', () => {
  it('are cut where the name begins and ends', () => {
    const lines = hexLines({ hex, offset: 0x36, markStart: 6, markEnd: 17 });
    expect(lines.map(({ offset }) => offset)).toEqual(['0036', '003e', '0046']);
    const texts = lines.map(({ runs }) => runs.map(({ text, isName }) => (isName ? `[${text}]` : text)).join(''));
    expect(texts).toEqual(['host: [ex]', '[ample.co]', '[m]..']);
    expect(lines[0]!.runs.map((run) => run.hex)).toEqual(['68 6f 73 74 3a 20', '65 78']);
    expect(lines.map(({ missing }) => missing)).toEqual([0, 0, 5]);
  });

  it('have no offset where there is none, and no mark without a name', () => {
    const lines = hexLines({ hex: '00ff41', offset: null, markStart: 0, markEnd: 0 });
    expect(lines).toEqual([{ offset: '', runs: [{ isName: false, hex: '00 ff 41', text: '..A' }], missing: 5 }]);
  });

  it('are none of no bytes', () => {
    expect(hexLines({ hex: '', offset: 0, markStart: 0, markEnd: 0 })).toEqual([]);
  });
});
