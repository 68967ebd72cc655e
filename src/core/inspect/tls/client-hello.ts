import { u16 } from '../../common/bytes.js';
import type { Coverage } from '../coverage.js';

/**
 * ClientHello body (RFC 8446 §4.1.2, RFC 5246 §7.4.1.2; DTLS adds a cookie, RFC 6347 §4.2.1), shared by TLS, DTLS and
 * QUIC. Only offsets are kept: nothing is copied out of the message.
 */
const RANDOM_LEN = 32;
const MAX_SESSION_ID_LEN = 32;
/** legacy_version, random, empty session id, one cipher suite, one compression method. */
export const MIN_CLIENT_HELLO_LEN = 2 + RANDOM_LEN + 1 + 4 + 2;
/** Longest ClientHello body that is believed; 24 bits would allow 16 MiB. */
export const MAX_CLIENT_HELLO_LEN = 65_536;

/** IANA extension numbers. */
const EXT_SERVER_NAME = 0;
const EXT_ALPN = 16;
const EXT_SUPPORTED_VERSIONS = 43;
/** encrypted_client_hello (RFC 9849 §5); the drafts 8 to 12 counted up to it from 0xfe08. */
const EXT_ECH = 0xfe0d;
const EXT_ECH_FIRST_DRAFT = 0xfe08;
/** ECHClientHelloType `outer`; `inner` (1) marks a hello whose names are the real ones. */
const ECH_OUTER = 0;
/** encrypted_server_name (draft-ietf-tls-esni-02). */
const EXT_ESNI = 0xffce;

const EXT_HEADER_LEN = 4;
const NAME_TYPE_HOST = 0;
const TLS_1_3 = 0x0304;

/** Every declared byte was there. */
export const HELLO_WHOLE = 0;
/** The bytes end (or a length leads) beyond `end`: what lies before is filled in. */
export const HELLO_CUT = 1;
/** A length contradicts the format: this is no ClientHello. */
export const HELLO_BROKEN = 2;
export type HelloStatus = 0 | 1 | 2;

/** Where the parts of a ClientHello lie, as absolute offsets into the parsed buffer; -1 marks an absent part. */
export class ClientHello {
  /** Every declared byte is there. */
  isWhole = false;
  legacyVersion = 0;
  randomStart = -1;
  sessionIdStart = -1;
  sessionIdEnd = -1;
  /** DTLS only. */
  cookieStart = -1;
  cookieEnd = -1;
  /** Two bytes each. */
  cipherSuitesStart = -1;
  cipherSuitesEnd = -1;
  compressionStart = -1;
  compressionEnd = -1;
  /** The list of type, length and data, without its own length field; the end is the declared one, clamped. */
  extensionsStart = -1;
  extensionsEnd = -1;
  /** First host_name of server_name, only when all of its bytes are there; never empty. */
  serverNameStart = -1;
  serverNameEnd = -1;
  /** First protocol of ALPN that is no GREASE value (RFC 8701 §2). */
  alpnStart = -1;
  alpnEnd = -1;
  /** Highest version offered, drafts of TLS 1.3 counted as 0x0304; `legacyVersion` without supported_versions. */
  version = 0;
  /** An outer encrypted_client_hello extension is present. */
  ech = false;
  /** The ECH forerunner with an encrypted name is present. */
  esni = false;

  reset(): void {
    this.isWhole = false;
    this.legacyVersion = 0;
    this.randomStart = -1;
    this.sessionIdStart = -1;
    this.sessionIdEnd = -1;
    this.cookieStart = -1;
    this.cookieEnd = -1;
    this.cipherSuitesStart = -1;
    this.cipherSuitesEnd = -1;
    this.compressionStart = -1;
    this.compressionEnd = -1;
    this.extensionsStart = -1;
    this.extensionsEnd = -1;
    this.serverNameStart = -1;
    this.serverNameEnd = -1;
    this.alpnStart = -1;
    this.alpnEnd = -1;
    this.version = 0;
    this.ech = false;
    this.esni = false;
  }
}

/**
 * Reads the ClientHello whose body (behind the four bytes of handshake header) is `buf[start, end)`, into `hello`.
 * Lenient: lengths inside extensions that lead nowhere end that extension only, since servers accept such hellos too.
 *
 * With `coverage`, parts of the bytes are missing: reads on over a hole that lies inside something whose length is
 * known, and ends as CUT at the first length or type that is missing.
 */
