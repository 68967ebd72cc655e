import { describe, expect, it } from 'vitest';
import { ByteJoiner, PIECE_LEN } from '../../src/cli/byte-joiner.js';

/** A joiner, what has been taken of it, and the pieces that nobody has let go of yet. */
function joiner() {
  const pieces: Buffer[] = [];
  const held: (() => void)[] = [];
  const into = new ByteJoiner((bytes, done) => {
    pieces.push(Buffer.from(bytes));
    held.push(done);
  });
  return { into, pieces, held, text: () => Buffer.concat(pieces).toString('utf8') };
}

describe('ByteJoiner', () => {
  it('keeps the order of texts and bytes of any length', () => {
    const { into, text, pieces } = joiner();
    let expected = '';
    for (const len of [1, 700, PIECE_LEN - 1, 3, PIECE_LEN, 2 * PIECE_LEN, 5, PIECE_LEN / 3, 1]) {
      const one = 'ä'.repeat(len);
      const other = Buffer.from(`<${'x'.repeat(len)}>`);
      into.write(one);
      into.writeBytes(other, 1, other.length - 1);
      expected += one + 'x'.repeat(len);
    }
    into.flush();
    expect(text()).toBe(expected);
    expect(pieces.every((piece) => piece.length > 0)).toBe(true);
  });

  it('joins small texts to a piece', () => {
    const { into, pieces } = joiner();
    for (let n = 0; n < 1000; n++) into.write('0123456789');
    into.flush();
    into.flush();
    expect(pieces.map((piece) => piece.length)).toEqual([10_000]);
  });

  it('leaves a piece alone until it is let go of', () => {
    const seen: Buffer[] = [];
    const held: (() => void)[] = [];
    const into = new ByteJoiner((bytes, done) => {
      seen.push(bytes);
      held.push(done);
    });
    into.write('first');
    into.flush();
    into.write('second');
    into.flush();
    expect(seen.map(String)).toEqual(['first', 'second']);
    held[0]!();
    into.write('third');
    into.flush();
    into.write('fourth');
    into.flush();
    expect(seen[1]!.toString()).toBe('second');
    expect(seen[3]!.buffer).toBe(seen[0]!.buffer);
  });

  it('forgets what it has been told to', () => {
    const { into, text } = joiner();
    into.write('gone');
    into.clear();
    into.write('kept');
    into.flush();
    expect(text()).toBe('kept');
  });
});
