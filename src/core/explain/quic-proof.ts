import { u24 } from '../common/bytes.js';
import { FastestCipher } from '../inspect/quic/fastest-cipher.js';
import type { InitialCipher } from '../inspect/quic/initial-cipher.js';
import { cryptoEnd, cryptoOffset, cryptoStart, FRAMES_BAD, readInitialFrames } from '../inspect/quic/initial-frames.js';
import { InitialKeys } from '../inspect/quic/initial-keys.js';
import { unprotectInitial } from '../inspect/quic/initial-packet.js';
import { LongHeader, readLongHeader } from '../inspect/quic/long-header.js';
import { quicVersionText } from '../inspect/quic/version-text.js';
import { INITIAL } from '../inspect/quic/versions.js';
import { ClientHello, parseClientHello } from '../inspect/tls/client-hello.js';
import { HelloAssembly } from '../inspect/tls/hello-assembly.js';
import type { Proof } from './model.js';
import { type Payload, placesOf } from './payload.js';
import { CHLO_FIELD, plainProof } from './plain-proof.js';
import { bareProof, type Evidence, type Sighting, setPackets } from './sighting.js';
import { CLIENT_HELLO_REFERENCE, NO_SERVER_NAME_FIELD, SERVER_NAME_FIELD, SERVER_NAME_REFERENCE } from './tls-proof.js';

const HANDSHAKE_HEADER_LEN = 4;
const CLIENT_HELLO = 1;
const MAX_PACKETS = 16;
const MAX_HEX_LEN = 64;

/** A CRYPTO frame of a client's Initial. */
interface CryptoFrame {
  readonly payload: Payload;
  /** Where the Initial lies in the datagram. */
  readonly initialStart: number;
  readonly initialLen: number;
  readonly initial: number;
  /** Offset in the CRYPTO stream, and place in the decrypted payload. */
  readonly offset: number;
  readonly at: number;
  readonly bytes: Buffer;
}

const header = new LongHeader();
const hello = new ClientHello();

/** A ClientHello in the CRYPTO frames of Initial packets (RFC 9001 §4), or Google's CHLO in clear. */
export function quicProof(sighting: Sighting, evidence: Evidence): Proof | null {
  const frames = cryptoFrames(evidence.datagrams);
  if (frames.length === 0) return plainProof(sighting, evidence);
  const stream = new HelloAssembly();
  for (const frame of frames) stream.add(frame.offset, frame.bytes, 0, frame.bytes.length);
  const len = stream.contiguousLen;
  if (len < HANDSHAKE_HEADER_LEN) return null;
  if (stream.buf[0] !== CLIENT_HELLO) return chloProof(sighting, frames, stream, len);
  const messageLen = HANDSHAKE_HEADER_LEN + u24(stream.buf, 1);
  const helloLen = Math.min(len, messageLen);
  parseClientHello(stream.buf, HANDSHAKE_HEADER_LEN, helloLen, hello);

  const isNamed = hello.serverNameStart >= 0;
  const proof = bareProof(
    sighting,
    isNamed ? SERVER_NAME_FIELD : NO_SERVER_NAME_FIELD,
    isNamed ? SERVER_NAME_REFERENCE : CLIENT_HELLO_REFERENCE,
  );
  proof.message_length = messageLen;
  const used = frames.filter((frame) => frame.offset < helloLen && frame.bytes.length > 0);
  proof.pieces.crypto_frames = used.length;
  proof.pieces.initials = new Set(used.map((frame) => frame.initial)).size;
  setPackets(proof, [...new Set(used.map((frame) => frame.payload))], false);
  if (isNamed) proof.decrypted = nameFrames(used, hello.serverNameStart, hello.serverNameEnd, stream.buf);
  const version = quicVersionText(header.version);
  proof.notes.push(
    `The Initials are protected with keys that anybody can derive from the connection id in them (RFC 9001 §5.2; QUIC version ${version}).`,
  );
  return proof;
}

