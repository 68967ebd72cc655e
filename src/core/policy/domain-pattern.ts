import { asciiName } from '../common/ascii-name.js';
import { shortened } from '../common/shortened.js';
import { RuleError } from './rule.js';

const DOT = 46;
const EQUALS = 61;
const STAR = 42;
const MAX_NAME_LEN = 253;
const MAX_LABEL_LEN = 63;
const BACKSLASH = 92;
/** An escape of presentation format (RFC 1035 §5.1). */
const ESCAPE = /\\(\d{3}|[^\d])/g;

/** Whom a domain rule covers: the name and its subdomains, exactly the name, or its subdomains only. */
const COVERS_SUFFIX = 0;
export const COVERS_EXACT = 1;
export const COVERS_SUBDOMAINS = 2;

/** The names that a rule covers, by the first character of its canonical value. */
export function coverOf(value: string): number {
  return coverOfFirst(value.charCodeAt(0));
}

/** The same by the character's code. */
export function coverOfFirst(code: number): number {
  return code === EQUALS ? COVERS_EXACT : code === STAR ? COVERS_SUBDOMAINS : COVERS_SUFFIX;
}

/** Length of what stands in front of the name: nothing, "=" or "*.". */
export function markLenOf(cover: number): number {
  return cover === COVERS_SUFFIX ? 0 : cover === COVERS_EXACT ? 1 : 2;
}

export function domainNameOf(value: string): string {
  return value.slice(markLenOf(coverOf(value)));
}

/**
 * The canonical form of `name`, `=name` or `*.name`: lower case, IDN as A-labels (UTS #46), no trailing dot. Throws
 * RuleError with a hint where the text is a URL, an address, or a name with a port.
 */
export function parseDomainPattern(text: string): string {
  const trimmed = text.trim();
  const prefix = trimmed.startsWith('=') ? '=' : trimmed.startsWith('*.') ? '*.' : '';
  let name = trimmed.slice(prefix.length).toLowerCase();
  if (name.includes('\\')) name = name.replace(ESCAPE, (whole, escaped: string) => escapeOf(whole, escaped));
  if (!isAscii(name)) name = asciiName(name);
  if (/(?<!\\)(?:\\\\)*\.$/.test(name)) name = name.slice(0, -1);
  if (!isDomainName(name, 0))
    throw new RuleError('bad-domain', `'${shortened(text)}' is not a domain name${hintFor(trimmed)}`);
  return prefix + name;
}

/** True for a value that `parseDomainPattern` returns. */
export function isDomainPattern(value: string): boolean {
  return isDomainName(value, markLenOf(coverOf(value)));
}

/**
 * Lower-case letters, digits, "-" and "_" (as in `_dmarc`), and the escapes that DNS names are shown with, in labels of
 * 1 to 63, 253 in all (RFC 1035 §2.3.4). A letter is in the last label, since a name that ends in digits is an address
 * (WHATWG URL §3.5).
 */
function isDomainName(value: string, start: number): boolean {
  const length = value.length;
  if (length <= start || length - start > MAX_NAME_LEN) return false;
  let labelStart = start;
  let onlyDigits = true;
  for (let i = start; i < length; i++) {
    const code = value.charCodeAt(i);
    if (code === DOT) {
      if (i === labelStart || i - labelStart > MAX_LABEL_LEN) return false;
      labelStart = i + 1;
      onlyDigits = true;
    } else if (code === BACKSLASH) {
      const len = escapeLen(value, i);
      if (len === 0) return false;
      i += len - 1;
      onlyDigits = false;
    } else if (code < 48 || code > 57) {
      if ((code < 97 || code > 122) && code !== 45 && code !== 95) return false;
      onlyDigits = false;
    }
  }
  return length > labelStart && length - labelStart <= MAX_LABEL_LEN && !onlyDigits;
}

/** Length of the canonical escape at `at`: of a dot, a backslash, or a control character in decimal; 0 for none. */
function escapeLen(value: string, at: number): number {
  const next = value.charCodeAt(at + 1);
  if (next === DOT || next === BACKSLASH) return 2;
  const digits = value.slice(at + 1, at + 4);
  return /^\d{3}$/.test(digits) && isControl(Number(digits)) ? 4 : 0;
}

/** The form in which DNS names are shown: escapes only for what can't stand for itself. */
function escapeOf(whole: string, escaped: string): string {
  if (escaped.length === 1) return escaped === '.' || escaped === '\\' ? whole : escaped;
  const code = Number(escaped);
  if (code > 127 || isControl(code)) return whole;
  const char = String.fromCharCode(code).toLowerCase();
  return char === '.' || char === '\\' ? `\\${char}` : char;
}

function isControl(code: number): boolean {
  return code < 32 || code === 127;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}

function hintFor(text: string): string {
  const url = /^[a-z][a-z0-9+.-]*:\/\/([^/:?#\s]+)/i.exec(text);
  if (url !== null) return `; of a URL give only the host, '${shortened(url[1]!)}'`;
  if (/^\d+(\.\d+){3}$/.test(text) || text.includes('::')) return '; an address makes a rule of type ip';
  const port = /^([^:\s]+):\d+$/.exec(text);
  if (port !== null) return `; leave out the port: '${shortened(port[1]!)}'`;
  if (text.includes('/')) return `; leave out the path: '${shortened(text.slice(0, text.indexOf('/')))}'`;
  if (text.includes('*')) return "; '*' stands only at the front, as in *.example.com";
  return ' such as example.com, =www.example.com or *.example.com';
}
