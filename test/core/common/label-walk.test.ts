import { describe, expect, it } from 'vitest';
import { FNV_BASIS, fnvFromEnd, fnvStep } from '../../../src/core/common/hash.js';
import { LabelWalk } from '../../../src/core/common/label-walk.js';

/** The names that a walk passes, each checked against the hash of its bytes. */
function passed(name: string, maxLen = 255): string[] {
  const buf = Buffer.from(`//${name}//`, 'latin1');
  const end = 2 + name.length;
  const walk = new LabelWalk();
  const names: string[] = [];
  walk.begin(2, end, maxLen);
  while (walk.next(buf)) {
    expect(walk.hash).toBe(fnvFromEnd(buf, walk.at, end));
    names.push(buf.toString('latin1', walk.at, end));
  }
  return names;
}

it('hashes as FNV-1a does', () => {
  // "foobar" from the test vectors of draft-eastlake-fnv, backwards.
  expect(fnvFromEnd(Buffer.from('raboof'), 0, 6) >>> 0).toBe(0xbf9cf968);
  expect(fnvFromEnd(Buffer.alloc(0), 0, 0)).toBe(FNV_BASIS);
  expect(fnvStep(FNV_BASIS, 0x61) >>> 0).toBe(0xe40c292c);
});

describe('LabelWalk', () => {
  it('passes a label at a time, from the right', () => {
    expect(passed('www.example.com')).toEqual(['com', 'example.com', 'www.example.com']);
    expect(passed('localhost')).toEqual(['localhost']);
    expect(passed('')).toEqual([]);
    expect(passed('a..b')).toEqual(['b', '.b', 'a..b']);
    expect(passed('.a')).toEqual(['a', '.a']);
  });

  it('passes no more bytes than it may', () => {
    expect(passed('www.example.com', 11)).toEqual(['com', 'example.com']);
    expect(passed('www.example.com', 10)).toEqual(['com']);
    expect(passed('www.example.com', 0)).toEqual([]);
  });
});
