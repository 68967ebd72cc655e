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

/** What the server's statistics take from the report of an upload. */
export type CaptureTotals = Pick<ReportSummary, (typeof KEYS)[number]>;

/** Of a whole report, which may list a hundred thousand names, what the server needs to hear. */
export function captureTotals(summary: ReportSummary): CaptureTotals {
  return Object.fromEntries(KEYS.map((key) => [key, summary[key]])) as unknown as CaptureTotals;
}
