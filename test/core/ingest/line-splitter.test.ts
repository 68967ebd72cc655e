import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineSplitter } from '../../../src/core/ingest/line-splitter.js';

const MAX_LEN = 6;
const TOO_LONG = '<too long>';

function linesOf(chunks: readonly Buffer[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter(MAX_LEN, {
    line: (buf, start, end) => lines.push(buf.toString('latin1', start, end)),
    tooLong: () => lines.push(TOO_LONG),
  });
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return lines;
}

describe('lines', () => {
  it('are those of the text, whatever its chunks', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\0'), maxLength: 40 });
    fc.assert(
      fc.property(text, fc.array(fc.nat(40), { maxLength: 8 }), (input, cuts) => {
        const bytes = Buffer.from(input, 'latin1');
        const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length].sort((a, b) => a - b);
        const chunks = places.slice(1).map((end, i) => bytes.subarray(places[i], end));
        const expected = input.split('\n');
        if (expected.at(-1) === '') expected.pop();
        expect(linesOf(chunks)).toEqual(expected.map((line) => (line.length > MAX_LEN ? TOO_LONG : line)));
      }),
    );
  });

  it('may be as long as allowed, and not a byte longer', () => {
    expect(linesOf([Buffer.from('abcdef\nabcdefg\nab\n')])).toEqual(['abcdef', TOO_LONG, 'ab']);
    expect(linesOf([Buffer.from('abc'), Buffer.from('def'), Buffer.from('\nabc'), Buffer.from('defg')])).toEqual([
      'abcdef',
      TOO_LONG,
    ]);
  });

  it('are passed over whole where they are too long, and the next one is read', () => {
    const lines: number[] = [];
    const splitter = new LineSplitter(10_000, {
      line: (_buf, start, end) => lines.push(end - start),
      tooLong: () => lines.push(-1),
    });
    for (let i = 0; i < 1000; i++) splitter.push(Buffer.alloc(9000, 0x61));
    splitter.push(Buffer.from('\n'));
    splitter.push(Buffer.alloc(9000, 0x61));
    splitter.push(Buffer.alloc(1000, 0x61));
    splitter.end();
    expect(lines).toEqual([-1, 10_000]);
  });
});
