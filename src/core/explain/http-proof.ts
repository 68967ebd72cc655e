import type { Proof } from './model.js';
import { bareProof, type Evidence, type Sighting, setPackets } from './sighting.js';

const LF = 0x0a;
/** Of a line that is shown. */
const MAX_TEXT_LEN = 160;

/** A name in the text of an HTTP/1 request: in a field line, or in the target of the request line. */
export function httpProof(sighting: Sighting, { stream }: Evidence): Proof | null {
  const { message, nameOffset, rawName } = sighting;
  if (stream === null || nameOffset < 0) return null;
  const lineStart = message.lastIndexOf(LF, nameOffset) + 1;
  const lineFeed = message.indexOf(LF, nameOffset);
  const lineEnd = lineFeed < 0 ? message.length : lineFeed;
  const line = message.toString('latin1', lineStart, lineEnd).trimEnd();
  const isFirst = message.subarray(0, lineStart).toString('latin1').trim() === '';
  const method = line.slice(0, Math.max(0, line.indexOf(' ')));

  const proof = bareProof(sighting, 'request, field Host', 'RFC 9110 §7.2');
  if (isFirst) {
    const isConnect = method === 'CONNECT';
    proof.field = isConnect ? 'request line, target of CONNECT' : 'request line, absolute target';
    proof.reference = isConnect ? 'RFC 9112 §3.2.3' : 'RFC 9112 §3.2.2';
  }
  proof.text = line.slice(0, MAX_TEXT_LEN);
  const nameEnd = nameOffset + rawName.length;
  const span = stream.find(message.subarray(0, Math.max(nameEnd, Math.min(lineEnd, message.length))), sighting.packet);
  if (span === null) return null;
  proof.message_length = null;
  proof.bytes = stream.places(span.start + nameOffset, span.start + nameEnd);
  setPackets(proof, stream.payloads(span.start, span.start + nameEnd), true);
  return proof;
}
