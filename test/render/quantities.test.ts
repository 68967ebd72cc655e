import { describe, expect, it } from 'vitest';
import * as q from '../../src/render/quantities.js';

describe('quantities', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [1234567, '1,234,567'],
  ])('counts %d as %s', (count, text) => expect(q.countText(count)).toBe(text));

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [9_949, '9.9 kB'],
    [9_999, '10 kB'],
    [999_499, '999 kB'],
    [999_600, '1.0 MB'],
    [1_234_567, '1.2 MB'],
    [48e9, '48 GB'],
    [5e20, '500 EB'],
  ])('shows %d bytes as %s', (bytes, text) => expect(q.bytesText(bytes)).toBe(text));

  it.each([
    [0, 10, '0%'],
    [1, 0, '0%'],
    [1, 100_000, '<0.1%'],
    [31, 1000, '3.1%'],
    [1, 2, '50%'],
    [9_999, 10_000, '>99%'],
    [10, 10, '100%'],
  ])('shows %d of %d as %s', (part, whole, text) => expect(q.percentText(part, whole)).toBe(text));

  it.each([
    [0, '0 s'],
    [0.0004, '<1 ms'],
    [0.42, '420 ms'],
    [12.34, '12.3 s'],
    [59.97, '1 min'],
    [312, '5 min 12 s'],
    [3600, '1 h'],
    [11_045, '3 h 4 min'],
    [190_800, '2 d 5 h'],
  ])('shows %d seconds as %s', (seconds, text) => expect(q.durationText(seconds)).toBe(text));

  it('shows times in UTC, and impossible ones as numbers', () => {
    expect(q.timeText(1_772_360_047.9)).toBe('2026-03-01 10:14:07 UTC');
    expect(q.timeText(0)).toBe('1970-01-01 00:00:00 UTC');
    expect(q.timeText(4_294_967_295)).toBe('2106-02-07 06:28:15 UTC');
    expect(q.timeText(1e18)).toBe('1000000000000000000 s');
  });

  it('shows clocks and rates', () => {
    expect(q.clockText(7)).toBe('0:07');
    expect(q.clockText(765)).toBe('12:45');
    expect(q.clockText(3723)).toBe('1:02:03');
    expect(q.rateText(950)).toBe('950');
    expect(q.rateText(1_234_567)).toBe('1.2 M');
  });
});
