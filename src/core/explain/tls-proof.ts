import { u16, u24 } from '../common/bytes.js';
import { ClientHello, parseClientHello } from '../inspect/tls/client-hello.js';
import type { Proof } from './model.js';
import { bareProof, type Evidence, type Sighting, setPackets } from './sighting.js';

const RECORD_HEADER_LEN = 5;
const HANDSHAKE = 22;
const HANDSHAKE_HEADER_LEN = 4;
const CLIENT_HELLO = 1;
/** Bytes shown of a message that names nothing. */
const BEGINNING_LEN = 16;

export const SERVER_NAME_FIELD = 'ClientHello, extension server_name, host_name';
export const SERVER_NAME_REFERENCE = 'RFC 6066 §3';
export const NO_SERVER_NAME_FIELD = 'ClientHello without the extension server_name';
export const CLIENT_HELLO_REFERENCE = 'RFC 8446 §4.1.2';

/** A run of handshake bytes inside one record. */
interface Run {
  /** Offset in the handshake message, offset in the stream's message, length. */
  readonly offset: number;
  readonly at: number;
  readonly len: number;
}

const hello = new ClientHello();

/** A ClientHello in TLS records (RFC 8446 §5.1), over TCP. */
export function tlsProof(sighting: Sighting, { stream }: Evidence): Proof | null {
  if (stream === null || !sighting.isHello) return null;
  const { message } = sighting;
  const runs = handshakeRuns(message);
  const joined = Buffer.concat(runs.map((run) => message.subarray(run.at, run.at + run.len)));
  if (joined.length < HANDSHAKE_HEADER_LEN || joined[0] !== CLIENT_HELLO) return null;
  const helloLen = Math.min(joined.length, HANDSHAKE_HEADER_LEN + u24(joined, 1));
  const proof = bareProof(sighting, NO_SERVER_NAME_FIELD, CLIENT_HELLO_REFERENCE);
  proof.message_length = HANDSHAKE_HEADER_LEN + u24(joined, 1);

  const end = placeOf(runs, helloLen - 1) + 1;
  const span = stream.find(message.subarray(0, end), sighting.packet);
  if (span === null) return null;
  proof.pieces.records = runs.filter((run) => run.offset < helloLen).length;
  setPackets(proof, stream.payloads(span.start, span.end), true);

  parseClientHello(joined, HANDSHAKE_HEADER_LEN, helloLen, hello);
  if (hello.serverNameStart < 0) {
    proof.bytes = stream.places(span.start, Math.min(span.start + BEGINNING_LEN, span.end));
    return proof;
  }
  proof.field = SERVER_NAME_FIELD;
  proof.reference = SERVER_NAME_REFERENCE;
  for (const run of runs) {
    const from = Math.max(run.offset, hello.serverNameStart);
    const to = Math.min(run.offset + run.len, hello.serverNameEnd);
    if (from >= to) continue;
    const shift = span.start + run.at - run.offset;
    proof.bytes.push(...stream.places(from + shift, to + shift));
  }
  return proof;
}

/** The handshake bytes of the records at the beginning of `message`. */
function handshakeRuns(message: Buffer): Run[] {
  const runs: Run[] = [];
  let offset = 0;
  let neededLen = HANDSHAKE_HEADER_LEN;
  for (let at = 0; message.length - at > RECORD_HEADER_LEN && message[at] === HANDSHAKE && offset < neededLen; ) {
    const dataStart = at + RECORD_HEADER_LEN;
    const dataEnd = Math.min(dataStart + u16(message, at + 3), message.length);
    runs.push({ offset, at: dataStart, len: dataEnd - dataStart });
    offset += dataEnd - dataStart;
    if (runs.length === 1 && dataEnd - dataStart >= HANDSHAKE_HEADER_LEN) {
      neededLen = HANDSHAKE_HEADER_LEN + u24(message, dataStart + 1);
    } else if (runs.length > 1 && neededLen === HANDSHAKE_HEADER_LEN && offset >= HANDSHAKE_HEADER_LEN) {
      const joined = Buffer.concat(runs.map((run) => message.subarray(run.at, run.at + run.len)));
      neededLen = HANDSHAKE_HEADER_LEN + u24(joined, 1);
    }
    at = dataStart + u16(message, at + 3);
  }
  return runs;
}

/** Offset in the stream's message of the handshake byte `offset`. */
function placeOf(runs: readonly Run[], offset: number): number {
  const run = runs.find((one) => offset >= one.offset && offset < one.offset + one.len) ?? runs.at(-1)!;
  return run.at + offset - run.offset;
}
