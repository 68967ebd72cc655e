import { domainToASCII } from 'node:url';

/** Characters of a domain name in text form (RFC 1035 §2.3.4). */
const MAX_NAME_LEN = 253;
/** A code point takes at most two UTF-16 units. */
const MAX_UNITS = 2 * MAX_NAME_LEN;
/** A code point takes at most four bytes of UTF-8. */
const MAX_UTF8_LEN = 4 * MAX_NAME_LEN;

/**
 * The name with its labels as A-labels (UTS #46), in lower case; '' for a name of more than 253 code points and for one
 * that has no such form. `convert` takes quadratic time, so it never sees longer names.
 */
export function asciiName(name: string, convert: (name: string) => string = domainToASCII): string {
  if (name.length > MAX_UNITS || codePoints(name) > MAX_NAME_LEN) return '';
  return convert(name);
}

/** True when every byte of `buf[start, end)` is ASCII. */
function isAsciiBytes(buf: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (buf[i]! > 0x7f) return false;
  return true;
}

/**
 * The ASCII form of a name that is UTF-8 on the wire; null for names that are ASCII already, or that have no such form.
 * Allocates, but only for names beyond ASCII.
 */
export function asciiFormOf(buf: Buffer, start: number, end: number): Buffer | null {
  if (end - start > MAX_UTF8_LEN || isAsciiBytes(buf, start, end)) return null;
  const name = asciiName(buf.toString('utf8', start, end));
  return name === '' ? null : Buffer.from(name, 'latin1');
}

function codePoints(text: string): number {
  let count = text.length;
  for (let i = 1; i < text.length; i++) {
    if ((text.charCodeAt(i) & 0xfc00) === 0xdc00 && (text.charCodeAt(i - 1) & 0xfc00) === 0xd800) count--;
  }
  return count;
}
