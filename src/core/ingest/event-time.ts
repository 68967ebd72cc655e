/** The end of the year 9999, in seconds since the epoch: what lies beyond are other units, such as milliseconds. */
const LATEST_SECONDS = 253_402_300_800;
const MICROS = 1e6;
const DIGITS = /^(\d{1,12})(?:\.(\d{1,18}))?$/;
/** RFC 3339 §5.6; the zone is not optional, for without one the moment depends on who reads it. */
const ISO = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2})?)(?:\.(\d{1,18}))?(Z|z|[+-]\d{2}:?\d{2})$/;

/**
 * The time of an event's `timestamp`, in whole microseconds since the epoch. Finer fractions are cut off a text and
 * rounded in a number. NaN for other values and outside 1970 to 9999.
 */
export function parseEventTime(timestamp: unknown): number {
  if (typeof timestamp === 'number') return inRange(Math.round(timestamp * MICROS));
  if (typeof timestamp !== 'string' || timestamp.length > 64) return Number.NaN;
  const digits = DIGITS.exec(timestamp);
  if (digits !== null) return inRange(Number(digits[1]) * MICROS + fraction(digits[2]));
  const iso = ISO.exec(timestamp);
  if (iso === null) return Number.NaN;
  return inRange(Date.parse(`${iso[1]}T${iso[2]}${iso[4]!.toUpperCase()}`) * 1000 + fraction(iso[3]));
}

function fraction(digits: string | undefined): number {
  return digits === undefined ? 0 : Number(digits.slice(0, 6).padEnd(6, '0'));
}

function inRange(micros: number): number {
  return micros >= 0 && micros < LATEST_SECONDS * MICROS ? micros : Number.NaN;
}
