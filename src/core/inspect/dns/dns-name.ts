/**
 * Domain names in DNS messages (RFC 1035 §3.1 and §4.1.4): decoding to dotted text, passing over, comparing.
 *
 * Text form: labels joined by dots, no trailing dot, letter case as on the wire, the root as no bytes at all. As in
 * presentation format (RFC 1035 §5.1), a dot or backslash inside a label becomes `\.` or `\\`, so that the one label
 * `a.example` is never taken for two, and a control character becomes `\DDD`, its value in decimal. All other bytes,
 * valid UTF-8 or not, stay as they are.
 */
const LABEL_TYPE = 0xc0;
const POINTER = 0xc0;
const POINTER_OFFSET = 0x3fff;
/** Octets of a name on the wire, length bytes and root included (RFC 1035 §2.3.4). */
const MAX_NAME_LEN = 255;
/** Every octet may need four characters. */
const MAX_TEXT_LEN = 4 * MAX_NAME_LEN;
/** Pointers followed within one name; a sensible encoder uses one. */
const MAX_POINTERS = 32;

/** The name breaks RFC 1035: label type, length, or a pointer that does not point backwards. */
const NAME_MALFORMED = -1;
/** The bytes end within the name. */
export const NAME_CUT_OFF = -2;

/** A decoded name: `text[0, len)`. `hostLike` is true when every byte is a letter, digit, `-`, `_` or `*`. */
export class DnsName {
  readonly text: Buffer = Buffer.alloc(MAX_TEXT_LEN);
  len = 0;
  hostLike = true;
  /** True when every byte is printable ASCII. */
  printable = true;
}

const PLAIN = 0;
const HOST_LIKE = 1;
const ESCAPED = 2;
const HIGH = 3;
const BYTE_KIND = kindsOfBytes();
const DOT = 0x2e;
const BACKSLASH = 0x5c;
const ZERO = 0x30;

/**
 * Decodes the name at `at` of the message in `buf[messageStart, end)` into `into`. Returns the offset behind the name's
 * bytes at `at` (behind the first pointer where there is one), NAME_MALFORMED or NAME_CUT_OFF; `into` is undefined
 * then. A pointer must point before the labels that led to it, which rules out loops; with `allowsForward` it may point
 * anywhere in the message, as dnsmasq follows it in a question, up to MAX_POINTERS of them.
 */
export function decodeName(
  buf: Buffer,
  messageStart: number,
  end: number,
  at: number,
  into: DnsName,
  allowsForward = false,
): number {
  const text = into.text;
  let behind = -1;
  let runStart = at;
  let pointers = 0;
  let wireLen = 1;
  let len = 0;
  into.hostLike = true;
  into.printable = true;
  while (at < end) {
    const head = buf[at]!;
    if (head === 0) {
      into.len = len;
      return behind === -1 ? at + 1 : behind;
    }
    if ((head & LABEL_TYPE) === POINTER) {
      if (at + 2 > end) return NAME_CUT_OFF;
      const target = messageStart + (((head << 8) | buf[at + 1]!) & POINTER_OFFSET);
      if ((target >= runStart && !allowsForward) || ++pointers > MAX_POINTERS) return NAME_MALFORMED;
      if (behind === -1) behind = at + 2;
      at = runStart = target;
      continue;
    }
    if ((head & LABEL_TYPE) !== 0) return NAME_MALFORMED;
    wireLen += head + 1;
    if (wireLen > MAX_NAME_LEN) return NAME_MALFORMED;
    const labelEnd = at + 1 + head;
    if (labelEnd > end) return NAME_CUT_OFF;
    if (len !== 0) text[len++] = 0x2e;
    for (let i = at + 1; i < labelEnd; i++) {
      const byte = buf[i]!;
      const kind = BYTE_KIND[byte]!;
      if (kind === HOST_LIKE) text[len++] = byte;
      else {
        into.hostLike = false;
        if (kind !== PLAIN) into.printable = false;
        if (kind === ESCAPED) len = escapeByte(text, len, byte);
        else text[len++] = byte;
      }
    }
    at = labelEnd;
  }
  return NAME_CUT_OFF;
}

/** Offset behind the name at `at`, a pointer counting as its end; NAME_MALFORMED or NAME_CUT_OFF. */
export function skipName(buf: Buffer, at: number, end: number): number {
  const nameStart = at;
  while (at < end) {
    const head = buf[at]!;
    if (head === 0) return at + 1;
    if ((head & LABEL_TYPE) === POINTER) return at + 2 > end ? NAME_CUT_OFF : at + 2;
    if ((head & LABEL_TYPE) !== 0) return NAME_MALFORMED;
    at += head + 1;
    if (at - nameStart >= MAX_NAME_LEN) return NAME_MALFORMED;
  }
  return NAME_CUT_OFF;
}

/**
 * Whether the names at `a` and `b` of one message are the same, ASCII case aside (RFC 1035 §2.3.3), pointers followed.
 * False where either is malformed or cut off.
 */
export function sameName(buf: Buffer, messageStart: number, end: number, a: number, b: number): boolean {
  let wireLen = 1;
  for (;;) {
    a = resolvePointers(buf, messageStart, end, a);
    b = resolvePointers(buf, messageStart, end, b);
    if (a < 0 || b < 0) return false;
    if (a === b) return true;
    const labelLen = buf[a]!;
    if (labelLen !== buf[b]! || labelLen > 63) return false;
    if (labelLen === 0) return true;
    wireLen += labelLen + 1;
    if (wireLen > MAX_NAME_LEN || a + labelLen >= end || b + labelLen >= end) return false;
    for (let i = 1; i <= labelLen; i++) if (lower(buf[a + i]!) !== lower(buf[b + i]!)) return false;
    a += labelLen + 1;
    b += labelLen + 1;
  }
}

/**
 * Offset of the label that the pointers at `at` lead to, -1 for a forward pointer, too many, or the end of the bytes.
 */
function resolvePointers(buf: Buffer, messageStart: number, end: number, at: number): number {
  for (let left = MAX_POINTERS; at < end && (buf[at]! & LABEL_TYPE) === POINTER; left--) {
    if (at + 2 > end || left === 0) return -1;
    const target = messageStart + (((buf[at]! << 8) | buf[at + 1]!) & POINTER_OFFSET);
    if (target >= at) return -1;
    at = target;
  }
  return at < end ? at : -1;
}

function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}

function escapeByte(text: Buffer, len: number, byte: number): number {
  text[len++] = BACKSLASH;
  if (byte === DOT || byte === BACKSLASH) {
    text[len++] = byte;
    return len;
  }
  text[len++] = ZERO + Math.floor(byte / 100);
  text[len++] = ZERO + (Math.floor(byte / 10) % 10);
  text[len++] = ZERO + (byte % 10);
  return len;
}

function kindsOfBytes(): Uint8Array {
  const kinds = new Uint8Array(256);
  for (let byte = 0; byte < 256; byte++) {
    const char = String.fromCharCode(byte);
    if (/[A-Za-z0-9_*-]/.test(char)) kinds[byte] = HOST_LIKE;
    else if (byte < 0x20 || byte === 0x7f || char === '.' || char === '\\') kinds[byte] = ESCAPED;
    else if (byte >= 0x80) kinds[byte] = HIGH;
  }
  return kinds;
}
