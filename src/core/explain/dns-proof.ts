import { u16 } from '../common/bytes.js';
import { HEADER_LEN, isResponse, questionCount } from '../inspect/dns/dns-message.js';
import { DnsName, decodeName, skipName } from '../inspect/dns/dns-name.js';
import type { Proof } from './model.js';
import { placesOf } from './payload.js';
import { bareProof, type Evidence, type Sighting, setPackets } from './sighting.js';

const QUESTION_FIXED_LEN = 4;
const LENGTH_LEN = 2;
const MAX_QUESTIONS = 64;

const scratch = new DnsName();

/** The names in the questions of a DNS message, the first being the sighting's. */
export function dnsProofs(sighting: Sighting, { stream, datagrams }: Evidence): Proof[] {
  const { message } = sighting;
  const start = stream === null ? 0 : LENGTH_LEN;
  const end = stream === null ? message.length : Math.min(message.length, LENGTH_LEN + u16(message, 0));
  if (end - start < HEADER_LEN) return [];
  const kind = isResponse(message, start) ? 'response' : 'query';
  const span = stream?.find(message.subarray(0, end), sighting.packet) ?? null;
  const payload = datagrams.at(-1);
  const proofs: Proof[] = [];
  let at = start + HEADER_LEN;
  const count = Math.min(questionCount(message, start), MAX_QUESTIONS);
  for (let i = 0; i < count; i++) {
    if (decodeName(message, start, end, at, scratch, true) < 0) break;
    const name = scratch.text.toString('utf8', 0, scratch.len).toLowerCase();
    const nameEnd = skipName(message, at, end);
    const which = count > 1 ? `question ${i + 1} of ${count}` : 'question';
    const proof = bareProof({ ...sighting, name }, `${kind}, ${which}`, 'RFC 1035 §4.1.2');
    proof.message_length = end - start;
    if (span !== null && stream !== null) {
      proof.bytes = stream.places(span.start + at, span.start + nameEnd);
      setPackets(proof, stream.payloads(span.start, span.end), true);
    } else if (payload !== undefined) {
      proof.bytes = placesOf(payload, at, nameEnd);
      setPackets(proof, [payload], false);
    }
    proofs.push(proof);
    at = nameEnd + QUESTION_FIXED_LEN;
  }
  return proofs;
}
