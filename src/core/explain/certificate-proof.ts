import type { ConnectionRecord } from '../report/model.js';
import type { ConnectionTrace } from './connection-trace.js';
import type { Proof } from './model.js';
import { noPieces } from './sighting.js';

/** Where the name lies in the server's certificate that showed the app; null where it did not. */
export function certificateProof(record: ConnectionRecord, trace: ConnectionTrace): Proof | null {
  const [name] = record.cert_names;
  if (name === undefined || record.domain !== null || record.detected_by !== 'tls') return null;
  const packet = record.evidence_packet ?? 0;
  const stream = trace.streams[(1 - trace.initiator(record)) as 0 | 1];
  const bytes = Buffer.from(name, 'utf8');
  const span = stream.find(bytes, packet);
  const places = span === null ? [] : stream.places(span.start, span.end);
  return {
    name,
    protocol: 'tls',
    field: "server's Certificate, subject or subjectAltName",
    reference: 'RFC 5280 §4.1.2.6, §4.2.1.6',
    packet,
    time: places[0]?.time ?? record.first_seen,
    bytes: places,
    decrypted: [],
    message_length: null,
    packets: places.map((place) => place.packet),
    pieces: noPieces(),
    text: null,
    notes: ['The client sent no server_name. A certificate names who answered, not the host that was asked for.'],
  };
}