/** Google's own hello, in Initials (Q050). */
function chloProof(sighting: Sighting, frames: readonly CryptoFrame[], stream: HelloAssembly, len: number): Proof {
  const [field, reference] = CHLO_FIELD;
  const proof = bareProof(sighting, field, reference);
  const { rawName } = sighting;
  const at = rawName.length === 0 ? -1 : stream.buf.subarray(0, len).indexOf(rawName);
  if (at >= 0) proof.decrypted = nameFrames(frames, at, at + rawName.length, stream.buf);
  proof.pieces.crypto_frames = frames.length;
  proof.pieces.initials = new Set(frames.map((frame) => frame.initial)).size;
  setPackets(proof, [...new Set(frames.map((frame) => frame.payload))], false);
  return proof;
}

/** The frames that hold the stream's bytes `[start, end)`, the latest copy of each. */
function nameFrames(frames: readonly CryptoFrame[], start: number, end: number, buf: Buffer): Proof['decrypted'] {
  const places: Proof['decrypted'] = [];
  for (let at = start; at < end; ) {
    const frame = frames.findLast((one) => one.offset <= at && at < one.offset + one.bytes.length);
    if (frame === undefined) break;
    const to = Math.min(end, frame.offset + frame.bytes.length);
    const [initial] = placesOf(frame.payload, frame.initialStart, frame.initialStart + frame.initialLen);
    places.push({
      packet: frame.payload.packet,
      time: frame.payload.tsMicros / 1e6,
      initial_frame_offset: initial?.frame_offset ?? null,
      initial_length: frame.initialLen,
      payload_offset: frame.at + at - frame.offset,
      crypto_offset: at,
      length: to - at,
      hex: buf.toString('hex', at, Math.min(to, at + MAX_HEX_LEN)),
    });
    at = to;
  }
  return places;
}

/** Opens the client's Initials as the inspector does: with known keys, else with keys from the packet's own id. */
function cryptoFrames(datagrams: readonly Payload[]): CryptoFrame[] {
  const frames: CryptoFrame[] = [];
  const cipher = new FastestCipher();
  let keys: InitialKeys | null = null;
  let initials = 0;
  for (const payload of datagrams) {
    const { bytes } = payload;
    let at = 0;
    for (let i = 0; i < MAX_PACKETS && at < bytes.length && readLongHeader(bytes, at, bytes.length, header); i++) {
      if (header.type === INITIAL) {
        const opened: { keys: InitialKeys; payload: Buffer; count: number } | null = open(bytes, keys, cipher);
        if (opened !== null) {
          // New keys without a token mean a new connection between the same ports.
          if (keys !== null && opened.keys !== keys && header.tokenLen === 0) frames.length = 0;
          keys = opened.keys;
          initials++;
          for (let n = 0; n < opened.count; n++) {
            frames.push({
              payload,
              initialStart: at,
              initialLen: Math.min(header.packetEnd, bytes.length) - at,
              initial: initials,
              offset: cryptoOffset[n]!,
              at: cryptoStart[n]!,
              bytes: Buffer.from(opened.payload.subarray(cryptoStart[n]!, cryptoEnd[n]!)),
            });
          }
        }
      }
      at = header.packetEnd;
    }
  }
  return frames;
}

function open(
  bytes: Buffer,
  known: InitialKeys | null,
  cipher: InitialCipher,
): { keys: InitialKeys; payload: Buffer; count: number } | null {
  if (known !== null) {
    const opened = openWith(bytes, known, cipher);
    if (opened !== null) return opened;
  }
  for (const schedule of header.traits!.schedules) {
    const keys = new InitialKeys();
    cipher.deriveKeys(schedule, bytes, header.destinationIdStart, header.destinationIdEnd, keys);
    const opened = openWith(bytes, keys, cipher);
    if (opened !== null) return opened;
  }
  return null;
}

function openWith(
  bytes: Buffer,
  keys: InitialKeys,
  cipher: InitialCipher,
): { keys: InitialKeys; payload: Buffer; count: number } | null {
  const payload = unprotectInitial(bytes, header, bytes.length, keys, cipher);
  if (payload === null) return null;
  const count = readInitialFrames(payload, header.packetEnd > bytes.length, header.traits!.googleFrames);
  return count === FRAMES_BAD ? null : { keys, payload, count };
}
