import { u16, u24 } from '../../common/bytes.js';
import { varint, varintLen } from '../../inspect/quic/varint.js';
import type { Replacements } from '../replacements.js';
import { rewriteDer } from './der.js';

/** TLS record layer (RFC 8446 §5.1) and handshake messages (§4; RFC 5246 §7.4). */
const RECORD_HEADER_LEN = 5;
const MAX_RECORD_LEN = 16_384 + 2_048;
const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const HEARTBEAT = 24;
const MESSAGE_HEADER_LEN = 4;
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const CERTIFICATE = 11;
const SERVER_KEY_EXCHANGE = 12;
/** Begins what was an encrypted message: zeros would be HelloRequests. */
export const NO_MESSAGE = 0xff;
const NAMED_CURVE = 3;
const MAX_VARINT_LEN = 8;
const LENGTH_BITS = 0xc0;
const RANDOM_LEN = 32;
/** The random of a ServerHello that is a HelloRetryRequest (RFC 8446 §4.1.3) begins so. */
const RETRY_RANDOM = 0xcf21ad74;

const SERVER_NAME = 0;
/** Type, then a list of responders, which may be names, and extensions (RFC 6066 §8). */
const STATUS_REQUEST = 5;
const CERTIFICATE_TIMESTAMPS = 18;
/** Version, id of the log, time; then come extensions, algorithms and the signature (RFC 6962 §3.2). */
const TIMESTAMP_HEAD_LEN = 41;
const KEY_SHARE = 51;
const PRE_SHARED_KEY = 41;
/**
 * Extensions of numbers and protocol names: max_fragment_length, supported_groups, ec_point_formats,
 * signature_algorithms, ALPN, encrypt_then_mac, extended_master_secret, compress_certificate, record_size_limit,
 * supported_versions, psk_key_exchange_modes, signature_algorithms_cert, NPN, ALPS, renegotiation_info (first byte).
 */
const KEPT_EXTENSIONS = new Set([1, 10, 11, 13, 16, 22, 23, 27, 28, 34, 43, 45, 50, 13172, 17513, 17613]);
const ENCRYPTED_CLIENT_HELLO = 0xfe0d;
/** QUIC's (RFC 9001 §8.2), and those of its drafts. */
const TRANSPORT_PARAMETERS = 57;
const DRAFT_TRANSPORT_PARAMETERS = 0xffa5;

/** True when TLS records begin at `at`: a handshake record with a ClientHello or ServerHello. */
export function beginsTls(buf: Buffer, at: number): boolean {
  return (
    buf.length - at >= RECORD_HEADER_LEN + 1 &&
    buf[at] === HANDSHAKE &&
    buf[at + 1] === 3 &&
    buf[at + 2]! <= 4 &&
    u16(buf, at + 3) <= MAX_RECORD_LEN &&
    (buf[at + 5] === CLIENT_HELLO || buf[at + 5] === SERVER_HELLO)
  );
}

/**
 * Rewrites one direction of a TLS connection, `input[start, end)`, to the same place of `out`, which holds zeros:
 * headers of records, hellos, certificates and alerts in clear. Stops at bytes that are no record.
 */
export function rewriteTls(input: Buffer, out: Buffer, start: number, end: number, maps: Replacements): void {
  const pieces: (readonly [number, number])[] = [];
  let isClear = true;
  for (let at = start; at + RECORD_HEADER_LEN <= end; ) {
    const type = input[at]!;
    const len = u16(input, at + 3);
    if (type < CHANGE_CIPHER_SPEC || type > HEARTBEAT || input[at + 1] !== 3 || len > MAX_RECORD_LEN) break;
    input.copy(out, at, at, at + RECORD_HEADER_LEN);
    const bodyStart = at + RECORD_HEADER_LEN;
    const bodyEnd = Math.min(end, bodyStart + len);
    if (type === CHANGE_CIPHER_SPEC) {
      isClear = false;
      input.copy(out, bodyStart, bodyStart, Math.min(bodyEnd, bodyStart + 1));
    } else if (type === ALERT && len === 2) input.copy(out, bodyStart, bodyStart, bodyEnd);
    // Not zeros, which would be cut off: an encrypted alert is known by its length, and that two bytes of it are there.
    else if (type === ALERT && bodyStart + 1 < bodyEnd) out[bodyStart + 1] = 1;
    else if (type === HANDSHAKE && isClear) pieces.push([bodyStart, bodyEnd]);
    else if (type === HANDSHAKE && bodyStart < bodyEnd) out[bodyStart] = NO_MESSAGE;
    at = bodyStart + len;
  }
  const messages = Buffer.concat(pieces.map(([from, to]) => input.subarray(from, to)));
  const rewritten = rewriteHandshake(messages, maps);
  let taken = 0;
  for (const [from, to] of pieces) {
    rewritten.copy(out, from, taken, taken + to - from);
    taken += to - from;
  }
}

