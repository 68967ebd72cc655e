/** Where a connection's name or app comes from, in the report's words. */
export type DetectedBy =
  | 'tls'
  | 'quic'
  | 'http'
  | 'dns'
  | 'dtls'
  | 'socks'
  | 'dns-answer'
  | 'ip-range'
  | 'signature'
  | 'event';

/** How much the label can be trusted. */
export type Confidence = 'certain' | 'likely' | 'guess';

/** Where a label comes from, as a small number for the flow row. */
export const EVIDENCE_NONE = 0;
const EVIDENCE_TLS = 1;
const EVIDENCE_QUIC = 2;
const EVIDENCE_HTTP = 3;
export const EVIDENCE_DNS = 4;
const EVIDENCE_DTLS = 5;
export const EVIDENCE_DNS_ANSWER = 6;
export const EVIDENCE_IP_RANGE = 7;
export const EVIDENCE_SIGNATURE = 8;
/** Whoever handed a packet in as an event said so. */
export const EVIDENCE_EVENT = 9;
const EVIDENCE_SOCKS = 10;

const SOURCES: readonly (DetectedBy | null)[] = [
  null,
  'tls',
  'quic',
  'http',
  'dns',
  'dtls',
  'dns-answer',
  'ip-range',
  'signature',
  'event',
  'socks',
];

const CONFIDENCES: readonly (Confidence | null)[] = [null, 'guess', 'likely', 'certain'];

/** Evidence by the inspector that read the name; several inspectors share a source. */
export function evidenceOf(inspector: string): number {
  switch (inspector) {
    case 'tls':
      return EVIDENCE_TLS;
    case 'quic':
      return EVIDENCE_QUIC;
    case 'http':
    case 'http2':
      return EVIDENCE_HTTP;
    case 'dns':
    case 'mdns':
    case 'llmnr':
      return EVIDENCE_DNS;
    case 'dtls':
      return EVIDENCE_DTLS;
    case 'socks':
      return EVIDENCE_SOCKS;
    default:
      return EVIDENCE_SIGNATURE;
  }
}

/** The report's word for the low byte of the row's EVIDENCE field. */
export function detectedBy(evidence: number): DetectedBy | null {
  return SOURCES[evidence & 255] ?? null;
}

/** The report's word for the second byte of the row's EVIDENCE field. */
export function confidenceWord(evidence: number): Confidence | null {
  return CONFIDENCES[(evidence >> 8) & 255] ?? null;
}
