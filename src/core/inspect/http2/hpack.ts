import { HpackCursor } from './hpack-cursor.js';
import { STATIC_AUTHORITY, STATIC_HOST, STATIC_LEN, STATIC_NAMES } from './static-table.js';

/** HPACK (RFC 7541), as far as the host of every request needs it. */

/** The table's size until the peer allows another, and the most that is followed (RFC 7541 §4.2, §6.3). */
const DEFAULT_TABLE_LEN = 4096;
const MAX_TABLE_LEN = 65_536;
/** What an entry counts beside its name and value (RFC 7541 §4.1). */
const ENTRY_OVERHEAD = 32;
const MAX_VALUE_LEN = 4096;

/** Kinds of fields: only the two that name the host are told apart. */
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

/**
 * Reads the blocks of all connections: `decode` calls no other decoder, and nothing in it survives the call. A cursor
 * for each connection would double the memory that a connection takes.
 */
const cursor = new HpackCursor(MAX_VALUE_LEN);

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
  /** A block was missed: the meaning of indexes into the dynamic table is unknown from there on. */
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

  /** Reads the header block `buf[start, end)`. False for a broken one: the decoder has lost track then. */
  decode(buf: Buffer, start: number, end: number): boolean {
    this.hostLen = 0;
    this.hostKind = OTHER;
    cursor.begin(buf, start, end);
    while (!cursor.isBroken && !cursor.isAtEnd) this.field();
    const isRead = !cursor.isBroken;
    cursor.release();
    if (!isRead) this.loseTrack();
    return isRead;
  }

  /** One representation (RFC 7541 §6). */
  private field(): void {
    const first = cursor.byte;
    if ((first & 0x80) !== 0) {
      const index = cursor.integer(7);
      if (cursor.isBroken) return;
      if (index === 0 || index > STATIC_LEN + this.entries.length) {
        if (index === 0 || !this.isAstray) cursor.fail();
      } else if (index > STATIC_LEN) {
        const entry = this.entries[index - STATIC_LEN - 1]!;
        if (entry.value !== null) this.take(entry.kind, entry.value, entry.value.length);
      }
    } else if ((first & 0xe0) === 0x20) {
      this.resize(cursor.integer(5));
    } else {
      const isIndexed = (first & 0x40) !== 0;
      this.literal(cursor.integer(isIndexed ? 6 : 4), isIndexed);
    }
  }

  private literal(nameIndex: number, isIndexed: boolean): void {
    if (cursor.isBroken) return;
    let kind: Kind = OTHER;
    let nameLen = 0;
    if (nameIndex === 0) {
      nameLen = cursor.string();
      if (cursor.textIs(AUTHORITY_TEXT)) kind = AUTHORITY;
      else if (cursor.textIs(HOST_TEXT)) kind = HOST;
    } else if (nameIndex <= STATIC_LEN) {
      nameLen = STATIC_NAMES[nameIndex]!.length;
      kind = nameIndex === STATIC_AUTHORITY ? AUTHORITY : nameIndex === STATIC_HOST ? HOST : OTHER;
    } else {
      const named = this.entries[nameIndex - STATIC_LEN - 1] ?? (this.isAstray ? UNKNOWN_ENTRY : null);
      if (named === null) {
        cursor.fail();
        return;
      }
      ({ kind, nameLen } = named);
    }
    if (cursor.isBroken) return;
    const valueLen = cursor.string();
    if (cursor.isBroken) return;
    if (kind !== OTHER) this.take(kind, cursor.text, cursor.textLen);
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
    const isKept = kind !== OTHER && valueLen === cursor.textLen;
    this.entries.unshift({
      kind,
      nameLen,
      len,
      value: isKept ? Buffer.from(cursor.text.subarray(0, cursor.textLen)) : null,
    });
    this.tableLen += len;
  }

  private resize(len: number): void {
    if (cursor.isBroken) return;
    if (len > MAX_TABLE_LEN) {
      cursor.fail();
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