/** The handshake messages `input` rewritten; the last one may be cut. */
export function rewriteHandshake(input: Buffer, maps: Replacements): Buffer {
  const out = Buffer.alloc(input.length);
  for (let at = 0; at + MESSAGE_HEADER_LEN <= input.length; ) {
    const end = Math.min(input.length, at + MESSAGE_HEADER_LEN + u24(input, at + 1));
    input.copy(out, at, at, at + MESSAGE_HEADER_LEN);
    rewriteMessage(input, out, at, end, maps);
    at = Math.max(end, at + MESSAGE_HEADER_LEN);
  }
  return out;
}

function rewriteMessage(input: Buffer, out: Buffer, start: number, end: number, maps: Replacements): void {
  const body = start + MESSAGE_HEADER_LEN;
  const type = input[start]!;
  if (type === CLIENT_HELLO || type === SERVER_HELLO) {
    rewriteHello({ input, out, start: body, end, isClient: type === CLIENT_HELLO, hasCookie: false }, maps);
  }
  if (type === CERTIFICATE) rewriteCertificates(input, out, body, end, maps);
  else if (type === SERVER_KEY_EXCHANGE && input[body] === NAMED_CURVE) keepKeyExchange(input, out, body, end);
}

/** Curve type, curve, public key, signature algorithm, signature (RFC 8422 §5.4): all but keys and signatures. */
function keepKeyExchange(input: Buffer, out: Buffer, start: number, end: number): void {
  copyRange(input, out, start, start + 4, end);
  const signatureAt = start + 4 + (input[start + 3] ?? 0);
  copyRange(input, out, signatureAt, signatureAt + 4, end);
}

function rewriteCertificates(input: Buffer, out: Buffer, start: number, end: number, maps: Replacements): void {
  copyRange(input, out, start, start + 3, end);
  for (let at = start + 3; at + 3 <= end; ) {
    const certEnd = at + 3 + u24(input, at);
    copyRange(input, out, at, at + 3, end);
    // Half a certificate says nothing that may stay.
    if (certEnd > end) return;
    if (!rewriteDer(input, out, [at + 3, certEnd], maps)) out.fill(0, at + 3, certEnd);
    at = certEnd;
  }
}

/** The body of a hello, `input[start, end)`, for the same place of `out`. */
export interface Hello {
  readonly input: Buffer;
  readonly out: Buffer;
  readonly start: number;
  readonly end: number;
  readonly isClient: boolean;
  /** DTLS: a cookie follows the session id (RFC 6347 §4.2.1). */
  readonly hasCookie: boolean;
}

export function rewriteHello(hello: Hello, maps: Replacements): void {
  const { input, out, start, end, isClient, hasCookie } = hello;
  copyRange(input, out, start, start + 2, end);
  const randomStart = start + 2;
  if (!isClient && end - randomStart >= RANDOM_LEN && input.readUInt32BE(randomStart) === RETRY_RANDOM) {
    copyRange(input, out, randomStart, randomStart + RANDOM_LEN, end);
  }
  let at = randomStart + RANDOM_LEN;
  copyRange(input, out, at, at + 1, end);
  at += 1 + (input[at] ?? 0);
  if (hasCookie) {
    copyRange(input, out, at, at + 1, end);
    at += 1 + (input[at] ?? 0);
  }
  if (isClient) {
    const suitesLen = at + 2 <= end ? u16(input, at) : 0;
    copyRange(input, out, at, at + 2 + suitesLen, end);
    at += 2 + suitesLen;
    const methodsLen = input[at] ?? 0;
    copyRange(input, out, at, at + 1 + methodsLen, end);
    at += 1 + methodsLen;
  } else {
    copyRange(input, out, at, at + 3, end);
    at += 3;
  }
  copyRange(input, out, at, at + 2, end);
  rewriteExtensions(hello, at + 2, maps);
}

function rewriteExtensions({ input, out, end, isClient }: Hello, start: number, maps: Replacements): void {
  for (let at = start; at + 4 <= end; ) {
    const type = u16(input, at);
    const len = u16(input, at + 2);
    copyRange(input, out, at, at + 4, end);
    const dataStart = at + 4;
    const dataEnd = Math.min(end, dataStart + len);
    if (KEPT_EXTENSIONS.has(type)) copyRange(input, out, dataStart, dataEnd, dataEnd);
    else if (type === SERVER_NAME) rewriteServerName(input, out, dataStart, dataEnd, maps);
    else if (type === STATUS_REQUEST) {
      copyRange(input, out, dataStart, dataStart + 3, dataEnd);
      const idsEnd = dataStart + 3 + (dataStart + 3 <= dataEnd ? u16(input, dataStart + 1) : 0);
      copyRange(input, out, idsEnd, idsEnd + 2, dataEnd);
    } else if (type === KEY_SHARE) keepShares(input, out, dataStart, dataEnd, isClient);
    else if (type === CERTIFICATE_TIMESTAMPS) keepTimestamps(input, out, dataStart, dataEnd);
    else if (type === PRE_SHARED_KEY) keepLengths(input, out, dataStart, dataEnd, isClient);
    else if (type === TRANSPORT_PARAMETERS) keepParameters(input, out, dataStart, dataEnd);
    else if (type === DRAFT_TRANSPORT_PARAMETERS) keepDraftParameters(input, out, dataStart, dataEnd);
    else if (type === ENCRYPTED_CLIENT_HELLO && isClient) keepEncryptedHello(input, out, dataStart, dataEnd);
    at = dataStart + len;
  }
}

