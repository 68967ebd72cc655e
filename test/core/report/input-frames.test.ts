import { describe, expect, it } from 'vitest';
import { InputFrames } from '../../../src/core/report/input-frames.js';

describe('the frames of several inputs', () => {
  it('are counted in each input, over changes from one to another', () => {
    const frames = new InputFrames();
    frames.note(1, 1, 1);
    frames.note(4, 0, 1);
    frames.note(6, 1, 4);
    const places = [1, 3, 4, 5, 6, 9].map((number) => frames.find(number));
    expect(places.map((place) => [place?.input, place?.frame])).toEqual([
      [1, 1],
      [1, 3],
      [0, 1],
      [0, 2],
      [1, 4],
      [1, 7],
    ]);
    expect(new InputFrames().find(1)).toBeNull();
  });

  it('are unknown behind too many changes', () => {
    const frames = new InputFrames();
    for (let number = 1; number <= 2 ** 20 + 5; number++) frames.note(number, number % 2, (number + 1) >> 1);
    expect(frames.refused).toBe(5);
    expect(frames.find(2 ** 20)).toEqual({ input: 0, frame: 2 ** 19 });
    expect(frames.find(2 ** 20 + 1)).toBeNull();
  });
});
