import { u16 } from '../../common/bytes.js';
import type { Replacements } from '../replacements.js';

/** Tags of DER (X.690 §8) and the OIDs of extensions with names in them, as their last byte below 2.5.29. */
const BOOLEAN = 0x01;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OID = 0x06;
const ENUMERATED = 0x0a;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const CONSTRUCTED = 0x20;
const STRINGS = new Set([0x0c, 0x12, 0x13, 0x14, 0x16, 0x1a, 0x1c, 0x1e]);
const BMP_STRING = 0x1e;
/** GeneralName (RFC 5280 §4.2.1.6). */
const RFC822_NAME = 0x81;
const DNS_NAME = 0x82;
const URI = 0x86;
const IP_ADDRESS = 0x87;
const SEQUENCE = 0x30;
/** OIDs (X.690 §8.19): 1.3.6.1.4.1, and below it 311 and 11129. */
const ENTERPRISES = Buffer.from([0x2b, 6, 1, 4, 1]);
const COMMON_ENTERPRISES = [Buffer.from([0x82, 0x37]), Buffer.from([0xd6, 0x79])];
const MAX_DEPTH = 24;
const PRINTABLE = /^[\x20-\x7e]*$/;
const TIME = /^\d{14}Z$/;
/** A timestamp: length, version, log id, time; then extensions, hash and signature algorithm, signature. */
const TIMESTAMP_EXTENSIONS = 2 + 1 + 32 + 8;
const MIN_TIMESTAMPS_LEN = 2 + TIMESTAMP_EXTENSIONS + 2;

/**
 * Rewrites the DER value `input[start, end)` to the same place of `out`, which holds zeros: structure, OIDs and numbers
 * of one byte stay, names are replaced, times shifted, all else becomes zeros. False when it is no DER; `out` is then
 * undefined.
 */
export function rewriteDer(
  input: Buffer,
  out: Buffer,
  [start, end]: readonly [number, number],
  maps: Replacements,
  depth = 0,
): boolean {
  let at = start;
  while (at < end) {
    const header = readHeader(input, at, end);
    if (header === null || depth > MAX_DEPTH) return false;
    const { tag, valueStart, valueEnd } = header;
    input.copy(out, at, at, valueStart);
    const value = [valueStart, valueEnd] as const;
    if ((tag & CONSTRUCTED) !== 0) {
      if (!rewriteDer(input, out, value, maps, depth + 1)) return false;
    } else rewriteValue(input, out, tag, value, maps, depth);
    at = valueEnd;
  }
  return true;
}

