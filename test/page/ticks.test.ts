import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numberTicks, timeTicks } from '../../src/page/data/ticks.js';

describe('ticks of numbers', () => {
  it.each([
    [15.7e6, [0, 5e6, 10e6, 15e6, 20e6]],
    [100, [0, 50, 100]],
    [8, [0, 2, 4, 6, 8]],
  ])('of %d', (highest, ticks) => expect(numberTicks(highest, 4)).toEqual(ticks));

  it('are few and reach the highest', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e15, noNaN: true }), (highest) => {
        const ticks = numberTicks(highest, 4);
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(highest * (1 - 1e-9));
        expect(ticks.length).toBeLessThanOrEqual(6);
      }),
    );
  });
});

describe('ticks of times', () => {
  const clock = (ticks: number[]) => ticks.map((tick) => new Date(tick * 1000).toISOString().slice(11, 19));

  it('are round on the clock of the zone', () => {
    const start = Date.UTC(2026, 10, 22, 18, 7) / 1000;
    expect(clock(timeTicks(start, start + 3600, 4, 0))).toEqual(['18:15:00', '18:30:00', '18:45:00', '19:00:00']);
    expect(clock(timeTicks(start, start + 86_400, 4, 19_800))).toEqual([
      '18:30:00',
      '00:30:00',
      '06:30:00',
      '12:30:00',
    ]);
  });

  it('are few and within the span, however short or long it is', () => {
    const span = fc.double({ min: 1e-5, max: 1e10, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e9 }), span, fc.integer({ min: 2, max: 20 }), (start, length, count) => {
        const ticks = timeTicks(start, start + length, count, 3600);
        expect(ticks.length).toBeLessThanOrEqual(count + 2);
        for (const tick of ticks) expect(tick).toBeGreaterThanOrEqual(start - 1e-6);
        for (const tick of ticks) expect(tick).toBeLessThanOrEqual(start + length + 1e-6);
      }),
    );
  });
});
