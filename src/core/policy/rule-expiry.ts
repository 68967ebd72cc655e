import { RuleError } from './rule.js';

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
/** The latest expiry, the year 9999: Date holds it, and no user means a later one. */
const LATEST_MS = 253_402_300_799_000;
const ISO = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;

/**
 * The moment that `--expires` means, in milliseconds since the epoch: a span from `nowMs` on ("90s", "30m", "2h", "7d",
 * "4w") or an ISO 8601 date (its first moment in UTC) or date and time. Throws RuleError, also for what is over
 * already.
 */
export function parseExpiry(text: string, nowMs: number): number {
  const span = /^(\d{1,9})\s*([smhdw])$/i.exec(text.trim());
  const date = ISO.test(text.trim()) ? Date.parse(text.trim()) : Number.NaN;
  const expiresMs = span === null ? date : nowMs + Number(span[1]) * UNIT_MS[span[2]!.toLowerCase()]!;
  if (Number.isNaN(expiresMs) || expiresMs > LATEST_MS) {
    throw new RuleError(
      'bad-expiry',
      `'${text}' is not an expiry; expected 30m, 2h, 7d, 4w or a date such as 2030-12-31`,
    );
  }
  if (expiresMs <= nowMs) throw new RuleError('past-expiry', `the expiry '${text}' is not in the future`);
  return Math.ceil(expiresMs / 1000) * 1000;
}

/** ISO 8601 in UTC with whole seconds: "2030-12-31T00:00:00Z". */
export function formatMoment(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** A written moment in milliseconds since the epoch; NaN for other text. */
export function parseMoment(text: string): number {
  return ISO.test(text) ? Date.parse(text) : Number.NaN;
}

/**
 * The time until something ends, rounded up to minutes above one: "in 2 hours" still holds a second later. Below ten of
 * its largest unit the next smaller one follows: "1 hour 58 minutes".
 */
export function formatTimeLeft(ms: number): string {
  const exact = ms < UNIT_MS.m! ? ms : Math.ceil(ms / UNIT_MS.m!) * UNIT_MS.m!;
  const unit = [UNIT_MS.d!, UNIT_MS.h!, UNIT_MS.m!].find((one) => exact >= one);
  if (unit === undefined) return formatSpan(Math.ceil(exact / 1000) * 1000);
  const rest = exact % unit;
  const isShort = exact < 10 * unit && rest > 0;
  return isShort ? `${formatSpan(exact - rest)} ${formatSpan(rest)}` : formatSpan(exact);
}

/** A span of time for people, in its largest unit: "3 days", "1 hour", "12 seconds". Negative spans count as 0. */
export function formatSpan(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const units: [string, number][] = [
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
    ['second', 1],
  ];
  const [name, length] = units.find(([, unit]) => seconds >= unit) ?? units[3]!;
  const count = Math.floor(seconds / length);
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
