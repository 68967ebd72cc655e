import { DerCursor } from './der-cursor.js';

/** The parts of an X.509 certificate that reports show (RFC 5280), read from its DER (ITU-T X.690). */
const SEQUENCE = 0x30;
const OCTET_STRING = 0x04;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
/** Context-specific tags: tbsCertificate's version and extensions, GeneralName's dNSName. */
const VERSION_TAG = 0xa0;
const EXTENSIONS_TAG = 0xa3;
const DNS_NAME_TAG = 0x82;

/** 2.5.4.3 and 2.5.29.17, encoded. */
const COMMON_NAME = Buffer.from([0x55, 0x04, 0x03]);
const SUBJECT_ALT_NAME = Buffer.from([0x55, 0x1d, 0x11]);
/** Attribute types by their short names (RFC 4514 §3): all begin with 2.5.4. */
const ATTRIBUTES: readonly (readonly [string, Buffer])[] = [
  ['CN', COMMON_NAME],
  ['C', Buffer.from([0x55, 0x04, 0x06])],
  ['L', Buffer.from([0x55, 0x04, 0x07])],
  ['ST', Buffer.from([0x55, 0x04, 0x08])],
  ['O', Buffer.from([0x55, 0x04, 0x0a])],
  ['OU', Buffer.from([0x55, 0x04, 0x0b])],
];

/** Names reported of one certificate; those of large sites carry over a hundred, which are kept up to a limit. */
const MAX_NAMES = 16;
const MAX_ALL_NAMES = 1024;
const MAX_DISTINGUISHED_LEN = 255;
const MAX_ELEMENTS = 4096;
/** Places in tbsCertificate, from 1, without the version. */
const ISSUER = 3;
const VALIDITY = 4;
const SUBJECT = 5;
/** Years below belong to this century in a UTCTime (RFC 5280 §4.1.2.5.1). */
const FIRST_OLD_YEAR = 50;

export class Certificate {
  /** The subject's common name first, then the dNSNames that differ from it, in their order: sixteen at most. */
  names: readonly string[] = [];
  /** The same without that limit, 1,024 at most. */
  allNames: readonly string[] = [];
  /** Tells it from other certificates: issuer, end and names. */
  key = '';
  /** Distinguished name in the form of RFC 4514, of its better known attributes; '' for none. */
  issuer = '';
  /** Seconds since the epoch, NaN where they cannot be read. */
  notBefore = Number.NaN;
  notAfter = Number.NaN;
  /** Issuer and subject are the same. The signature is not verified. */
  isSelfSigned = false;
}

/** Reads the certificate in `buf[start, end)`. Of bytes that are no certificate nothing is filled in. */
export function readCertificate(buf: Buffer, start: number, end: number): Certificate {
  const certificate = new Certificate();
  const names = new Set<string>();
  const der = new DerCursor(buf);
  if (!der.read(start, end) || !der.is(SEQUENCE)) return certificate;
  if (!der.enter() || !der.is(SEQUENCE)) return certificate;
  const limit = der.contentEnd;
  let at = der.contentStart;
  let issuerStart = 0;
  let issuerEnd = 0;
  // Version where there is one, serial number, signature, issuer, validity: the subject is the fifth without version.
  let place = 0;
  for (let i = 0; i < 16 && der.read(at, limit); i++) {
    at = der.contentEnd;
    if (der.is(VERSION_TAG) && i === 0) continue;
    place++;
    if (place === ISSUER) {
      issuerStart = der.contentStart;
      issuerEnd = der.contentEnd;
      certificate.issuer = distinguishedName(der);
    } else if (place === VALIDITY) readValidity(der, certificate);
    else if (place === SUBJECT) {
      const { contentStart, contentEnd } = der;
      certificate.isSelfSigned = buf.compare(buf, issuerStart, issuerEnd, contentStart, contentEnd) === 0;
      readCommonName(der, names);
    } else if (der.is(EXTENSIONS_TAG)) readExtensions(der, names);
  }
  certificate.allNames = [...names];
  certificate.names = certificate.allNames.slice(0, MAX_NAMES);
  certificate.key = [certificate.issuer, certificate.notAfter, ...certificate.names].join('\n');
  return certificate;
}

/** Two times (RFC 5280 §4.1.2.5). */
function readValidity(der: DerCursor, certificate: Certificate): void {
  const end = der.contentEnd;
  if (!der.enter()) return;
  certificate.notBefore = timeOf(der);
  if (der.read(der.contentEnd, end)) certificate.notAfter = timeOf(der);
}

/** Seconds since the epoch of a UTCTime or GeneralizedTime in UTC; NaN for anything else. */
function timeOf(der: DerCursor): number {
  const isUtc = der.is(UTC_TIME);
  if (!isUtc && !der.is(GENERALIZED_TIME)) return Number.NaN;
  const match = /^(\d\d|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?Z$/.exec(der.text());
  if (match === null || (match[1]!.length === 2) !== isUtc) return Number.NaN;
  const [year, month, day, hour, minute, second] = match.slice(1).map((digits) => Number(digits ?? 0));
  const fullYear = isUtc ? year! + (year! < FIRST_OLD_YEAR ? 2000 : 1900) : year!;
  return Date.UTC(fullYear, month! - 1, day, hour, minute, second) / 1000;
}

/** Name: a sequence of sets of type and value (RFC 5280 §4.1.2.4), the last first (RFC 4514 §2.1). */
function distinguishedName(der: DerCursor): string {
  const parts: string[] = [];
  forEachAttribute(der, () => {
    const attribute = ATTRIBUTES.find(([, identifier]) => der.isIdentifier(identifier));
    return attribute === undefined ? null : (value) => parts.unshift(`${attribute[0]}=${escaped(value)}`);
  });
  return parts.join(',').slice(0, MAX_DISTINGUISHED_LEN);
}

function escaped(value: string): string {
  return value.replace(/[,+"\\<>;]/g, '\\$&');
}

/** The last common name is the most specific. */
function readCommonName(der: DerCursor, names: Set<string>): void {
  let found = '';
  forEachAttribute(der, () => {
    if (!der.isIdentifier(COMMON_NAME)) return null;
    return (value) => {
      if (value !== '') found = value;
    };
  });
  if (found !== '') names.add(found);
}

/** Calls `select` at each attribute's type; what it returns takes the value. */
function forEachAttribute(der: DerCursor, select: () => ((value: string) => void) | null): void {
  const end = der.contentEnd;
  for (let at = der.contentStart, n = 0; n < MAX_ELEMENTS && der.read(at, end); n++) {
    at = der.contentEnd;
    if (!der.enter() || !der.enter()) continue;
    const take = select();
    if (take !== null && der.read(der.contentEnd, at)) take(der.text());
  }
}

/** Extensions: identifier, an optional boolean, and the value in an octet string (RFC 5280 §4.1). */
function readExtensions(der: DerCursor, names: Set<string>): void {
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

function readAltNames(der: DerCursor, names: Set<string>): void {
  const end = der.contentEnd;
  for (let at = der.contentStart, n = 0; n < MAX_ELEMENTS && names.size < MAX_ALL_NAMES && der.read(at, end); n++) {
    at = der.contentEnd;
    if (!der.is(DNS_NAME_TAG)) continue;
    const name = der.text();
    if (name !== '') names.add(name);
  }
}
