import { u16, u32 } from '../common/bytes.js';
import { TCP, UDP } from '../common/ip-protocols.js';
import { googlePublicHeaderVersion, isGoogleQ046 } from './quic/google-hello.js';
import { isLongHeader, LongHeader, readLongHeader } from './quic/long-header.js';
import { INITIAL } from './quic/versions.js';

/**
 * A settled connection may show another hello: a second QUIC connection between the same ports, a ClientHello behind a
 * HelloRetryRequest (RFC 8446 §4.1.4), a DTLS ClientHello with a cookie, or the real hello behind a fake one. The first
 * bytes of a payload tell whether it can begin one, so that all others stay cheap.
 */
const CHANGE_CIPHER_SPEC = 20;
const HANDSHAKE = 22;
const CLIENT_HELLO = 1;

/** TLS: place of the message type behind the record header, and length of a whole ChangeCipherSpec record. */
const TLS_MESSAGE = 5;
const TLS_CHANGE_LEN = 6;
const TLS_RANDOM = 11;
/** The random of a ServerHello that is a HelloRetryRequest begins so (RFC 8446 §4.1.3). */
const RETRY_RANDOM = 0xcf21ad74;
const SERVER_HELLO = 2;
/** DTLS: places of the version and of the message type behind the record header. */
const DTLS_VERSION = 1;
const DTLS_MESSAGE = 13;

/** Google's public header with version and connection id: these bits, and none above 0x3f. */
const GOOGLE_FLAGS = 0x09;
const GOOGLE_FLAGS_END = 0x40;

/** Reused by each call: calls don't nest, and nothing in it survives one. */
const header = new LongHeader();

/**
 * False when a payload of the IP protocol `protocol` that begins with the byte `first` begins neither a hello nor a
 * HelloRetryRequest: cheap to ask of every packet.
 */
export function mayBeginHello(first: number, protocol: number): boolean {
  if (first === HANDSHAKE) return true;
  if (protocol === TCP) return first === CHANGE_CIPHER_SPEC;
  return isLongHeader(first) || ((first & GOOGLE_FLAGS) === GOOGLE_FLAGS && first < GOOGLE_FLAGS_END);
}

/**
 * Offset of the hello that the payload `buf[start, end)` of the IP protocol `protocol` seems to begin with, -1 for
 * none. Over TCP a ChangeCipherSpec record may come first (RFC 8446 §D.4).
 */
export function laterHelloStart(buf: Buffer, start: number, end: number, protocol: number): number {
  if (start >= end) return -1;
  const first = buf[start]!;
  if (protocol === TCP) {
    if (first !== HANDSHAKE && first !== CHANGE_CIPHER_SPEC) return -1;
    return tlsHelloStart(buf, start, end);
  }
  if (protocol !== UDP) return -1;
  if (isLongHeader(first)) return beginsInitial(buf, start, end) ? start : -1;
  if (first === HANDSHAKE) return beginsDtlsHello(buf, start, end) ? start : -1;
  const isGoogle = (first & GOOGLE_FLAGS) === GOOGLE_FLAGS && googlePublicHeaderVersion(buf, start, end) !== 0;
  return isGoogle ? start : -1;
}

/**
 * True when the TCP payload `buf[start, end)` begins a HelloRetryRequest, behind which the client sends another hello
 * (RFC 8446 §4.1.4), or is too short to tell it from another ServerHello.
 */
export function beginsRetryRequest(buf: Buffer, start: number, end: number): boolean {
  if (start >= end || buf[start] !== HANDSHAKE) return false;
  if (end - start > 1 && buf[start + 1] !== 3) return false;
  if (end - start > TLS_MESSAGE && buf[start + TLS_MESSAGE] !== SERVER_HELLO) return false;
  return end - start < TLS_RANDOM + 4 || u32(buf, start + TLS_RANDOM) === RETRY_RANDOM;
}

function tlsHelloStart(buf: Buffer, start: number, end: number): number {
  let at = start;
  if (buf[at] === CHANGE_CIPHER_SPEC) {
    if (end - at <= TLS_CHANGE_LEN || buf[at + 3] !== 0 || buf[at + 4] !== 1 || buf[at + 5] !== 1) return -1;
    at += TLS_CHANGE_LEN;
  }
  if (buf[at] !== HANDSHAKE || (end - at > 1 && buf[at + 1] !== 3)) return -1;
  return end - at <= TLS_MESSAGE || buf[at + TLS_MESSAGE] === CLIENT_HELLO ? at : -1;
}

function beginsInitial(buf: Buffer, start: number, end: number): boolean {
  if (isGoogleQ046(buf, start, end)) return true;
  return readLongHeader(buf, start, end, header) && header.type === INITIAL;
}

function beginsDtlsHello(buf: Buffer, start: number, end: number): boolean {
  if (end - start <= DTLS_MESSAGE || buf[start + DTLS_MESSAGE] !== CLIENT_HELLO) return false;
  const version = u16(buf, start + DTLS_VERSION);
  return version === 0xfeff || version === 0xfefd || version === 0x0100;
}
