const STEPS = [1, 2, 5, 10];
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Steps of a clock in seconds, from a second on. */
const CLOCK_STEPS = [
  ...[1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14, 28, 91, 182, 365, 730, 1825, 3650].map((n) => n * DAY),
];

/** Round numbers from 0 to the first one that is not below `highest`, about `count` of them above 0. */
export function numberTicks(highest: number, count: number): number[] {
  const step = roundStep(highest / count);
  const steps = Math.max(1, Math.ceil(highest / step));
  return Array.from({ length: steps + 1 }, (_, i) => i * step);
}

/**
 * Round times between `start` and `end`, seconds since the epoch, at most about `count`. `offset` is that of the zone
 * from UTC in seconds.
 */
export function timeTicks(start: number, end: number, count: number, offset: number): number[] {
  const least = (end - start) / count;
  const step = least < 1 ? roundStep(least) : (CLOCK_STEPS.find((one) => one >= least) ?? roundStep(least / DAY) * DAY);
  const ticks: number[] = [];
  const first = Math.ceil((start + offset) / step);
  for (let i = 0; first * step + i * step - offset <= end && ticks.length <= count + 1; i++) {
    ticks.push((first + i) * step - offset);
  }
  return ticks;
}

/** 1, 2 or 5 times a power of ten, not below `least`. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const step = STEPS.find((one) => one * power >= least * (1 - 1e-9)) ?? 10;
  return step * power;
}
