import { u16, u24 } from '../../common/bytes.js';

/**
 * What a TLS server says in clear before encryption begins: ServerHello (RFC 8446 §4.1.3, RFC 5246 §7.4.1.3) and, up to
 * TLS 1.2, Certificate (RFC 5246 §7.4.2).
 */
const RECORD_HEADER_LEN = 5;
const MAX_RECORD_LEN = 16_384 + 2_048;
const HANDSHAKE = 22;
const HANDSHAKE_HEADER_LEN = 4;
const SERVER_HELLO = 2;
const CERTIFICATE = 11;
const SERVER_KEY_EXCHANGE = 12;
const CERTIFICATE_STATUS = 22;
/** ECCurveType (RFC 8422 §5.4). */
const NAMED_CURVE = 3;

const LIST_LENGTH_LEN = 3;
const RANDOM_LEN = 32;
const EXT_ALPN = 16;
const EXT_KEY_SHARE = 51;
const EXT_SUPPORTED_VERSIONS = 43;
const EXT_HEADER_LEN = 4;
const TLS_1_3 = 0x0304;
/** Longest flight that is collected: some chains carry a dozen certificates, but the server's own comes first. */
export const MAX_FLIGHT_LEN = 32_768;

/** The bytes do not come from a TLS server. */
export const FLIGHT_OTHER = 0;
/** More bytes may tell more. */
export const FLIGHT_CUT = 1;
/** All that is in clear has been read. */
export const FLIGHT_READ = 2;
export type FlightStatus = 0 | 1 | 2;

/** The parts of a server's first flight; offsets are into `buf` and valid until the next call. */
export class ServerFlight {
  /** The handshake messages without their record headers. */
  readonly scratch = Buffer.allocUnsafeSlow(MAX_FLIGHT_LEN);
  buf: Buffer = this.scratch;
  /** The version that the server chose, 0 while unknown; drafts of TLS 1.3 count as 0x0304. */
  version = 0;
  /** The cipher suite that it chose; meaningful with `version`. */
  cipher = 0;
  /** The key exchange group that it chose, 0 where it did not say so in clear. */
  group = 0;
  /** The protocol that it chose, where it said so in clear; -1 for none. */
  alpnStart = -1;
  alpnEnd = -1;
  /** The server's own certificate, DER; -1 for none. */
  certificateStart = -1;
  certificateEnd = -1;

  reset(): void {
    this.version = 0;
    this.cipher = 0;
    this.group = 0;
    this.alpnStart = -1;
    this.alpnEnd = -1;
    this.certificateStart = -1;
    this.certificateEnd = -1;
  }
}

/** Reads the records in `buf[start, end)`, which begin with the server's first byte, into `flight`. */
export function readServerFlight(buf: Buffer, start: number, end: number, flight: ServerFlight): FlightStatus {
  flight.reset();
  if (readHelloInPlace(buf, start, end, flight)) return FLIGHT_READ;
  flight.reset();
  const { scratch } = flight;
  let len = 0;
  let at = start;
  let more = true;
  while (end - at >= RECORD_HEADER_LEN) {
    if (buf[at + 1] !== 3 || u16(buf, at + 3) > MAX_RECORD_LEN) return at === start ? FLIGHT_OTHER : FLIGHT_READ;
    if (buf[at] !== HANDSHAKE) {
      // Change cipher spec, alert or data: nothing in clear follows.
      more = false;
      break;
    }
    const dataStart = at + RECORD_HEADER_LEN;
    const dataEnd = dataStart + u16(buf, at + 3);
    len += buf.copy(scratch, len, dataStart, Math.min(dataEnd, end));
    at = dataEnd;
    if (len === scratch.length) more = false;
  }
  if (at === start) return more ? FLIGHT_CUT : FLIGHT_OTHER;
  const status = readMessages(len, flight);
  return status === FLIGHT_CUT && !more ? FLIGHT_READ : status;
}

/** True when a ServerHello for TLS 1.3, after which nothing is in clear, has been read from the first record itself. */
function readHelloInPlace(buf: Buffer, start: number, end: number, flight: ServerFlight): boolean {
  const bodyStart = start + RECORD_HEADER_LEN + HANDSHAKE_HEADER_LEN;
  if (bodyStart > end || buf[start] !== HANDSHAKE || buf[start + 1] !== 3) return false;
  if (buf[start + RECORD_HEADER_LEN] !== SERVER_HELLO) return false;
  const bodyEnd = bodyStart + u24(buf, start + RECORD_HEADER_LEN + 1);
  if (bodyEnd > end || bodyEnd > start + RECORD_HEADER_LEN + u16(buf, start + 3)) return false;
  flight.buf = buf;
  readServerHello(buf, bodyStart, bodyEnd, flight);
  return flight.version >= TLS_1_3;
}

