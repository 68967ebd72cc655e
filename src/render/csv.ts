import type { ConnectionRecord } from '../core/report/model.js';
import type { ReportFormat, WriteText } from './report-format.js';
import { safeText } from './safe-text.js';

/** The columns, in the order of `ConnectionRecord`. */
export const CSV_COLUMNS = [
  'id',
  'protocol',
  'src_ip',
  'src_port',
  'dst_ip',
  'dst_port',
  'packets',
  'bytes',
  'packets_out',
  'packets_in',
  'bytes_out',
  'bytes_in',
  'first_seen',
  'last_seen',
  'tcp_state',
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
  'app_protocol',
  'domain',
  'domains',
  'app',
  'app_group',
  'label',
  'is_lookup',
  'detected_by',
  'confidence',
  'evidence_packet',
  'evidence_match',
  'unknown_reason',
  'ech',
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
  'blocked',
  'blocked_by',
  'blocked_at_packet',
  'passed_packets',
  'passed_bytes',
  'vlan',
  'network',
  'cname_targets',
  'techniques',
  'community_id',
  'first_packet',
  'last_packet',
  'input',
  'first_frame',
  'last_frame',
  'evidence_frame',
] as const satisfies readonly (keyof ConnectionRecord)[];

/** The start of a formula for a spreadsheet; some accept the full-width forms too. */
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
/** RFC 4180 §2.6. The semicolon is the separator of many locales. */
const NEEDS_QUOTES = /[",;\r\n]/;

/**
 * A header line, then one row a connection: null is an empty cell, lists are joined by spaces, `techniques` by "; ".
 */
export function csvFormat(write: WriteText): ReportFormat {
  let headerWritten = false;
  function header(): void {
    if (!headerWritten) write(`${CSV_COLUMNS.join(',')}\n`);
    headerWritten = true;
  }
  return {
    connection(c) {
      header();
      write(csvRow(c));
    },
    finish: header,
  };
}

function csvRow(c: ConnectionRecord): string {
  let row = '';
  for (let i = 0; i < CSV_COLUMNS.length; i++) {
    if (i > 0) row += ',';
    const column = CSV_COLUMNS[i]!;
    row += csvCell(column === 'techniques' ? c.techniques.join('; ') : c[column]);
  }
  return `${row}\n`;
}

/** A cell by RFC 4180, unsafe characters escaped; text that would be a formula gets an apostrophe in front. */
export function csvCell(value: ConnectionRecord[keyof ConnectionRecord]): string {
  if (value === null) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const raw = typeof value === 'string' ? value : value.join(' ');
  const text = FORMULA.test(raw) ? `'${safeText(raw)}` : safeText(raw);
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
