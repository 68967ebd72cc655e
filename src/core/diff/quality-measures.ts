import type { ReportSummary } from '../report/model.js';

/** A measure of quality, of which both sides of a comparison have one. */
export interface QualityMeasure {
  readonly value: number;
  readonly unit: 'ms' | 'share';
}

/** Round trips that a median has to rest on, to be compared. */
const LEAST_ROUND_TRIPS = 3;

type Measured = Pick<ReportSummary, 'quality' | 'dns' | 'total_connections' | 'tcp_packets'>;

/**
 * How well the network served a capture, by the name of the measure. Failures are parts of all connections or packets,
 * so that captures of different length compare; those that did not occur are left out.
 */
export function qualityMeasures({
  quality,
  dns,
  total_connections,
  tcp_packets,
}: Measured): Map<string, QualityMeasure> {
  const measures = new Map<string, QualityMeasure>();
  const share = (name: string, count: number | null, all: number) => {
    if (count !== null && count > 0 && all > 0) measures.set(name, { value: count / all, unit: 'share' });
  };
  const delay = (name: string, value: number | null | undefined) => {
    if (value !== null && value !== undefined) measures.set(name, { value, unit: 'ms' });
  };
  if (quality !== null) {
    if (quality.rtt_ms !== null && quality.rtt_ms.count >= LEAST_ROUND_TRIPS) {
      delay('round trip, median', quality.rtt_ms.median);
      delay('round trip, 95th percentile', quality.rtt_ms.p95);
    }
    share('packets retransmitted', quality.retransmitted_packets, tcp_packets);
    share('segments lost', quality.lost_segments, tcp_packets);
    share('connections refused', quality.refused, total_connections);
    share('connections unanswered', quality.unanswered, total_connections);
    share('connections reset by the client', quality.resets.client, total_connections);
    share('connections reset by the server', quality.resets.server, total_connections);
    share('TLS handshakes failed', quality.failed_handshakes, total_connections);
    for (const { label, rtt_ms } of quality.labels) {
      if (rtt_ms !== null && rtt_ms.count >= LEAST_ROUND_TRIPS) delay(`round trip of ${label}, median`, rtt_ms.median);
    }
  }
  if (dns !== null) {
    share('DNS queries unanswered', dns.unanswered, dns.queries);
    delay('DNS latency, median', dns.latency_ms?.median);
  }
  return measures;
}
