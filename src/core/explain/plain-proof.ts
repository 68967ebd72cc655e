import { u24 } from '../common/bytes.js';
import type { Proof } from './model.js';
import { placesOf } from './payload.js';
import { bareProof, type Evidence, type Sighting, setPackets } from './sighting.js';

/** Bytes shown of a message that names nothing. */
const BEGINNING_LEN = 16;

/** Of Google QUIC's own hello. */
export const CHLO_FIELD = ['CHLO, tag SNI', 'Google QUIC crypto'] as const;

const FIELDS: Readonly<Record<string, readonly [field: string, reference: string]>> = {
  http2: ['request, pseudo-header :authority', 'RFC 9113 §8.3.1'],
  socks: ['request, destination address', 'RFC 1928 §4'],
  dtls: ['ClientHello, extension server_name, host_name', 'RFC 6066 §3'],
  quic: CHLO_FIELD,
};

/** Where the bytes of a name lie in a message of any protocol; without a name, the message's beginning. */
export function plainProof(sighting: Sighting, { stream, datagrams }: Evidence): Proof {
  const [field, reference] = FIELDS[sighting.inspector] ?? ['message', ''];
  const proof = bareProof(sighting, field, reference);
  if (sighting.name === null)
    proof.field = sighting.isHello ? 'ClientHello without a name' : 'beginning of the message';
  const { rawName, message } = sighting;
  if (stream !== null) {
    const span = stream.find(message, sighting.packet) ?? stream.find(rawName, sighting.packet);
    if (span === null) return proof;
    setPackets(proof, stream.payloads(span.start, span.end), true);
    const name = rawName.length > 0 ? stream.find(rawName, sighting.packet) : null;
    if (name !== null && name.start >= span.start && name.end <= span.end) {
      proof.bytes = stream.places(name.start, name.end);
    } else if (rawName.length > 0) {
      proof.notes.push('The name is encoded in this frame (HPACK), not written in it as it is.');
      const at = span.start + (sighting.inspector === 'http2' ? headersFrame(message) : 0);
      proof.bytes = stream.places(at, Math.min(span.end, at + BEGINNING_LEN));
    } else proof.bytes = stream.places(span.start, Math.min(span.end, span.start + BEGINNING_LEN));
    return proof;
  }
  const holder = rawName.length > 0 ? datagrams.findLast((one) => one.bytes.includes(rawName)) : datagrams.at(-1);
  if (holder === undefined) {
    proof.notes.push('The name is cut into pieces that came in several datagrams.');
    setPackets(proof, datagrams, false);
    return proof;
  }
  const at = rawName.length > 0 ? holder.bytes.indexOf(rawName) : 0;
  const len = rawName.length > 0 ? rawName.length : Math.min(BEGINNING_LEN, holder.bytes.length);
  proof.bytes = placesOf(holder, at, at + len);
  setPackets(proof, [holder], false);
  return proof;
}

/** HTTP/2 (RFC 9113 §3.4, §4.1): the preface; length, type, flags and stream of a frame; HEADERS and CONTINUATION. */
const PREFACE_LEN = 24;
const FRAME_HEADER_LEN = 9;
const FRAME_TYPE = 3;
const HEADERS = 1;
const CONTINUATION = 9;

/** Where the last frame of header fields begins in a run of HTTP/2 frames; 0 when there is none. */
function headersFrame(message: Buffer): number {
  let found = 0;
  let at = message.toString('latin1', 0, 3) === 'PRI' ? PREFACE_LEN : 0;
  while (message.length - at >= FRAME_HEADER_LEN) {
    const type = message[at + FRAME_TYPE]!;
    if (type === HEADERS || type === CONTINUATION) found = at;
    at += FRAME_HEADER_LEN + u24(message, at);
  }
  return found;
}
