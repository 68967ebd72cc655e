import type { ConnectionRecord, ReportSummary } from '../report/model.js';
import { comparable, mappedIp, mappedRecord } from './mapped-record.js';
import type { Replacements } from './replacements.js';

/** A fact in which the copy differs from what the original and the replacements say it must be. */
export interface Difference {
  /** Connection of the original; null for the capture as a whole. */
  readonly connection: number | null;
  readonly fact: string;
  readonly expected: unknown;
  readonly found: unknown;
}

/** Facts that follow from payload: of connections whose label is known to be lost they are not compared. */
const LABEL_FACTS = new Set([
  'app_protocol',
  'domain',
  'domains',
  'label',
  'is_lookup',
  'detected_by',
  'confidence',
  'evidence_packet',
  'cname_targets',
  'tls_version',
  'alpn',
  'quic_version',
  'ja3',
  'ja4',
  'cert_names',
  'tls_cipher',
  'tls_group',
  'is_post_quantum',
  'cert_issuer',
  'cert_not_before',
  'cert_not_after',
  'ech',
  'is_cert_self_signed',
  'is_cert_expired',
  'is_cert_name_mismatch',
  'tls_alerts',
  'is_handshake_failed',
  'techniques',
]);
const SUMMARY_FACTS = [
  'total_packets',
  'total_bytes',
  'tcp_packets',
  'udp_packets',
  'other_ip_packets',
  'non_ip_packets',
  'total_connections',
  'anomalies',
] as const satisfies readonly (keyof ReportSummary)[];

/** One side of the comparison. */
export interface Analysed {
  readonly records: readonly ConnectionRecord[];
  readonly summary: ReportSummary;
}

/** Compares the analyses of a capture and of its copy. `reduced` are connections whose label did not survive. */
export function compareLabels(
  original: Analysed,
  copy: Analysed,
  maps: Replacements,
  reduced: ReadonlySet<number>,
): Difference[] {
  const differences: Difference[] = [];
  const compare = (connection: number | null, fact: string, expected: unknown, found: unknown): void => {
    if (JSON.stringify(expected) !== JSON.stringify(found)) differences.push({ connection, fact, expected, found });
  };
  const found = new Map(copy.records.map((record) => [record.id, record]));
  for (const record of original.records) {
    const expected = mappedRecord(record, maps) as Record<string, unknown>;
    const other = found.get(record.id);
    if (other === undefined) {
      differences.push({ connection: record.id, fact: 'connection', expected: 'one', found: 'none' });
      continue;
    }
    const actual = comparable(other) as Record<string, unknown>;
    for (const fact of Object.keys(expected)) {
      if (LABEL_FACTS.has(fact) && reduced.has(record.id)) continue;
      // Times that begin at 0 are those of a capture without a clock; no answer is timed in it, but in the copy.
      if (fact === 'answer_ms' && record.first_seen === 0) continue;
      compare(record.id, fact, expected[fact], actual[fact]);
    }
  }
  for (const fact of SUMMARY_FACTS) compare(null, fact, original.summary[fact], copy.summary[fact]);
  compare(null, 'hosts', hostFacts(original.summary, maps), hostFacts(copy.summary, null));
  return differences;
}

/** Hosts with what frames say of them, in an order that doesn't depend on addresses. */
function hostFacts({ hosts }: ReportSummary, maps: Replacements | null): string[] {
  return hosts
    .map(({ address, mac, roles, packets_out, packets_in, bytes_out, bytes_in }) =>
      [
        maps === null ? address : mappedIp(address, maps),
        mac === null || maps === null ? mac : mappedMac(mac, maps),
        roles.join(' '),
        packets_out,
        packets_in,
        bytes_out,
        bytes_in,
      ].join(' '),
    )
    .sort();
}

function mappedMac(mac: string, { macs }: Replacements): string {
  const bytes = macs.of(Buffer.from(mac.replaceAll(':', ''), 'hex'));
  return bytes.toString('hex').match(/../g)!.join(':');
}
