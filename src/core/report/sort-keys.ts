import type { ConnectionRecord } from './model.js';

/** The orders of a list of connections, by what comes first. */
export type SortKey = 'bytes' | 'packets' | 'time' | 'duration' | 'rtt';

/** By key: a measure, of which the largest comes first. Of equal ones the connection that began first does. */
const MEASURES: Readonly<Record<SortKey, (connection: ConnectionRecord) => number>> = {
  bytes: ({ bytes }) => bytes,
  packets: ({ packets }) => packets,
  time: ({ first_seen }) => -first_seen,
  duration: ({ first_seen, last_seen }) => Math.round((last_seen - first_seen) * 1e6),
  rtt: ({ rtt_ms }) => rtt_ms ?? Number.NEGATIVE_INFINITY,
};

export const SORT_KEYS = Object.keys(MEASURES) as readonly SortKey[];

export function measureOf(key: SortKey): (connection: ConnectionRecord) => number {
  return MEASURES[key];
}
