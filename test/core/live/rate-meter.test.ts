import { describe, expect, it } from 'vitest';
import { RateMeter } from '../../../src/core/live/rate-meter.js';

describe('RateMeter', () => {
  it('comes to the rate of a steady counter, whatever the steps', () => {
    for (const stepMs of [50, 500, 10_000]) {
      const meter = new RateMeter(1000);
      for (let ms = 0; ms <= 60_000; ms += stepMs) {
        meter.elapsed(stepMs);
        meter.update(3, ms * 2);
      }
      expect(meter.rates[3]).toBeCloseTo(2000, 0);
    }
  });

  it('forgets a counter that stands still, down to nothing', () => {
    const meter = new RateMeter(1000);
    meter.elapsed(1000);
    meter.update(0, 1e6);
    expect(meter.rates[0]).toBeCloseTo(5e5, 0);
    for (let n = 0; n < 40; n++) {
      meter.elapsed(1000);
      meter.update(0, 1e6);
    }
    expect(meter.rates[0]).toBe(0);
  });

  it('takes a total that fell for unchanged, and no time for no rate', () => {
    const meter = new RateMeter(1000);
    meter.elapsed(1000);
    meter.update(0, 500);
    meter.elapsed(1000);
    meter.update(0, 100);
    const rate = meter.rates[0]!;
    expect(rate).toBeGreaterThan(0);
    meter.elapsed(0);
    meter.update(0, 1e9);
    expect(meter.rates[0]).toBe(rate);
  });

  it('grows without losing what it knows', () => {
    const meter = new RateMeter(1000);
    meter.elapsed(1000);
    meter.update(63, 1000);
    meter.reach(100_000);
    expect(meter.rates[63]).toBeCloseTo(500, 0);
    expect(meter.rates.length).toBeGreaterThanOrEqual(100_000);
  });
});
