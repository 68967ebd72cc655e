import { expect, it } from 'vitest';
import { DurationHistogram } from '../../../src/core/facts/histogram.js';

it('gives quantiles within 3.2 %, and the ends exactly', () => {
  for (const scale of [1, 17, 1000, 123_457]) {
    const histogram = new DurationHistogram();
    for (let i = 1; i <= 1000; i++) histogram.add(i * scale);
    const report = histogram.report();
    expect(report).toMatchObject({ count: 1000, min: scale / 1000, max: scale });
    expect(Math.abs(report.median! / (scale * 0.5) - 1)).toBeLessThan(0.032);
    expect(Math.abs(report.p95! / (scale * 0.95) - 1)).toBeLessThan(0.032);
  }
});

it('takes any duration', () => {
  const histogram = new DurationHistogram();
  for (const micros of [0, 1, 15, 16, 31, 32, 2 ** 31 - 1, 2 ** 31, 1e15]) histogram.add(micros);
  expect(histogram.report()).toMatchObject({ count: 9, min: 0, max: 2_147_483.647 });
  expect(new DurationHistogram().report()).toEqual({ count: 0, min: null, median: null, p95: null, max: null });
});
