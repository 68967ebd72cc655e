/** HTTP/1 start lines: request line (RFC 9112 §3) and status line (RFC 9112 §4). */

export const NOT_HTTP = 0;
export const REQUEST = 1;
/** `GET /path` without a version (RFC 1945 §5, Simple-Request): no header follows. */
export const SIMPLE_REQUEST = 2;
export const STATUS_LINE = 3;
/** A method of HTTP, with a target or not, and no version: a request only if a Host field follows. */
export const BARE_REQUEST = 4;

export type StartLineKind = 0 | 1 | 2 | 3 | 4;

/** What a start line says: one reused instance, valid until the next call. */
export class StartLine {
  targetStart = 0;
  targetEnd = 0;
  isConnect = false;
  /** Status code, 0 for requests. */
  statusCode = 0;
}

/** "HTTP/1.1" */
const VERSION_LEN = 8;
/** "HTTP/", one to four digits, a dot, one to four digits: nginx takes HTTP/1.10. */
const MAX_VERSION_LEN = 14;
/** Version, space and three digits: enough of a status line to be sure of it. */
const STATUS_LEN = VERSION_LEN + 4;
/**
 * Apache takes methods of any length. One whose end is not there yet is waited for up to so many bytes, unless it is of
 * capital letters like those of HTTP.
 */
const MAX_METHOD_LEN = 8192;
const MAX_METHOD_PREFIX_LEN = 64;

const SP = 0x20;
const HTAB = 0x09;
const CR = 0x0d;
const LF = 0x0a;

/** 1 for the characters of a token (RFC 9110 §5.6.2): methods and field names. */
export const IS_TOKEN_CHAR = tokenChars();

/**
 * Takes the line `buf[start, end)` (without its line end) apart. A request is any token, a target and a version
 * `HTTP/digit.digit` at the end of the line. *Lenient:* several spaces or tabs between them, spaces in the target,
 * `http/1.1` in lower case, versions of several digits.
 */
export function readStartLine(buf: Buffer, start: number, end: number, line: StartLine): StartLineKind {
  line.statusCode = 0;
  line.isConnect = false;
  if (isVersion(buf, start, end)) {
    if (!isStatus(buf, start, end)) return NOT_HTTP;
    const at = start + VERSION_LEN + 1;
    line.statusCode = (buf[at]! - 0x30) * 100 + (buf[at + 1]! - 0x30) * 10 + (buf[at + 2]! - 0x30);
    return STATUS_LINE;
  }
  const methodEnd = endOfToken(buf, start, end);
  const methodLen = methodEnd - start;
  if (methodLen === 0 || methodLen > MAX_METHOD_LEN || (methodEnd < end && !isBlank(buf[methodEnd]!))) return NOT_HTTP;

  let targetStart = methodEnd;
  while (targetStart < end && isBlank(buf[targetStart]!)) targetStart++;
  let lineEnd = end;
  while (lineEnd > targetStart && isBlank(buf[lineEnd - 1]!)) lineEnd--;
  const versionStart = startOfVersion(buf, targetStart, lineEnd);
  if (versionStart === -1) {
    line.targetStart = targetStart;
    line.targetEnd = lineEnd;
    if (isSimpleRequest(buf, start, methodEnd, targetStart, lineEnd)) return SIMPLE_REQUEST;
    return METHODS.has(buf.toString('latin1', start, Math.min(methodEnd, start + 8))) &&
      !hasControl(buf, targetStart, lineEnd)
      ? BARE_REQUEST
      : NOT_HTTP;
  }
  let targetEnd = versionStart;
  while (isBlank(buf[targetEnd - 1]!)) targetEnd--;
  if (hasControl(buf, targetStart, targetEnd)) return NOT_HTTP;
  line.targetStart = targetStart;
  line.targetEnd = targetEnd;
  line.isConnect = isText(buf, start, methodEnd, CONNECT);
  // The connection preface of HTTP/2 was made to look like a request (RFC 9113 §3.4).
  const isPreface = isText(buf, start, methodEnd, PRI) && buf[versionStart + 5] === 0x32;
  return isPreface ? NOT_HTTP : REQUEST;
}

/**
 * Whether `buf[start, end)` begins with a method and a blank, or with "HTTP/", so far as bytes are there: a quick look.
 */
export function mayBeStartLine(buf: Buffer, start: number, end: number): boolean {
  const tokenEnd = endOfToken(buf, start, Math.min(end, start + MAX_METHOD_LEN + 1));
  const tokenLen = tokenEnd - start;
  if (tokenLen === 0 || tokenLen > MAX_METHOD_LEN) return false;
  if (tokenEnd === end) return isMethodPrefix(buf, start, end);
  const next = buf[tokenEnd]!;
  return isBlank(next) || next === CR || next === LF || (tokenLen === 4 && isVersionPrefix(buf, start, end));
}

/**
 * Whether `buf[start, end)`, which holds no line end, can be the beginning of a start line. Bytes before `checkedTo`
 * behind the method were found sound before.
 */