function readMessages(len: number, flight: ServerFlight): FlightStatus {
  const { scratch } = flight;
  let at = 0;
  while (len - at >= HANDSHAKE_HEADER_LEN) {
    const type = scratch[at]!;
    const bodyStart = at + HANDSHAKE_HEADER_LEN;
    const bodyEnd = bodyStart + u24(scratch, at + 1);
    if (at === 0) {
      if (type !== SERVER_HELLO) return FLIGHT_OTHER;
      if (bodyEnd > len) return FLIGHT_CUT;
      flight.buf = scratch;
      readServerHello(scratch, bodyStart, bodyEnd, flight);
      if (flight.version >= TLS_1_3) return FLIGHT_READ;
      at = bodyEnd;
    } else {
      // A resumed session has none, and goes on with another message.
      if (type !== CERTIFICATE) return FLIGHT_READ;
      const status = readCertificate(bodyStart, bodyEnd, len, flight);
      if (status === FLIGHT_READ) readKeyExchange(bodyEnd, len, flight);
      return status;
    }
  }
  return FLIGHT_CUT;
}

/** Length of the list, then each certificate behind its own length; the server's comes first. */
function readCertificate(start: number, end: number, len: number, flight: ServerFlight): FlightStatus {
  const first = start + 2 * LIST_LENGTH_LEN;
  if (first > len) return FLIGHT_CUT;
  const firstEnd = first + u24(flight.scratch, start + LIST_LENGTH_LEN);
  if (firstEnd > end) return FLIGHT_READ;
  if (firstEnd > len) return FLIGHT_CUT;
  flight.certificateStart = first;
  flight.certificateEnd = firstEnd;
  return FLIGHT_READ;
}

/**
 * Reads the group of a ServerKeyExchange (RFC 8422 §5.4) behind the certificate, directly or behind its status (RFC
 * 6066 §8), if it is there. It is not worth waiting for.
 */
function readKeyExchange(start: number, len: number, flight: ServerFlight): void {
  const { scratch } = flight;
  let at = start;
  if (len - at >= HANDSHAKE_HEADER_LEN && scratch[at] === CERTIFICATE_STATUS) {
    at += HANDSHAKE_HEADER_LEN + u24(scratch, at + 1);
  }
  if (len - at < HANDSHAKE_HEADER_LEN + 3 || scratch[at] !== SERVER_KEY_EXCHANGE) return;
  at += HANDSHAKE_HEADER_LEN;
  if (scratch[at] === NAMED_CURVE && isEcdhe(flight.cipher)) flight.group = u16(scratch, at + 1);
}

/** True for ECDHE suites of TLS 1.2 and before, whose ServerKeyExchange begins with a curve. */
function isEcdhe(suite: number): boolean {
  const high = suite >> 8;
  return high === 0xc0 || high === 0xcc || high === 0xd0;
}

function readServerHello(buf: Buffer, start: number, end: number, flight: ServerFlight): void {
  let at = start + 2 + RANDOM_LEN;
  if (at >= end) return;
  flight.version = u16(buf, start);
  // Session id, cipher suite, compression method.
  at += 1 + buf[at]!;
  if (end - at >= 2) flight.cipher = u16(buf, at);
  at += 3;
  if (end - at < 2) return;
  const limit = Math.min(at + 2 + u16(buf, at), end);
  at += 2;
  while (limit - at >= EXT_HEADER_LEN) {
    const type = u16(buf, at);
    const dataStart = at + EXT_HEADER_LEN;
    const dataEnd = dataStart + u16(buf, at + 2);
    if (dataEnd > limit) return;
    if (type === EXT_SUPPORTED_VERSIONS && dataEnd - dataStart === 2) {
      const version = u16(buf, dataStart);
      flight.version = version >> 8 === 0x7f ? TLS_1_3 : version;
    } else if (type === EXT_KEY_SHARE && dataEnd - dataStart >= 2) {
      flight.group = u16(buf, dataStart);
    } else if (type === EXT_ALPN && dataEnd - dataStart > 3) {
      flight.alpnStart = dataStart + 3;
      flight.alpnEnd = Math.min(dataStart + 3 + buf[dataStart + 2]!, dataEnd);
    }
    at = dataEnd;
  }
}