/** List length, then type, length and name of each entry (RFC 6066 §3). */
function rewriteServerName(input: Buffer, out: Buffer, start: number, end: number, maps: Replacements): void {
  copyRange(input, out, start, start + 2, end);
  for (let at = start + 2; at + 3 <= end; ) {
    const nameEnd = Math.min(end, at + 3 + u16(input, at + 1));
    copyRange(input, out, at, at + 3, end);
    out.write(maps.names.host(input.toString('latin1', at + 3, nameEnd)), at + 3, 'latin1');
    at = Math.max(nameEnd, at + 3);
  }
}

/** Lengths and algorithms of the list (RFC 6962 §3.3), without logs, times and signatures. */
function keepTimestamps(input: Buffer, out: Buffer, start: number, end: number): void {
  copyRange(input, out, start, start + 2, end);
  for (let at = start + 2; at + 2 <= end; ) {
    const next = at + 2 + u16(input, at);
    copyRange(input, out, at, at + 2, end);
    const extensionsAt = at + 2 + TIMESTAMP_HEAD_LEN;
    if (extensionsAt + 2 <= Math.min(next, end)) {
      copyRange(input, out, extensionsAt, extensionsAt + 2, end);
      const signatureAt = extensionsAt + 2 + u16(input, extensionsAt);
      copyRange(input, out, signatureAt, signatureAt + 4, Math.min(next, end));
    }
    at = next;
  }
}

/** Groups and lengths (RFC 8446 §4.2.8), without the keys. */
function keepShares(input: Buffer, out: Buffer, start: number, end: number, isClient: boolean): void {
  copyRange(input, out, start, start + (isClient ? 2 : 4), end);
  if (!isClient) return;
  for (let at = start + 2; at + 4 <= end; at += 4 + u16(input, at + 2)) copyRange(input, out, at, at + 4, end);
}

/** Lengths of identities and binders (RFC 8446 §4.2.11); a server's answer is an index. */
function keepLengths(input: Buffer, out: Buffer, start: number, end: number, isClient: boolean): void {
  copyRange(input, out, start, start + 2, end);
  if (!isClient || start + 2 > end) return;
  const identitiesEnd = Math.min(end, start + 2 + u16(input, start));
  for (let at = start + 2; at + 2 <= identitiesEnd; at += 2 + u16(input, at) + 4)
    copyRange(input, out, at, at + 2, end);
  copyRange(input, out, identitiesEnd, identitiesEnd + 2, end);
  for (let at = identitiesEnd + 2; at < end; at += 1 + input[at]!) copyRange(input, out, at, at + 1, end);
}

/** Ids and lengths (RFC 9000 §18), and of each value the bits that say how long a number is. */
function keepParameters(input: Buffer, out: Buffer, start: number, end: number): void {
  for (let at = start; at < end; ) {
    const lenAt = at + varintLen(input[at]!);
    const len = varint(input, lenAt, end);
    if (len < 0) return;
    const valueAt = lenAt + varintLen(input[lenAt]!);
    copyRange(input, out, at, valueAt, end);
    if (len > 0 && valueAt < end && len <= MAX_VARINT_LEN) out[valueAt] = input[valueAt]! & LENGTH_BITS;
    at = valueAt + len;
  }
}

/** Up to draft 26, ids and lengths of two bytes each behind the length of all (draft-ietf-quic-transport-26 §18). */
function keepDraftParameters(input: Buffer, out: Buffer, start: number, end: number): void {
  if (end - start < 2 || u16(input, start) !== end - start - 2) {
    keepParameters(input, out, start, end);
    return;
  }
  copyRange(input, out, start, start + 2, end);
  for (let at = start + 2; at + 4 <= end; at += 4 + u16(input, at + 2)) copyRange(input, out, at, at + 4, end);
}

/** Type, KDF, AEAD, configuration id, lengths (RFC 9849 §5). */
function keepEncryptedHello(input: Buffer, out: Buffer, start: number, end: number): void {
  copyRange(input, out, start, start + 5, end);
  copyRange(input, out, start + 6, start + 8, end);
  if (start + 8 > end) return;
  const payloadAt = start + 8 + u16(input, start + 6);
  copyRange(input, out, payloadAt, payloadAt + 2, end);
}

function copyRange(input: Buffer, out: Buffer, start: number, end: number, limit: number): void {
  if (start < limit) input.copy(out, start, start, Math.min(end, limit));
}