export function isStartLinePrefix(buf: Buffer, start: number, end: number, checkedTo: number): boolean {
  if (end - start >= VERSION_LEN ? isVersion(buf, start, start + VERSION_LEN) : isVersionPrefix(buf, start, end)) {
    return isStatusPrefix(buf, start, end);
  }
  const methodEnd = endOfToken(buf, start, Math.min(end, start + MAX_METHOD_LEN + 1));
  if (methodEnd === start || methodEnd - start > MAX_METHOD_LEN) return false;
  if (methodEnd === end) return isMethodPrefix(buf, start, end);
  if (buf[methodEnd] === CR) return methodEnd + 1 === end;
  if (!isBlank(buf[methodEnd]!)) return false;
  // A CR may be half of the line end that is still to come.
  const last = buf[end - 1] === CR ? end - 1 : end;
  return !hasControl(buf, Math.max(methodEnd, checkedTo), last);
}

function isMethodPrefix(buf: Buffer, start: number, end: number): boolean {
  if (end - start <= MAX_METHOD_PREFIX_LEN) return true;
  for (let i = start; i < end; i++) if (buf[i]! < 0x41 || buf[i]! > 0x5a) return false;
  return true;
}

/** Whether the cut-off line `buf[start, end)` is a status line beyond doubt. */
export function isStatus(buf: Buffer, start: number, end: number): boolean {
  return end - start >= STATUS_LEN && isVersion(buf, start, end) && isStatusPrefix(buf, start, end);
}

export function isBlank(byte: number): boolean {
  return byte === SP || byte === HTAB;
}

export function endOfToken(buf: Buffer, start: number, end: number): number {
  while (start < end && IS_TOKEN_CHAR[buf[start]!] === 1) start++;
  return start;
}

const HTTP_SLASH = Buffer.from('http/');
/** Methods that make a line without a version a request (RFC 9110 §9, RFC 5789). CONNECT is a frame of STOMP, too. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH']);
const GET = Buffer.from('GET');
const CONNECT = Buffer.from('CONNECT');
const PRI = Buffer.from('PRI');
const HTTP_SCHEME = Buffer.from('http://');

/** `HTTP/1.1` at `start`, in either case. */
function isVersion(buf: Buffer, start: number, end: number): boolean {
  if (end - start < VERSION_LEN || !isVersionPrefix(buf, start, start + 5)) return false;
  return isDigit(buf[start + 5]!) && buf[start + 6] === 0x2e && isDigit(buf[start + 7]!);
}

/**
 * Where the version begins that ends the line `buf[targetStart, lineEnd)`: behind a blank, and not the target itself;
 * -1 for a line without one.
 */
function startOfVersion(buf: Buffer, targetStart: number, lineEnd: number): number {
  const least = Math.max(targetStart + 1, lineEnd - MAX_VERSION_LEN);
  let at = lineEnd - VERSION_LEN;
  while (at > least && !isBlank(buf[at - 1]!)) at--;
  if (at < least || !isBlank(buf[at - 1]!) || !isVersionPrefix(buf, at, at + 5)) return -1;
  const dot = endOfDigits(buf, at + 5, lineEnd);
  if (dot === at + 5 || buf[dot] !== 0x2e) return -1;
  return dot + 1 < lineEnd && endOfDigits(buf, dot + 1, lineEnd) === lineEnd ? at : -1;
}

function endOfDigits(buf: Buffer, start: number, end: number): number {
  while (start < end && isDigit(buf[start]!)) start++;
  return start;
}

/** Whether the bytes are the beginning of "HTTP/"; more than those five are not looked at. */
function isVersionPrefix(buf: Buffer, start: number, end: number): boolean {
  const len = Math.min(end - start, 5);
  for (let i = 0; i < len; i++) if ((buf[start + i]! | 0x20) !== HTTP_SLASH[i]!) return false;
  return len > 0;
}

/** Behind a version (whole or in part): a space and three digits, so far as they are there. */
function isStatusPrefix(buf: Buffer, start: number, end: number): boolean {
  const at = start + VERSION_LEN;
  if (end > start + 5 && !isDigit(buf[start + 5]!)) return false;
  if (end > start + 6 && buf[start + 6] !== 0x2e) return false;
  if (end > start + 7 && !isDigit(buf[start + 7]!)) return false;
  if (end > at && !isBlank(buf[at]!)) return false;
  const last = Math.min(end, start + STATUS_LEN);
  for (let i = at + 1; i < last; i++) if (!isDigit(buf[i]!)) return false;
  return true;
}

function isSimpleRequest(buf: Buffer, start: number, methodEnd: number, targetStart: number, end: number): boolean {
  if (!isText(buf, start, methodEnd, GET) || targetStart >= end) return false;
  for (let i = targetStart; i < end; i++) if (buf[i]! <= SP || buf[i] === 0x7f) return false;
  if (buf[targetStart] === 0x2f) return true;
  return (
    end - targetStart > HTTP_SCHEME.length && isText(buf, targetStart, targetStart + HTTP_SCHEME.length, HTTP_SCHEME)
  );
}

function isText(buf: Buffer, start: number, end: number, text: Buffer): boolean {
  if (end - start !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (buf[start + i] !== text[i]) return false;
  return true;
}

function hasControl(buf: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const byte = buf[i]!;
    if ((byte < SP && byte !== HTAB) || byte === 0x7f) return true;
  }
  return false;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function tokenChars(): Uint8Array {
  const table = new Uint8Array(256);
  for (let byte = 0; byte < 128; byte++)
    if (/[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(byte))) table[byte] = 1;
  return table;
}
