import type { ConnectionRecord, ReportSummary } from '../../core/report/model.js';
import type { PolicySummary } from '../../core/report/policy-model.js';

// The data of a page: written by `dpi analyze --html` and `dpi rules test --html`, read by the page (src/page/data).

/** Raised when a page could not read the data of another version. Page and data travel together, so only tests care. */
export const PAYLOAD_VERSION = 1;

/** How a key of a connection is packed. A new key takes a line in `COLUMN_KINDS`. */
export type ColumnKind =
  /** A number or null. */
  | 'number'
  /** Seconds since the epoch: microseconds since the row before. */
  | 'time'
  | 'boolean'
  | 'text'
  /** A text of the list that all columns of addresses share. */
  | 'address'
  | 'list';

/** The values of one key, in the order of the rows. */
export type PackedColumn =
  | { readonly same: number | string | boolean | null }
  | { readonly numbers: readonly (number | null)[] }
  /** Differences from the row before, the first one from 0. */
  | { readonly steps: readonly number[] }
  /** Indexes into `texts`, -1 for null. */
  | { readonly texts: readonly string[]; readonly at: readonly number[] }
  /** Indexes into the payload's `addresses`. */
  | { readonly addresses: readonly number[] }
  | { readonly lists: readonly (readonly string[])[]; readonly at: readonly number[] };

/** Connections that are not listed one by one, summed up. */
export interface RestRow {
  /** Indexes into the payload's `addresses`; -1 where there were too many to keep apart. */
  readonly client: number;
  readonly server: number;
  readonly label: string;
  readonly isLookup: boolean;
  readonly connections: number;
  readonly packets: number;
  readonly bytes: number;
}

export interface Payload {
  readonly version: number;
  /** Without pairs, and with the largest hosts and domains only. */
  readonly summary: ReportSummary;
  /** Hosts and domains of the capture, those left out included. */
  readonly hostCount: number;
  readonly domainCount: number;
  /** Addresses were replaced, MAC addresses and names of hosts left out. */
  readonly isRedacted: boolean;
  readonly addresses: readonly string[];
  /** Connections listed, in the order of their beginning. */
  readonly count: number;
  readonly columns: Readonly<Record<keyof ConnectionRecord, PackedColumn>>;
  readonly rest: readonly RestRow[];
}

/** The data of `dpi rules test --html`. */
export interface PolicyPayload {
  readonly version: number;
  readonly policy: PolicySummary;
}

export const COLUMN_KINDS: Readonly<Record<keyof ConnectionRecord, ColumnKind>> = {
  id: 'number',
  protocol: 'text',
  src_ip: 'address',
  src_port: 'number',
  dst_ip: 'address',
  dst_port: 'number',
  packets: 'number',
  bytes: 'number',
  packets_out: 'number',
  packets_in: 'number',
  bytes_out: 'number',
  bytes_in: 'number',
  first_seen: 'time',
  last_seen: 'time',
  tcp_state: 'text',
  tcp_outcome: 'text',
  reset_by: 'text',
  rtt_ms: 'number',
  rtt_server_ms: 'number',
  rtt_client_ms: 'number',
  answer_ms: 'number',
  retransmitted_packets: 'number',
  retransmitted_bytes: 'number',
  out_of_order_packets: 'number',
  lost_segments: 'number',
  duplicate_acks: 'number',
  zero_windows: 'number',
  app_protocol: 'text',
  domain: 'text',
  domains: 'list',
  app: 'text',
  app_group: 'text',
  label: 'text',
  is_lookup: 'boolean',
  detected_by: 'text',
  confidence: 'text',
  evidence_packet: 'number',
  evidence_match: 'text',
  unknown_reason: 'text',
  ech: 'boolean',
  tls_version: 'text',
  alpn: 'text',
  quic_version: 'text',
  ja3: 'text',
  ja4: 'text',
  cert_names: 'list',
  tls_cipher: 'text',
  tls_group: 'text',
  is_post_quantum: 'boolean',
  cert_issuer: 'text',
  cert_not_before: 'number',
  cert_not_after: 'number',
  is_cert_self_signed: 'boolean',
  is_cert_expired: 'boolean',
  is_cert_name_mismatch: 'boolean',
  tls_alerts: 'list',
  is_handshake_failed: 'boolean',
  blocked: 'boolean',
  blocked_by: 'text',
  blocked_at_packet: 'number',
  passed_packets: 'number',
  passed_bytes: 'number',
  vlan: 'text',
  network: 'text',
  cname_targets: 'list',
  techniques: 'list',
  community_id: 'text',
  first_packet: 'number',
  last_packet: 'number',
  input: 'number',
  first_frame: 'number',
  last_frame: 'number',
  evidence_frame: 'number',
};
