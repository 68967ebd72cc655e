import { suggestApps } from '../classify/app-lookup.js';
import { type AppTable, UNKNOWN_APP } from '../classify/app-table.js';
import type { ConnectionRecord } from '../report/model.js';
import { nameType, type Scalar, VALUE_TYPES, type ValueType } from './value-types.js';

/** A value that an expression can ask about; null, or an empty list, where the connection has none. */
export type FieldValue = Scalar | readonly Scalar[] | null;

export interface Field {
  readonly name: string;
  /** Of the value, or of each in the list. */
  readonly type: ValueType;
  read(connection: ConnectionRecord): FieldValue;
}

/** The type of every key of a connection, or of each in its list. A new key takes a line here. */
const KEYS: Readonly<Record<keyof ConnectionRecord, keyof typeof VALUE_TYPES>> = {
  id: 'number',
  protocol: 'text',
  src_ip: 'address',
  src_port: 'number',
  dst_ip: 'address',
  dst_port: 'number',
  packets: 'number',
  bytes: 'bytes',
  packets_out: 'number',
  packets_in: 'number',
  bytes_out: 'bytes',
  bytes_in: 'bytes',
  first_seen: 'time',
  last_seen: 'time',
  tcp_state: 'text',
  tcp_outcome: 'text',
  reset_by: 'text',
  rtt_ms: 'milliseconds',
  rtt_server_ms: 'milliseconds',
  rtt_client_ms: 'milliseconds',
  answer_ms: 'milliseconds',
  retransmitted_packets: 'number',
  retransmitted_bytes: 'bytes',
  out_of_order_packets: 'number',
  lost_segments: 'number',
  duplicate_acks: 'number',
  zero_windows: 'number',
  app_protocol: 'text',
  domain: 'text',
  domains: 'text',
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
  tls_cipher: 'text',
  tls_group: 'text',
  is_post_quantum: 'boolean',
  cert_names: 'text',
  cert_issuer: 'text',
  cert_not_before: 'time',
  cert_not_after: 'time',
  is_cert_self_signed: 'boolean',
  is_cert_expired: 'boolean',
  is_cert_name_mismatch: 'boolean',
  tls_alerts: 'text',
  is_handshake_failed: 'boolean',
  blocked: 'boolean',
  blocked_by: 'text',
  blocked_at_packet: 'number',
  passed_packets: 'number',
  passed_bytes: 'bytes',
  vlan: 'text',
  network: 'text',
  cname_targets: 'text',
  techniques: 'text',
  community_id: 'text',
  first_packet: 'number',
  last_packet: 'number',
  input: 'number',
  first_frame: 'number',
  last_frame: 'number',
  evidence_frame: 'number',
};

/** What the engine gathers only on request, and some keys of a connection are empty without. */
export type Need = 'handshakes' | 'quality' | 'packets';

/** The keys that need it. Alerts of QUIC and of TLS behind STARTTLS are told by the handshake. */
const KEYS_BY_NEED: Readonly<Record<Need, readonly (keyof ConnectionRecord)[]>> = {
  handshakes: [
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
    'is_cert_self_signed',
    'is_cert_expired',
    'is_cert_name_mismatch',
    'tls_alerts',
    'is_handshake_failed',
  ],
  quality: [
    'tcp_outcome',
    'reset_by',
    'rtt_ms',
    'rtt_server_ms',
    'rtt_client_ms',
    'answer_ms',
    'retransmitted_packets',
    'retransmitted_bytes',
    'out_of_order_packets',
    'lost_segments',
    'duplicate_acks',
    'zero_windows',
    'tls_alerts',
    'is_handshake_failed',
  ],
  packets: ['community_id', 'first_packet', 'last_packet', 'input', 'first_frame', 'last_frame', 'evidence_frame'],
};

/** The fields of an expression: the keys of a connection, and what follows from them. */
export class Fields {
  private readonly byName: ReadonlyMap<string, Field>;

  constructor(apps: AppTable) {
    const keys = (Object.keys(KEYS) as (keyof ConnectionRecord)[]).map(
      (name): Field => ({
        name,
        type: name === 'app' || name === 'app_group' ? appType(apps) : VALUE_TYPES[KEYS[name]],
        read: (one) => one[name],
      }),
    );
    this.byName = new Map([...keys, ...derivedFields(apps)].map((field) => [field.name, field]));
  }

  get(name: string): Field | undefined {
    return this.byName.get(name.toLowerCase());
  }

  get names(): string[] {
    return [...this.byName.keys()];
  }
}

/** What the field is empty without. */
export function needsOf(field: string): Need[] {
  const needs = Object.keys(KEYS_BY_NEED) as Need[];
  return needs.filter((need) => (KEYS_BY_NEED[need] as readonly string[]).includes(field));
}

/** Names in expressions that are no keys of a connection; docs/analyze.md lists them. */
function derivedFields(apps: AppTable): Field[] {
  return [
    { name: 'ip', type: VALUE_TYPES.address, read: ({ src_ip, dst_ip }) => [src_ip, dst_ip] },
    { name: 'port', type: VALUE_TYPES.number, read: ({ src_port, dst_port }) => [src_port, dst_port] },
    {
      name: 'duration',
      type: VALUE_TYPES.seconds,
      // Whole microseconds: a difference of doubles is not exact.
      read: ({ first_seen, last_seen }) => Math.round((last_seen - first_seen) * 1e6) / 1e6,
    },
    { name: 'category', type: VALUE_TYPES.text, read: ({ app }) => apps.categoryOf(apps.idOf(app)) },
  ];
}

/** Names and aliases of apps; a misspelt one is an error instead of an empty report. */
function appType(apps: AppTable): ValueType {
  return nameType('a known app', (written) => canonicalApp(apps, written));
}

/** The app's name as reports show it, by name or alias in any case; null for an unknown one. */
export function canonicalApp(apps: AppTable, written: string): string | null {
  if (written.trim().toUpperCase() === UNKNOWN_APP) return UNKNOWN_APP;
  const id = apps.idOf(written);
  return id === 0 ? null : apps.nameOf(id);
}

/** "did you mean YOUTUBE?", or where the apps are listed. */
export function appHint(apps: AppTable, written: string): string {
  const near = suggestApps(apps, written).slice(0, 3);
  return near.length === 0 ? "'dpi apps' lists them" : `did you mean ${near.join(' or ')}?`;
}
