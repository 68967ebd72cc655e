import { parseSpanMicros } from './quantity.js';

/** The forms that `parseTimePoint` takes, for messages. */
export const TIME_FORMS =
  "a time such as 2026-11-22T18:22:33Z or 1763835753.5, or one after the capture's begin such as 10s or 1h30m";

/** A number from here on is seconds since the epoch (1973); a smaller one is a time span without its unit. */
const LEAST_EPOCH_SECONDS = 1e8;
const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)\s*(Z|UTC|[+-]\d\d:?\d\d)?)?$/i;

/** A point in a capture's time. */
export interface TimePoint {
  /** µs since the epoch, or since the capture's first packet. */
  readonly micros: number;
  readonly isRelative: boolean;
}

/**
 * An ISO 8601 date or time (UTC unless it names an offset), seconds since the epoch, or a span since the capture's
 * first packet, with its unit. Null for anything else.
 */
export function parseTimePoint(text: string): TimePoint | null {
  const trimmed = text.trim();
  const span = parseSpanMicros(trimmed.startsWith('+') ? trimmed.slice(1) : trimmed);
  if (span !== null) return { micros: span, isRelative: true };
  if (/^\d{1,12}(\.\d{1,9})?$/.test(trimmed)) {
    const seconds = Number(trimmed);
    return seconds < LEAST_EPOCH_SECONDS ? null : { micros: Math.round(seconds * 1e6), isRelative: false };
  }
  const iso = ISO.exec(trimmed);
  if (iso === null) return null;
  const [, date, time = '00:00', zone = 'Z'] = iso;
  const [whole, fraction = ''] = time.split('.');
  const offset = /^(?:z|utc)$/i.test(zone) ? 'Z' : zone.replace(/^(.\d\d):?/, '$1:');
  const ms = Date.parse(`${date}T${whole}${offset}`);
  if (Number.isNaN(ms)) return null;
  return { micros: ms * 1000 + Math.round(Number(`0.${fraction || 0}`) * 1e6), isRelative: false };
}

/** Seconds since the epoch, as records have them, in a capture that begins at `beginMicros`. */
export function secondsOf(point: TimePoint, beginMicros: number): number {
  return (point.isRelative ? beginMicros + point.micros : point.micros) / 1e6;
}
