/** The names in an X.509 certificate (RFC 5280), read from its DER (ITU-T X.690) without copying. */
const SEQUENCE = 0x30;
const OBJECT_IDENTIFIER = 0x06;
const OCTET_STRING = 0x04;
const BMP_STRING = 0x1e;
/** Context-specific tags: tbsCertificate's version and extensions, GeneralName's dNSName. */
const VERSION_TAG = 0xa0;
const EXTENSIONS_TAG = 0xa3;
const DNS_NAME_TAG = 0x82;

/** 2.5.4.3 and 2.5.29.17, encoded. */
const COMMON_NAME = Buffer.from([0x55, 0x04, 0x03]);
const SUBJECT_ALT_NAME = Buffer.from([0x55, 0x1d, 0x11]);

/** Names kept of one certificate; those of large sites carry over a hundred. */
const MAX_NAMES = 16;
const MAX_NAME_LEN = 255;
const MAX_ELEMENTS = 4096;

/** The element read last. */
let tag = 0;
let contentStart = 0;
let contentEnd = 0;

/**
 * Names of the certificate in `buf[start, end)`: the subject's common name first, then the dNSNames of
 * subjectAltName that differ from it, in their order, sixteen at most. Empty for bytes that are no certificate.
 */
export function certificateNames(buf: Buffer, start: number, end: number): string[] {
  const names: string[] = [];
  if (!read(buf, start, end) || !isTag(SEQUENCE)) return names;
  if (!read(buf, contentStart, contentEnd) || !isTag(SEQUENCE)) return names;
  const limit = contentEnd;
  let at = contentStart;
  // Version where there is one, serial number, signature, issuer, validity: the subject is the fifth without version.
  let place = 0;
  for (let i = 0; i < 16 && read(buf, at, limit); i++) {
    at = contentEnd;
    if (isTag(VERSION_TAG) && i === 0) continue;
    place++;
    if (place === SUBJECT) readCommonName(buf, contentStart, contentEnd, names);
    else if (isTag(EXTENSIONS_TAG)) readExtensions(buf, contentStart, contentEnd, names);
  }
  return names;
}

const SUBJECT = 5;

/** Reads the header of the element at `at`; false when it is not whole or too long for what it lies in. */
function read(buf: Buffer, at: number, limit: number): boolean {
  if (limit - at < 2) return false;
  tag = buf[at]!;
  let len = buf[at + 1]!;
  contentStart = at + 2;
  if (len >= 0x80) {
    const lenLen = len & 0x7f;
    if (lenLen === 0 || lenLen > 3 || limit - contentStart < lenLen) return false;
    len = 0;
    for (let i = 0; i < lenLen; i++) len = (len << 8) | buf[contentStart + i]!;
    contentStart += lenLen;
  }
  contentEnd = contentStart + len;
  return contentEnd <= limit;
}

/** Name: a sequence of sets of type and value (RFC 5280 §4.1.2.4). The last common name is the most specific. */
function readCommonName(buf: Buffer, start: number, end: number, names: string[]): void {
  let found = '';
  for (let at = start, n = 0; n < MAX_ELEMENTS && read(buf, at, end); n++) {
    at = contentEnd;
    if (!read(buf, contentStart, contentEnd) || !read(buf, contentStart, contentEnd)) continue;
    if (!isIdentifier(buf, COMMON_NAME) || !read(buf, contentEnd, at)) continue;
    const name = text(buf, tag, contentStart, contentEnd);
    if (name !== '') found = name;
  }
  if (found !== '') names.push(found);
}

/** Extensions: identifier, an optional boolean, and the value in an octet string (RFC 5280 §4.1). */
function readExtensions(buf: Buffer, start: number, end: number, names: string[]): void {
  if (!read(buf, start, end)) return;
  const limit = contentEnd;
  for (let at = contentStart, n = 0; n < MAX_ELEMENTS && read(buf, at, limit); n++) {
    at = contentEnd;
    if (!read(buf, contentStart, contentEnd) || !isIdentifier(buf, SUBJECT_ALT_NAME)) continue;
    while (read(buf, contentEnd, at) && !isTag(OCTET_STRING));
    if (isTag(OCTET_STRING) && read(buf, contentStart, contentEnd)) readAltNames(buf, contentStart, contentEnd, names);
    return;
  }
}

function readAltNames(buf: Buffer, start: number, end: number, names: string[]): void {
  for (let at = start, n = 0; n < MAX_ELEMENTS && names.length < MAX_NAMES && read(buf, at, end); n++) {
    at = contentEnd;
    if (!isTag(DNS_NAME_TAG)) continue;
    const name = text(buf, tag, contentStart, contentEnd);
    if (name !== '' && !names.includes(name)) names.push(name);
  }
}

/** Asks for the tag read last. */
function isTag(wanted: number): boolean {
  return tag === wanted;
}

function isIdentifier(buf: Buffer, identifier: Buffer): boolean {
  if (!isTag(OBJECT_IDENTIFIER) || contentEnd - contentStart !== identifier.length) return false;
  return buf.compare(identifier, 0, identifier.length, contentStart, contentEnd) === 0;
}

function text(buf: Buffer, type: number, start: number, end: number): string {
  const stop = Math.min(end, start + MAX_NAME_LEN);
  if (type !== BMP_STRING) return buf.toString('utf8', start, stop);
  let decoded = '';
  for (let at = start; at + 2 <= stop; at += 2) decoded += String.fromCharCode((buf[at]! << 8) | buf[at + 1]!);
  return decoded;
}
