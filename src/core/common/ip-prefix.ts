/** IP prefixes as text and as 32-bit words (RFC 4291 §2.2 and RFC 4632 for reading, RFC 5952 for writing). */

/** An IPv4 or IPv6 prefix; bits behind the prefix length are zero. */
export interface IpPrefix {
  readonly isV6: boolean;
  /** One word for IPv4, four for IPv6, each unsigned 32 bits, most significant first. */
  readonly words: readonly number[];
  readonly length: number;
}

const V4_MAPPED_WORD = 0xffff;
const V4_MAPPED_LEN = 96;

/**
 * The canonical prefix for `text`, an address with or without a length: host bits are cleared, and an IPv4-mapped IPv6
 * prefix (RFC 4291 §2.5.5.2) becomes IPv4. Null for anything else. Octets with leading zeros are refused, since some
 * programs read them as octal.
 */
export function parseIpPrefix(text: string): IpPrefix | null {
  const written = readPrefix(text);
  if (written === null) return null;
  const { isV6, length } = written;
  const prefix = prefixOf(isV6, written.words, length);
  const { words } = prefix;
  if (isV6 && length >= V4_MAPPED_LEN && words[0] === 0 && words[1] === 0 && words[2] === V4_MAPPED_WORD) {
    return { isV6: false, words: [words[3]!], length: length - V4_MAPPED_LEN };
  }
  return prefix;
}

/** The prefix exactly as `text` writes it: IPv4-mapped addresses stay IPv6, and set host bits are an error (null). */
export function parseExactIpPrefix(text: string): IpPrefix | null {
  const written = readPrefix(text);
  if (written === null) return null;
  return maskWords(written.words, written.length).every((word, i) => word === written.words[i]) ? written : null;
}

/** Whether all addresses of `inner` lie in `outer`. */
export function covers(outer: IpPrefix, inner: IpPrefix): boolean {
  if (outer.isV6 !== inner.isV6 || outer.length > inner.length) return false;
  return outer.words.every((word, i) => word === maskWord(inner.words[i]!, outer.length - 32 * i));
}

/** The prefix of `length` bits around an address. */
export function prefixOf(isV6: boolean, words: readonly number[], length: number): IpPrefix {
  return { isV6, words: maskWords(words, length), length };
}

/** Canonical text: RFC 5952 for IPv6, no length where it is the whole address. */
export function formatIpPrefix(prefix: IpPrefix): string {
  const { isV6, words, length } = prefix;
  const address = isV6 ? formatIpv6(words) : formatIpv4(words[0]!);
  return length === (isV6 ? 128 : 32) ? address : `${address}/${length}`;
}

/** The address in `buf` at `start`, 4 or 16 bytes, as canonical text. */
export function formatIpAddress(isV6: boolean, buf: Buffer, start: number): string {
  if (!isV6) return formatIpv4(buf.readUInt32BE(start));
  return formatIpv6([0, 4, 8, 12].map((offset) => buf.readUInt32BE(start + offset)));
}

/** Host bits are kept as written. */
function readPrefix(text: string): IpPrefix | null {
  const slash = text.indexOf('/');
  const address = slash === -1 ? text : text.slice(0, slash);
  const isV6 = address.includes(':');
  const words = isV6 ? parseIpv6(address) : parseIpv4(address);
  if (words === null) return null;
  const bits = isV6 ? 128 : 32;
  const length = slash === -1 ? bits : parseLength(text.slice(slash + 1), bits);
  return length < 0 ? null : { isV6, words, length };
}

function maskWords(words: readonly number[], length: number): number[] {
  return words.map((word, i) => maskWord(word, length - 32 * i));
}

function maskWord(word: number, bits: number): number {
  if (bits >= 32) return word;
  return bits <= 0 ? 0 : (word & (-1 << (32 - bits))) >>> 0;
}

function parseLength(text: string, most: number): number {
  if (text.length === 0 || text.length > 3 || (text.length > 1 && text[0] === '0')) return -1;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value <= most ? value : -1;
}

function parseIpv4(text: string): number[] | null {
  let word = 0;
  let octet = -1;
  let octets = 0;
  for (let i = 0; i <= text.length; i++) {
    const code = i === text.length ? 46 : text.charCodeAt(i);
    if (code === 46) {
      if (octet < 0 || ++octets > 4) return null;
      word = word * 256 + octet;
      octet = -1;
      continue;
    }
    const digit = code - 48;
    if (digit < 0 || digit > 9 || octet === 0) return null;
    octet = octet < 0 ? digit : octet * 10 + digit;
    if (octet > 255) return null;
  }
  return octets === 4 ? [word] : null;
}

function parseIpv6(text: string): number[] | null {
  const parts: number[] = [];
  let gapAt = -1;
  let at = 0;
  if (text.startsWith('::')) {
    gapAt = 0;
    at = 2;
  }
  while (at < text.length) {
    if (parts.length === 8) return null;
    let end = text.indexOf(':', at);
    if (end === -1) end = text.length;
    const part = text.slice(at, end);
    if (end === text.length && part.includes('.')) {
      const v4 = parseIpv4(part);
      if (v4 === null || parts.length > 6) return null;
      parts.push(v4[0]! >>> 16, v4[0]! & 0xffff);
      break;
    }
    const value = parseHex(part);
    if (value < 0) return null;
    parts.push(value);
    at = end + 1;
    if (end < text.length && at === text.length) return null;
    if (text[at] === ':') {
      if (gapAt !== -1) return null;
      gapAt = parts.length;
      at++;
    }
  }
  if (gapAt === -1 ? parts.length !== 8 : parts.length > 7) return null;
  if (gapAt !== -1) parts.splice(gapAt, 0, ...new Array<number>(8 - parts.length).fill(0));
  return [0, 2, 4, 6].map((i) => ((parts[i]! << 16) | parts[i + 1]!) >>> 0);
}

function parseHex(text: string): number {
  if (text.length === 0 || text.length > 4) return -1;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i) | 0x20;
    const digit = code >= 97 && code <= 102 ? code - 87 : text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 15 || (digit > 9 && code < 97)) return -1;
    value = value * 16 + digit;
  }
  return value;
}

function formatIpv4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 0xff}.${(word >>> 8) & 0xff}.${word & 0xff}`;
}

function formatIpv6(words: readonly number[]): string {
  const parts = words.flatMap((word) => [word >>> 16, word & 0xffff]);
  // RFC 5952 §4.2: the longest run of two or more zero parts, the first of equals, becomes "::".
  let gapAt = -1;
  let gapLen = 1;
  for (let i = 0; i < 8; i++) {
    let run = 0;
    while (i + run < 8 && parts[i + run] === 0) run++;
    if (run > gapLen) {
      gapAt = i;
      gapLen = run;
    }
    i += run;
  }
  const hex = parts.map((part) => part.toString(16));
  if (gapAt === -1) return hex.join(':');
  return `${hex.slice(0, gapAt).join(':')}::${hex.slice(gapAt + gapLen).join(':')}`;
}
