/** Numbers and times as people read them. Exact values belong in JSON. */
import { countText } from '../core/common/count-text.js';

export { countText };

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];
const RATE_UNITS = ['', 'k', 'M', 'G', 'T'];

/** "1 packet", "1,234 packets". */
export function pluralText(count: number, singular: string, plural = `${singular}s`): string {
  return `${countText(count)} ${count === 1 ? singular : plural}`;
}

/** Decimal units, three significant digits at most: "998 B", "1.2 MB", "48 GB". */
export function bytesText(bytes: number): string {
  return scaled(bytes, BYTE_UNITS);
}

/** A count per second or the like, without its noun: "950", "1.2 M". */
export function rateText(perSecond: number): string {
  return scaled(perSecond, RATE_UNITS).trimEnd();
}

/** A part of a whole as "45%", "3.1%", "<0.1%"; "0%" of nothing. */
export function percentText(part: number, whole: number): string {
  if (part === 0 || whole === 0) return '0%';
  const percent = (part / whole) * 100;
  if (percent < 0.1) return '<0.1%';
  if (percent < 9.95) return `${percent.toFixed(1)}%`;
  return part < whole && percent >= 99.5 ? '>99%' : `${Math.round(percent)}%`;
}

/** A span in seconds: "0.42 s", "12.3 s", "5 min 12 s", "3 h 4 min", "2 d 5 h". */
export function durationText(seconds: number): string {
  if (seconds < 0.001) return seconds <= 0 ? '0 s' : '<1 ms';
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return twoUnits(whole, 60, 'min', 1, 's');
  if (whole < 86_400) return twoUnits(whole, 3600, 'h', 60, 'min');
  return twoUnits(whole, 86_400, 'd', 3600, 'h');
}

/** Which clock times are shown by: UTC, or that of the machine (TZ). */
export type Zone = 'utc' | 'local';

/**
 * Two times, seconds since the epoch, as "2026-03-01 10:14:07 to 10:15:12 UTC"; the day is repeated where it differs,
 * and local times name their offset.
 */
export function periodText(first: number, last: number, zone: Zone = 'utc'): string {
  const [from, to] = [new Date(first * 1000), new Date(last * 1000)];
  if (Number.isNaN(from.getTime()) || Number.isNaN(to.getTime())) return `${first} s to ${last} s`;
  const [fromText, toText] = [momentText(from, zone), momentText(to, zone)];
  const isSameDay = fromText.slice(0, 10) === toText.slice(0, 10);
  const end = fromText === toText ? '' : ` to ${isSameDay ? toText.slice(11) : toText}`;
  return `${fromText}${end} ${zone === 'utc' ? 'UTC' : offsetText(to)}`;
}

/** The offset of local time from UTC: "+02:00", or "UTC". */
function offsetText(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  if (minutes === 0) return 'UTC';
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${twoDigits(Math.floor(size / 60))}:${twoDigits(size % 60)}`;
}

/** Seconds since the epoch as "2026-03-01 10:14:07 UTC"; a time out of range as the plain number. */
export function timeText(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return `${seconds} s`;
  return `${momentText(date)} UTC`;
}

/**
 * "2026-03-01 10:14:07", in UTC unless asked otherwise. Uses the getters: `toISOString` makes ICU look up the time
 * zone, which takes a millisecond.
 */
export function momentText(date: Date, zone: Zone = 'utc'): string {
  if (zone === 'local') return localMomentText(date);
  const day = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
  return `${day.map(twoDigits).join('-')} ${time.map(twoDigits).join(':')}`;
}

function localMomentText(date: Date): string {
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()];
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()];
  return `${day.map(twoDigits).join('-')} ${time.map(twoDigits).join(':')}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

/** A clock for the time left: "0:07", "12:45", "1:02:03". */
export function clockText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const rest = twoDigits(whole % 60);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${twoDigits(minutes % 60)}:${rest}`;
}

function scaled(value: number, units: readonly string[]): string {
  let unit = 0;
  let scaledValue = value;
  // 999.5 would be rounded to 1000 of the smaller unit.
  while (scaledValue >= 999.5 && unit < units.length - 1) {
    scaledValue /= 1000;
    unit++;
  }
  const digits = unit === 0 || scaledValue >= 9.95 ? 0 : 1;
  return `${scaledValue.toFixed(digits)} ${units[unit]}`;
}

function twoUnits(seconds: number, bigLen: number, big: string, smallLen: number, small: string): string {
  const bigs = Math.floor(seconds / bigLen);
  const smalls = Math.floor((seconds % bigLen) / smallLen);
  return smalls === 0 ? `${bigs} ${big}` : `${bigs} ${big} ${smalls} ${small}`;
}
