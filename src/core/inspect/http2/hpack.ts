import { decodeHuffman } from './huffman.js';
import { STATIC_AUTHORITY, STATIC_HOST, STATIC_LEN, STATIC_NAMES } from './static-table.js';

/** HPACK (RFC 7541), as far as it takes to know the host of every request. */

/** The table's size until the peer allows another, and the most that is followed (RFC 7541 §4.2, §6.3). */
const DEFAULT_TABLE_LEN = 4096;
const MAX_TABLE_LEN = 65_536;
/** What an entry counts beside its name and value (RFC 7541 §4.1). */
const ENTRY_OVERHEAD = 32;
const MAX_VALUE_LEN = 4096;
/** Beyond any length that a table or a header block could have. */
const MAX_INTEGER = 1 << 24;

/** What a field is to us. */
const OTHER = 0;
const AUTHORITY = 1;
const HOST = 2;
type Kind = 0 | 1 | 2;

interface Entry {
  readonly kind: Kind;
  readonly nameLen: number;
  readonly len: number;
  /** Kept for hosts only. */
  readonly value: Buffer | null;
}

const UNKNOWN_ENTRY: Entry = { kind: OTHER, nameLen: 0, len: 0, value: null };
const AUTHORITY_TEXT = Buffer.from(':authority');
const HOST_TEXT = Buffer.from('host');

/** The string literal read last: `textLen` bytes in `text`, cut to its size. */
const text = Buffer.allocUnsafeSlow(MAX_VALUE_LEN);
let textLen = 0;
/** Where reading goes on; -1 when the block is broken. */
let at = 0;

/** Decodes the header blocks of one direction of one connection, in order. Reused through `reset`. */
export class HpackDecoder {
  /** The host that the block read last names: its first `:authority`, else its first `host`. */
  readonly host = Buffer.allocUnsafeSlow(MAX_VALUE_LEN);
  hostLen = 0;
  private hostKind: Kind = OTHER;
  /** Newest first. */
  private entries: Entry[] = [];
  private tableLen = 0;
  private maxTableLen = DEFAULT_TABLE_LEN;
  /** A block was missed: what indexes into the dynamic table mean is unknown from there on. */
  private isAstray = false;

  reset(): void {
    this.forget();
    this.isAstray = false;
    this.maxTableLen = DEFAULT_TABLE_LEN;
  }

  /** A header block was lost. */
  loseTrack(): void {
    this.forget();
    this.isAstray = true;
  }

  /** Reads the header block `buf[start, end)`. False when it is none: the decoder has lost track then. */
  decode(buf: Buffer, start: number, end: number): boolean {
    this.hostLen = 0;
    this.hostKind = OTHER;
    at = start;
    while (at >= 0 && at < end) this.field(buf, end);
    if (at >= 0) return true;
    this.loseTrack();
    return false;
  }

  /** One representation (RFC 7541 §6). */
  private field(buf: Buffer, end: number): void {
    const first = buf[at]!;
    if ((first & 0x80) !== 0) {
      const index = integer(buf, end, 7);
      if (at < 0) return;
      if (index === 0 || index > STATIC_LEN + this.entries.length) {
        if (index === 0 || !this.isAstray) at = -1;
      } else if (index > STATIC_LEN) {
        const entry = this.entries[index - STATIC_LEN - 1]!;
        if (entry.value !== null) this.take(entry.kind, entry.value, entry.value.length);
      }
    } else if ((first & 0xe0) === 0x20) {
      this.resize(integer(buf, end, 5));
    } else {
      const isIndexed = (first & 0x40) !== 0;
      this.literal(buf, end, integer(buf, end, isIndexed ? 6 : 4), isIndexed);
    }
  }

  private literal(buf: Buffer, end: number, nameIndex: number, isIndexed: boolean): void {
    if (at < 0) return;
    let kind: Kind = OTHER;
    let nameLen = 0;
    if (nameIndex === 0) {
      nameLen = string(buf, end);
      if (textIs(AUTHORITY_TEXT)) kind = AUTHORITY;
      else if (textIs(HOST_TEXT)) kind = HOST;
    } else if (nameIndex <= STATIC_LEN) {
      nameLen = STATIC_NAMES[nameIndex]!.length;
      kind = nameIndex === STATIC_AUTHORITY ? AUTHORITY : nameIndex === STATIC_HOST ? HOST : OTHER;
    } else {
      const named = this.entries[nameIndex - STATIC_LEN - 1] ?? (this.isAstray ? UNKNOWN_ENTRY : null);
      if (named === null) {
        at = -1;
        return;
      }
      ({ kind, nameLen } = named);
    }
    if (at < 0) return;
    const valueLen = string(buf, end);
    if (at < 0) return;
    if (kind !== OTHER) this.take(kind, text, textLen);
    if (isIndexed) this.insert(kind, nameLen, valueLen);
  }

  private take(kind: Kind, value: Buffer, len: number): void {
    if (len === 0 || this.hostKind === AUTHORITY || kind === this.hostKind) return;
    this.hostKind = kind;
    this.hostLen = value.copy(this.host, 0, 0, len);
  }

  private insert(kind: Kind, nameLen: number, valueLen: number): void {
    const len = ENTRY_OVERHEAD + nameLen + valueLen;
    this.evictTo(this.maxTableLen - len);
    // An entry larger than the table only empties it (RFC 7541 §4.4).
    if (len > this.maxTableLen) return;
    const isKept = kind !== OTHER && valueLen === textLen;
    this.entries.unshift({ kind, nameLen, len, value: isKept ? Buffer.from(text.subarray(0, textLen)) : null });
    this.tableLen += len;
  }

  private resize(len: number): void {
    if (at < 0) return;
    if (len > MAX_TABLE_LEN) {
      at = -1;
      return;
    }
    this.maxTableLen = len;
    this.evictTo(len);
  }

  private evictTo(len: number): void {
    while (this.tableLen > len && this.entries.length > 0) this.tableLen -= this.entries.pop()!.len;
  }

  private forget(): void {
    this.entries.length = 0;
    this.tableLen = 0;
    this.hostLen = 0;
  }
}

/** An integer with a prefix of `prefixBits` (RFC 7541 §5.1); moves `at` on. */
function integer(buf: Buffer, end: number, prefixBits: number): number {
  const mask = (1 << prefixBits) - 1;
  let value = buf[at]! & mask;
  at++;
  if (value < mask) return value;
  for (let shift = 0; shift < 28; shift += 7) {
    if (at >= end) break;
    const byte = buf[at]!;
    at++;
    value += (byte & 0x7f) << shift;
    if (value > MAX_INTEGER) break;
    if ((byte & 0x80) === 0) return value;
  }
  at = -1;
  return 0;
}

/** A string literal (RFC 7541 §5.2) into `text`; returns its decoded length and moves `at` on. */
function string(buf: Buffer, end: number): number {
  if (at >= end) {
    at = -1;
    return 0;
  }
  const isHuffman = (buf[at]! & 0x80) !== 0;
  const len = integer(buf, end, 7);
  if (at < 0 || len > end - at) {
    at = -1;
    return 0;
  }
  const start = at;
  at += len;
  if (!isHuffman) {
    textLen = buf.copy(text, 0, start, start + len);
    return len;
  }
  const decodedLen = decodeHuffman(buf, start, start + len, text);
  if (decodedLen < 0) at = -1;
  textLen = Math.max(0, Math.min(decodedLen, text.length));
  return decodedLen;
}

function textIs(expected: Buffer): boolean {
  return textLen === expected.length && text.compare(expected, 0, expected.length, 0, textLen) === 0;
}
