import type { ReportSummary } from '../../core/report/model.js';

const KEYS = [
  'total_packets',
  'total_bytes',
  'forwarded_packets',
  'dropped_packets',
  'tcp_packets',
  'udp_packets',
  'other_ip_packets',
  'non_ip_packets',
  'total_connections',
  'apps',
] as const;

/** The part of an upload's report that the server's statistics need. */
export type CaptureTotals = Pick<ReportSummary, (typeof KEYS)[number]>;

/** Drops the rest of a report, which may list a hundred thousand names, before it goes to the server's thread. */
export function captureTotals(summary: ReportSummary): CaptureTotals {
  return Object.fromEntries(KEYS.map((key) => [key, summary[key]])) as unknown as CaptureTotals;
}
