import type { Finding } from '../inspector.js';

/**
 * The host in an authority (RFC 3986 §3.2), in a Host field, or in a request target. Four times the longest host name
 * (RFC 1035 §2.3.4): a longer one is no name, rather than one cut off somewhere.
 */
const MAX_HOST_LEN = 4096;

const COLON = 0x3a;
const AT_SIGN = 0x40;

/**
 * Sets the finding's name to the host in `buf[start, end)`: without user information, port, and the brackets round an
 * IPv6 address. An address is a name like any other. *Lenient:* a port may be any text, as Apache takes it. What
 * follows a NUL is left out: to a program that keeps strings as C does it is not there. False, and no name, where
 * nothing is left.
 */
export function setHost(buf: Buffer, start: number, end: number, finding: Finding): boolean {
  let hostStart = start;
  let colon = -1;
  let colons = 0;
  for (let i = start; i < end; i++) {
    const byte = buf[i];
    if (byte === AT_SIGN) {
      hostStart = i + 1;
      colons = 0;
    } else if (byte === COLON) {
      colon = i;
      colons++;
    } else if (byte === 0) {
      end = i;
    }
  }
  let hostEnd = end;
  if (buf[hostStart] === 0x5b && hostStart < end) {
    const close = buf.indexOf(0x5d, hostStart);
    if (close !== -1 && close < end) {
      hostStart++;
      hostEnd = close;
    }
  } else if (colons === 1) {
    // With several colons it is an IPv6 address without brackets.
    hostEnd = colon;
  }
  if (hostEnd <= hostStart || hostEnd - hostStart > MAX_HOST_LEN) return false;
  finding.nameBuf = buf;
  finding.nameStart = hostStart;
  finding.nameEnd = hostEnd;
  return true;
}

/**
 * Sets the finding's name to the host in the request target `buf[start, end)`: CONNECT's authority form, or the
 * absolute form of requests to proxies (RFC 9112 §3.2). False for a mere path.
 */
export function setTargetHost(buf: Buffer, start: number, end: number, isConnect: boolean, finding: Finding): boolean {
  let authorityStart = isConnect ? start : -1;
  for (let i = start; i + 2 < end; i++) {
    const byte = buf[i]!;
    if (byte === COLON && buf[i + 1] === 0x2f && buf[i + 2] === 0x2f) {
      authorityStart = i + 3;
      break;
    }
    if (!isSchemeChar(byte)) break;
  }
  if (authorityStart === -1) return false;
  let authorityEnd = authorityStart;
  while (authorityEnd < end && !endsAuthority(buf[authorityEnd]!)) authorityEnd++;
  return setHost(buf, authorityStart, authorityEnd, finding);
}

/** Path, query, fragment, or a space. */
function endsAuthority(byte: number): boolean {
  return byte === 0x2f || byte === 0x3f || byte === 0x23 || byte <= 0x20;
}

function isSchemeChar(byte: number): boolean {
  const letter = byte | 0x20;
  return (
    (letter >= 0x61 && letter <= 0x7a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x2b ||
    byte === 0x2d ||
    byte === 0x2e
  );
}
