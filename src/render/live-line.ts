import type { ConnectionRecord } from '../core/report/model.js';
import { endsText, evidenceText } from './connection-text.js';
import { safeText } from './safe-text.js';

/**
 * A connection whose name or app has just become known, as a line without its line feed: "2026-03-01T10:14:07Z YOUTUBE
 * i.ytimg.com quic #81 192.0.2.10:60279 → 203.0.113.11:443 UDP". Unknown parts are "-".
 */
export function liveLine(c: ConnectionRecord): string {
  const blocked = c.blocked ? [`would be blocked by ${safeText(c.blocked_by ?? 'a rule')}`] : [];
  return [
    momentText(c.last_seen),
    safeText(c.app),
    c.domain === null ? '-' : safeText(c.domain),
    evidenceText(c) || '-',
    endsText(c, Number.POSITIVE_INFINITY),
    safeText(c.protocol),
    ...blocked,
  ].join(' ');
}

/** Seconds since the epoch as ISO 8601 in whole seconds; a time out of range as the plain number. */
function momentText(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? String(seconds) : `${date.toISOString().slice(0, 19)}Z`;
}
