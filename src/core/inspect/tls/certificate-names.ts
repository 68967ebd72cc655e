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
/** Place of the subject in tbsCertificate, from 1, without the version. */
const SUBJECT = 5;

/** Reads DER elements of a buffer; holds the one read last. */
class DerCursor {
  private tag = 0;
  /** The element's content is `buf[contentStart, contentEnd)`. */
  contentStart = 0;
  contentEnd = 0;

  constructor(readonly buf: Buffer) {}

  /** Reads the header of the element at `at`; false when it is not whole or too long for what it lies in. */
  read(at: number, limit: number): boolean {
    const { buf } = this;
    if (limit - at < 2) return false;
    this.tag = buf[at]!;
    let len = buf[at + 1]!;
    this.contentStart = at + 2;
    if (len >= 0x80) {
      const lenLen = len & 0x7f;
      if (lenLen === 0 || lenLen > 3 || limit - this.contentStart < lenLen) return false;
      len = 0;
      for (let i = 0; i < lenLen; i++) len = (len << 8) | buf[this.contentStart + i]!;
      this.contentStart += lenLen;
    }
    this.contentEnd = this.contentStart + len;
    return this.contentEnd <= limit;
  }

  /** Goes into the element: reads the first one in its content. */
  enter(): boolean {
    return this.read(this.contentStart, this.contentEnd);
  }

  is(tag: number): boolean {
    return this.tag === tag;
  }

  /** Whether the element is the object identifier `identifier`, encoded. */
  isIdentifier(identifier: Buffer): boolean {
    const { contentStart, contentEnd } = this;
    if (this.tag !== OBJECT_IDENTIFIER || contentEnd - contentStart !== identifier.length) return false;
    return this.buf.compare(identifier, 0, identifier.length, contentStart, contentEnd) === 0;
  }

  /** The content as text, cut to the longest name. */
  text(): string {
    const { buf, contentStart } = this;
    const stop = Math.min(this.contentEnd, contentStart + MAX_NAME_LEN);
    if (this.tag !== BMP_STRING) return buf.toString('utf8', contentStart, stop);
    let decoded = '';
    for (let at = contentStart; at + 2 <= stop; at += 2) {
      decoded += String.fromCharCode((buf[at]! << 8) | buf[at + 1]!);
    }
    return decoded;
  }
}

/**
 * Names of the certificate in `buf[start, end)`: the subject's common name first, then the dNSNames of
 * subjectAltName that differ from it, in their order, sixteen at most. Empty for bytes that are no certificate.
 */
export function certificateNames(buf: Buffer, start: number, end: number): string[] {
  const names: string[] = [];
  const der = new DerCursor(buf);
  if (!der.read(start, end) || !der.is(SEQUENCE)) return names;
  if (!der.enter() || !der.is(SEQUENCE)) return names;
  const limit = der.contentEnd;
  let at = der.contentStart;
  // Version where there is one, serial number, signature, issuer, validity: the subject is the fifth without version.
  let place = 0;
  for (let i = 0; i < 16 && der.read(at, limit); i++) {
    at = der.contentEnd;
    if (der.is(VERSION_TAG) && i === 0) continue;
    place++;
    if (place === SUBJECT) readCommonName(der, names);
    else if (der.is(EXTENSIONS_TAG)) readExtensions(der, names);
  }
  return names;
}

/** Name: a sequence of sets of type and value (RFC 5280 §4.1.2.4). The last common name is the most specific. */
function readCommonName(der: DerCursor, names: string[]): void {
  const end = der.contentEnd;
  let found = '';
  for (let at = der.contentStart, n = 0; n < MAX_ELEMENTS && der.read(at, end); n++) {
    at = der.contentEnd;
    if (!der.enter() || !der.enter()) continue;
    if (!der.isIdentifier(COMMON_NAME) || !der.read(der.contentEnd, at)) continue;
    const name = der.text();
    if (name !== '') found = name;
  }
  if (found !== '') names.push(found);
}

/** Extensions: identifier, an optional boolean, and the value in an octet string (RFC 5280 §4.1). */
function readExtensions(der: DerCursor, names: string[]): void {
  if (!der.enter()) return;
  const limit = der.contentEnd;
  for (let at = der.contentStart, n = 0; n < MAX_ELEMENTS && der.read(at, limit); n++) {
    at = der.contentEnd;
    if (!der.enter() || !der.isIdentifier(SUBJECT_ALT_NAME)) continue;
    while (der.read(der.contentEnd, at) && !der.is(OCTET_STRING));
    if (der.is(OCTET_STRING) && der.enter()) readAltNames(der, names);
    return;
  }
}

function readAltNames(der: DerCursor, names: string[]): void {
  const end = der.contentEnd;
  for (let at = der.contentStart, n = 0; n < MAX_ELEMENTS && names.length < MAX_NAMES && der.read(at, end); n++) {
    at = der.contentEnd;
    if (!der.is(DNS_NAME_TAG)) continue;
    const name = der.text();
    if (name !== '' && !names.includes(name)) names.push(name);
  }
}
