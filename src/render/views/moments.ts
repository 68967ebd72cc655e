import type { ReportSummary } from '../../core/report/model.js';
import { momentText } from '../quantities.js';

const DAY_LEN = '2026-03-01'.length;

/** Writes times of a capture in UTC: without the date if the capture lies within a day, with `digits` of the second. */
export function momentWriter({ first_seen: first, last_seen: last }: ReportSummary, digits = 0) {
  const isOneDay = first !== null && last !== null && dayOf(first) === dayOf(last);
  return (seconds: number | null): string => {
    if (seconds === null) return '';
    const scale = 10 ** digits;
    const floored = Math.floor(Math.round(seconds * 1e6) / (1e6 / scale)) / scale;
    const date = new Date(Math.round(floored * 1000));
    if (Number.isNaN(date.getTime())) return `${seconds} s`;
    const text = momentText(date);
    const fraction = digits === 0 ? '' : `.${String(date.getUTCMilliseconds()).padStart(3, '0').slice(0, digits)}`;
    return (isOneDay ? text.slice(DAY_LEN + 1) : text) + fraction;
  };
}

function dayOf(seconds: number): number {
  return Math.floor(seconds / 86_400);
}
