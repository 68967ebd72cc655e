import { describe, expect, it } from 'vitest';
import { DROPPED, KEPT, KIND_KEPT, keepKinds, type Masks, minimise } from '../../../src/core/sanitize/minimise.js';

/** A label that needs byte 2 as it is, and bytes 4 to 6 of some kind, of the second payload. */
const passes = (masks: Masks): boolean => {
  const mask = masks[1];
  return mask != null && mask[2] === KEPT && [4, 5, 6].every((at) => mask[at] !== DROPPED);
};

describe('minimising', () => {
  it('finds the bytes that a label needs, then those of which it needs the kind alone', () => {
    const masks = minimise([5, 9, 0, 7], passes)!;
    expect(masks).toEqual([null, Uint8Array.from([0, 0, 1, 0, 1, 1, 1, 0, 0]), null, null]);
    keepKinds(masks, passes);
    expect([...masks[1]!]).toEqual([0, 0, KEPT, 0, KIND_KEPT, KIND_KEPT, KIND_KEPT, 0, 0]);
  });

  it('returns null where all bytes are not enough', () => {
    expect(minimise([5, 9], () => false)).toBe(null);
  });

  it('returns null where too many trials are needed', () => {
    // Every second byte is needed: each of them takes trials of its own.
    const isNeeded = ([mask]: Masks) => mask?.every((state, at) => at % 2 === 1 || state === KEPT) === true;
    expect(minimise([4000], isNeeded)).toBe(null);
  });

  it('keeps bytes as they are where too many trials are needed for their kinds', () => {
    const masks: Masks = [new Uint8Array(2000).fill(KEPT)];
    const isNeeded = () => masks[0]!.every((state, at) => at % 2 === 1 || state === KEPT);
    keepKinds(masks, isNeeded);
    expect(isNeeded()).toBe(true);
  });
});
