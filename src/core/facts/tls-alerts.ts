import { u16 } from '../common/bytes.js';

/** TLS record header (RFC 8446 §5.1) and alert (§6). */
const TYPE = 0;
const VERSION_MAJOR = 1;
const VERSION_MINOR = 2;
const LENGTH = 3;
const RECORD_HEADER_LEN = 5;
export const ALERT_RECORD = 21;
const ALERT_LEN = 2;
const FATAL = 2;
/** Longest record with an encrypted alert: padding of a block cipher to 256 bytes, MAC and IV (RFC 5246 §6.2.3.2). */
const MAX_ENCRYPTED_LEN = 336;

/** Not an alert. */
export const NO_ALERT = -1;
/** Stands for the description of an alert that is encrypted. */
const ENCRYPTED_ALERT = 254;

/** IANA "TLS Alerts". */
const NAMES: Readonly<Record<number, string>> = {
  0: 'close_notify',
  10: 'unexpected_message',
  20: 'bad_record_mac',
  21: 'decryption_failed',
  22: 'record_overflow',
  30: 'decompression_failure',
  40: 'handshake_failure',
  41: 'no_certificate',
  42: 'bad_certificate',
  43: 'unsupported_certificate',
  44: 'certificate_revoked',
  45: 'certificate_expired',
  46: 'certificate_unknown',
  47: 'illegal_parameter',
  48: 'unknown_ca',
  49: 'access_denied',
  50: 'decode_error',
  51: 'decrypt_error',
  52: 'too_many_cids_requested',
  60: 'export_restriction',
  70: 'protocol_version',
  71: 'insufficient_security',
  80: 'internal_error',
  86: 'inappropriate_fallback',
  90: 'user_canceled',
  100: 'no_renegotiation',
  109: 'missing_extension',
  110: 'unsupported_extension',
  111: 'certificate_unobtainable',
  112: 'unrecognized_name',
  113: 'bad_certificate_status_response',
  114: 'bad_certificate_hash_value',
  115: 'unknown_psk_identity',
  116: 'certificate_required',
  117: 'general_error',
  120: 'no_application_protocol',
  121: 'ech_required',
  254: 'encrypted',
};

/** The description of the alert record that `buf[start, end)` begins with, ENCRYPTED_ALERT, or NO_ALERT. */
export function alertAt(buf: Buffer, start: number, end: number): number {
  if (end - start < RECORD_HEADER_LEN + ALERT_LEN || buf[start + TYPE] !== ALERT_RECORD) return NO_ALERT;
  if (buf[start + VERSION_MAJOR] !== 3 || buf[start + VERSION_MINOR]! > 4) return NO_ALERT;
  const len = u16(buf, start + LENGTH);
  if (len !== ALERT_LEN) return len > ALERT_LEN && len <= MAX_ENCRYPTED_LEN ? ENCRYPTED_ALERT : NO_ALERT;
  const level = buf[start + RECORD_HEADER_LEN]!;
  const description = buf[start + RECORD_HEADER_LEN + 1]!;
  return level === 1 || level === FATAL ? Math.min(description, ENCRYPTED_ALERT - 1) : NO_ALERT;
}

/** True when the alert record at `start` is in clear and ends its connection. */
export function isFatal(buf: Buffer, start: number): boolean {
  return u16(buf, start + LENGTH) === ALERT_LEN && buf[start + RECORD_HEADER_LEN] === FATAL;
}

/** Adds a description to those packed in `alerts`, a byte each: four at most, each once. */
export function withAlert(alerts: number, description: number): number {
  for (let shift = 0; shift < 32; shift += 8) {
    const known = (alerts >>> shift) & 255;
    if (known === description + 1) return alerts;
    if (known === 0) return alerts | ((description + 1) << shift);
  }
  return alerts;
}

/** The names of packed alerts, in order of appearance. */
export function alertNames(alerts: number): string[] {
  const names: string[] = [];
  for (let shift = 0; shift < 32; shift += 8) {
    const description = ((alerts >>> shift) & 255) - 1;
    if (description >= 0) names.push(NAMES[description] ?? `alert_${description}`);
  }
  return names;
}