interface Header {
  readonly tag: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

function readHeader(input: Buffer, at: number, end: number): Header | null {
  if (end - at < 2) return null;
  const tag = input[at]!;
  if ((tag & 0x1f) === 0x1f) return null;
  let len = input[at + 1]!;
  let valueStart = at + 2;
  if (len >= 0x80) {
    const count = len & 0x7f;
    if (count === 0 || count > 3 || valueStart + count > end) return null;
    len = input.readUIntBE(valueStart, count);
    valueStart += count;
  }
  return valueStart + len > end ? null : { tag, valueStart, valueEnd: valueStart + len };
}

function rewriteValue(
  input: Buffer,
  out: Buffer,
  tag: number,
  [start, end]: readonly [number, number],
  maps: Replacements,
  depth: number,
): void {
  const text = (): string => input.toString('latin1', start, end);
  if (tag === OID) keepOid(input, out, start, end);
  else if (tag === BOOLEAN || tag === ENUMERATED) input.copy(out, start, start, Math.min(end, start + 1));
  else if (tag === INTEGER) {
    if (end - start === 1) out[start] = input[start]!;
    // Zeros are no DER integer of that length.
    else if (end > start) out[start] = input[start]! === 0 ? 0 : 1;
    if (end - start > 1 && input[start] === 0) out[start + 1] = 0x80;
  } else if (tag === UTC_TIME || tag === GENERALIZED_TIME)
    out.write(shiftedTime(text(), maps.shiftSeconds), start, 'latin1');
  else if (tag === BMP_STRING) rewriteWide(input, out, start, end, maps);
  else if (STRINGS.has(tag)) out.write(replacedText(text(), maps), start, 'latin1');
  else if (tag === DNS_NAME || tag === RFC822_NAME || tag === URI) {
    // The same tags have numbers in them elsewhere, as in authority key ids (RFC 5280 §4.2.1.1).
    if (!PRINTABLE.test(text())) return;
    // So are the times of a key's use (RFC 3280 §4.2.1.4).
    if (TIME.test(text())) out.write(shiftedTime(text(), maps.shiftSeconds), start, 'latin1');
    else out.write(tag === DNS_NAME ? maps.names.host(text()) : maps.names.text(text()), start, 'latin1');
  } else if (tag === IP_ADDRESS && (end - start === 4 || end - start === 16)) {
    maps.addresses.of(input.subarray(start, end)).copy(out, start);
  } else if (tag === OCTET_STRING || tag === BIT_STRING) {
    const innerStart = tag === BIT_STRING ? start + 1 : start;
    if (tag === BIT_STRING && end > start) out[start] = input[start]!;
    if (nests(input, innerStart, end) && rewriteDer(input, out, [innerStart, end], maps, depth + 1)) return;
    out.fill(0, innerStart, end);
    if (tag === OCTET_STRING) keepTimestamps(input, out, start, end);
  }
}

/** Below 1.3.6.1.4.1 a number names an enterprise: all but Microsoft and Google, whose OIDs are in use everywhere. */
function keepOid(input: Buffer, out: Buffer, start: number, end: number): void {
  input.copy(out, start, start, end);
  const isPrivate = input.subarray(start, end).indexOf(ENTERPRISES) === 0;
  const rest = input.subarray(start + ENTERPRISES.length, end);
  if (!isPrivate || COMMON_ENTERPRISES.some((prefix) => rest.indexOf(prefix) === 0)) return;
  // The bit that says whether a number goes on stays; 1 in the other bits is valid everywhere.
  for (let at = start + ENTERPRISES.length; at < end; at++) out[at] = (input[at]! & 0x80) | 1;
}

/** Another value fills the string: a sequence, as in keys and extensions, or a string, as in key ids and comments. */
function nests(input: Buffer, start: number, end: number): boolean {
  const header = readHeader(input, start, end);
  if (header === null || header.valueEnd !== end) return false;
  if (STRINGS.has(header.tag)) return PRINTABLE.test(input.toString('latin1', header.valueStart, end));
  return header.tag === SEQUENCE || header.tag <= OCTET_STRING;
}

/** The lengths in a list of certificate timestamps (RFC 6962 §3.3); nothing of other strings. */
function keepTimestamps(input: Buffer, out: Buffer, start: number, end: number): void {
  if (end - start < MIN_TIMESTAMPS_LEN || u16(input, start) !== end - start - 2) return;
  input.copy(out, start, start, start + 2);
  for (let at = start + 2; at + TIMESTAMP_EXTENSIONS + 2 <= end; at += 2 + u16(input, at)) {
    const entryEnd = Math.min(end, at + 2 + u16(input, at));
    input.copy(out, at, at, at + 2);
    const extensionsAt = at + TIMESTAMP_EXTENSIONS;
    const signatureAt = extensionsAt + 2 + u16(input, extensionsAt);
    input.copy(out, extensionsAt, extensionsAt, Math.min(entryEnd, extensionsAt + 2));
    if (signatureAt + 4 <= entryEnd) input.copy(out, signatureAt, signatureAt, signatureAt + 4);
  }
}

/** The words of a distinguished name; a host name in it as host names are. */
export function replacedText(text: string, { names }: Replacements): string {
  return isHostName(text) ? names.host(text) : names.text(text);
}

function isHostName(text: string): boolean {
  return /^(?:\*\.)?[\w-]+(?:\.[\w-]+)*\.[a-z][a-z0-9-]*$/i.test(text);
}

/** Two bytes a character. */
function rewriteWide(input: Buffer, out: Buffer, start: number, end: number, maps: Replacements): void {
  const bytes = Buffer.from(input.subarray(start, end & ~1 ? end : start));
  if (bytes.length % 2 !== 0) return;
  const text = bytes
    .swap16()
    .toString('utf16le')
    .replace(/[^\x20-\x7e]/g, 'x');
  Buffer.from(replacedText(text, maps), 'utf16le').swap16().copy(out, start);
}

/** UTCTime "YYMMDDHHMMSSZ" or GeneralizedTime "YYYYMMDDHHMMSSZ" (RFC 5280 §4.1.2.5), `seconds` later. */
export function shiftedTime(text: string, seconds: number): string {
  const match = /^(\d\d|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) return '0'.repeat(text.length);
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [number, ...number[]];
  const century = match[1]!.length === 4 ? 0 : year! < 50 ? 2000 : 1900;
  const date = new Date(Date.UTC(century + year!, month! - 1, day, hour, minute, second! + seconds));
  const digits = date.toISOString().replace(/[-:T]/g, '').slice(0, 14);
  return `${match[1]!.length === 4 ? digits : digits.slice(2)}Z`;
}
