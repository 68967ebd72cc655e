import { DpiError } from '../core/common/error.js';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** A thousand years: longer spans are typing errors. */
const MOST_MS = 1000 * 365 * 86_400_000;

/** Parser of an option that takes a duration: "500ms", "30s", "5m", "2h", "7d"; a bare number is seconds. In ms. */
export function timeSpan(option: string, leastMs: number): (text: string) => number {
  return (text) => {
    const match = /^(\d{1,12}(?:\.\d{1,6})?)\s*(ms|s|m|h|d)?$/i.exec(text.trim());
    const ms = match === null ? Number.NaN : Number(match[1]) * UNIT_MS[(match[2] ?? 's').toLowerCase()]!;
    if (ms >= leastMs && ms <= MOST_MS) return ms;
    const least = leastMs > 1 ? ` of ${leastMs} ms or more` : '';
    throw new DpiError('usage', `${option} takes a duration${least} such as 30s, 5m or 2h, not '${text}'`);
  };
}