export function parseClientHello(
  buf: Buffer,
  start: number,
  end: number,
  hello: ClientHello,
  isDatagram = false,
  coverage: Coverage | null = null,
): HelloStatus {
  hello.reset();
  if (end - start < 2 || lacks(coverage, start, start + 2)) return HELLO_CUT;
  hello.legacyVersion = u16(buf, start);
  hello.version = hello.legacyVersion;
  if (!isHelloVersion(hello.legacyVersion, isDatagram)) return HELLO_BROKEN;

  hello.randomStart = start + 2;
  let at = start + 2 + RANDOM_LEN;
  if (at >= end || lacks(coverage, at, at + 1)) return HELLO_CUT;
  if (buf[at]! > MAX_SESSION_ID_LEN) return HELLO_BROKEN;
  hello.sessionIdStart = at + 1;
  at = hello.sessionIdEnd = at + 1 + buf[at]!;

  if (isDatagram) {
    if (at >= end || lacks(coverage, at, at + 1)) return HELLO_CUT;
    hello.cookieStart = at + 1;
    at = hello.cookieEnd = at + 1 + buf[at]!;
  }

  if (end - at < 2 || lacks(coverage, at, at + 2)) return HELLO_CUT;
  const suitesLen = u16(buf, at);
  if (suitesLen === 0 || suitesLen % 2 !== 0) return HELLO_BROKEN;
  hello.cipherSuitesStart = at + 2;
  at = hello.cipherSuitesEnd = at + 2 + suitesLen;

  if (at >= end || lacks(coverage, at, at + 1)) return HELLO_CUT;
  hello.compressionStart = at + 1;
  at = hello.compressionEnd = at + 1 + buf[at]!;

  // Before TLS 1.2 made them usual, hellos ended here (RFC 5246 §7.4.1.2).
  if (at === end) {
    hello.isWhole = coverage === null;
    return HELLO_WHOLE;
  }
  if (end - at < 2 || lacks(coverage, at, at + 2)) return HELLO_CUT;
  const declaredEnd = at + 2 + u16(buf, at);
  hello.extensionsStart = at + 2;
  hello.extensionsEnd = Math.min(declaredEnd, end);
  if (!readExtensions(buf, hello, coverage) || declaredEnd > end) return HELLO_CUT;
  hello.isWhole = coverage === null;
  return HELLO_WHOLE;
}

/** True for GREASE values 0x0a0a, 0x1a1a, ... 0xfafa (RFC 8701 §2). */
export function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);
}

function isHelloVersion(version: number, isDatagram: boolean): boolean {
  if (!isDatagram) return version >> 8 === 3;
  // DTLS 1.0, 1.2, and Cisco's version from before the RFC.
  return version === 0xfeff || version === 0xfefd || version === 0x0100;
}

function lacks(coverage: Coverage | null, start: number, end: number): boolean {
  return coverage !== null && !coverage.has(start, end);
}

function readExtensions(buf: Buffer, hello: ClientHello, coverage: Coverage | null): boolean {
  const end = hello.extensionsEnd;
  let at = hello.extensionsStart;
  while (end - at >= EXT_HEADER_LEN) {
    if (lacks(coverage, at, at + EXT_HEADER_LEN)) return false;
    const type = u16(buf, at);
    const dataStart = at + EXT_HEADER_LEN;
    const dataEnd = dataStart + u16(buf, at + 2);
    const readableEnd = dataEnd < end ? dataEnd : end;
    if (!lacks(coverage, dataStart, readableEnd)) readExtension(buf, type, dataStart, readableEnd, hello);
    at = dataEnd;
  }
  return at === end;
}

function readExtension(buf: Buffer, type: number, start: number, end: number, hello: ClientHello): void {
  switch (type) {
    case EXT_SERVER_NAME:
      if (hello.serverNameStart < 0) readServerName(buf, start, end, hello);
      break;
    case EXT_ALPN:
      if (hello.alpnStart < 0) readAlpn(buf, start, end, hello);
      break;
    case EXT_SUPPORTED_VERSIONS:
      readSupportedVersions(buf, start, end, hello);
      break;
    case EXT_ESNI:
      hello.esni = true;
      break;
    case EXT_ECH:
      if (end > start && buf[start] === ECH_OUTER) hello.ech = true;
      break;
    default:
      if (type >= EXT_ECH_FIRST_DRAFT && type < EXT_ECH) hello.ech = true;
  }
}

/** ServerNameList: total length, then entries of type, length and name (RFC 6066 §3). */
function readServerName(buf: Buffer, start: number, end: number, hello: ClientHello): void {
  let at = start + 2;
  while (end - at >= 3) {
    const nameStart = at + 3;
    const nameEnd = nameStart + u16(buf, at + 1);
    if (nameEnd > end) return;
    if (buf[at] === NAME_TYPE_HOST) {
      if (nameEnd > nameStart) {
        hello.serverNameStart = nameStart;
        hello.serverNameEnd = nameEnd;
      }
      return;
    }
    at = nameEnd;
  }
}

/** ProtocolNameList: total length, then names with a length byte (RFC 7301 §3.1). */
function readAlpn(buf: Buffer, start: number, end: number, hello: ClientHello): void {
  let at = start + 2;
  while (end - at >= 1) {
    const nameStart = at + 1;
    const nameEnd = nameStart + buf[at]!;
    if (nameEnd > end) return;
    if (nameEnd > nameStart && !(nameEnd - nameStart === 2 && isGrease(u16(buf, nameStart)))) {
      hello.alpnStart = nameStart;
      hello.alpnEnd = nameEnd;
      return;
    }
    at = nameEnd;
  }
}

/** One length byte, then versions of two bytes (RFC 8446 §4.2.1). DTLS versions count downwards. */
function readSupportedVersions(buf: Buffer, start: number, end: number, hello: ClientHello): void {
  let best = 0;
  for (let at = start + 1; end - at >= 2; at += 2) {
    let version = u16(buf, at);
    // Drafts of TLS 1.3 (0x7f00 and its number, RFC 8446 §4.2.1.1 of the drafts) offer what became 1.3.
    if (version >> 8 === 0x7f) version = TLS_1_3;
    const high = version >> 8;
    if (high === 0x03 ? version <= TLS_1_3 && version > best : high === 0xfe && (best === 0 || version < best)) {
      best = version;
    }
  }
  if (best !== 0) hello.version = best;
}
