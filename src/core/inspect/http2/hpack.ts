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

/** Entries that a table has room for without growing. */
const FIRST_ENTRIES = 32;
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
  private readonly table = new DynamicTable();
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
      if (index === 0 || index > STATIC_LEN + this.table.count) {
        if (index === 0 || !this.isAstray) cursor.fail();
      } else if (index > STATIC_LEN) {
        const slot = this.table.slotOf(index - STATIC_LEN - 1);
        const value = this.table.valueAt(slot);
        if (value !== null) this.take(this.table.kindAt(slot), value, value.length);
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
      nameLen = cursor.string(true);
      if (cursor.textIs(AUTHORITY_TEXT)) kind = AUTHORITY;
      else if (cursor.textIs(HOST_TEXT)) kind = HOST;
    } else if (nameIndex <= STATIC_LEN) {
      nameLen = STATIC_NAMES[nameIndex]!.length;
      kind = nameIndex === STATIC_AUTHORITY ? AUTHORITY : nameIndex === STATIC_HOST ? HOST : OTHER;
    } else {
      const index = nameIndex - STATIC_LEN - 1;
      if (index < this.table.count) {
        const slot = this.table.slotOf(index);
        kind = this.table.kindAt(slot);
        nameLen = this.table.nameLenAt(slot);
      } else if (!this.isAstray) {
        cursor.fail();
        return;
      }
    }
    if (cursor.isBroken) return;
    const valueLen = cursor.string(kind !== OTHER);
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
    this.table.evictTo(this.maxTableLen - len);
    // An entry larger than the table only empties it (RFC 7541 §4.4).
    if (len > this.maxTableLen) return;
    const isKept = kind !== OTHER && valueLen === cursor.textLen;
    this.table.add(kind, nameLen, len, isKept ? Buffer.from(cursor.text.subarray(0, cursor.textLen)) : null);
  }

  private resize(len: number): void {
    if (cursor.isBroken) return;
    if (len > MAX_TABLE_LEN) {
      cursor.fail();
      return;
    }
    this.maxTableLen = len;
    this.table.evictTo(len);
  }

  private forget(): void {
    this.table.clear();
    this.hostLen = 0;
  }
}

/** The dynamic table (RFC 7541 §2.3.2): a ring of entries, of which only hosts keep their value. */
class DynamicTable {
  count = 0;
  /** Sizes of all entries together. */
  private len = 0;
  private newest = 0;
  private kinds = new Uint8Array(FIRST_ENTRIES);
  private nameLens = new Int32Array(FIRST_ENTRIES);
  private lens = new Int32Array(FIRST_ENTRIES);
  private values = new Array<Buffer | null>(FIRST_ENTRIES).fill(null);

  /** Place of an entry, 0 for the newest. */
  slotOf(index: number): number {
    return (this.newest - index) & (this.lens.length - 1);
  }

  kindAt(slot: number): Kind {
    return this.kinds[slot] as Kind;
  }

  nameLenAt(slot: number): number {
    return this.nameLens[slot]!;
  }

  /** Null where it is of no use, or was too long to keep. */
  valueAt(slot: number): Buffer | null {
    return this.values[slot]!;
  }

  add(kind: Kind, nameLen: number, len: number, value: Buffer | null): void {
    if (this.count === this.lens.length) this.grow();
    this.newest = (this.newest + 1) & (this.lens.length - 1);
    this.kinds[this.newest] = kind;
    this.nameLens[this.newest] = nameLen;
    this.lens[this.newest] = len;
    this.values[this.newest] = value;
    this.len += len;
    this.count++;
  }

  /** Drops the oldest entries until the others are no larger than `len` together. */
  evictTo(len: number): void {
    while (this.len > len && this.count > 0) {
      const slot = this.slotOf(this.count - 1);
      this.len -= this.lens[slot]!;
      this.values[slot] = null;
      this.count--;
    }
  }

  clear(): void {
    this.evictTo(-1);
  }

  /** Twice the room; the oldest entry goes to the first slot. */
  private grow(): void {
    const { count, kinds, nameLens, lens, values } = this;
    const room = count * 2;
    this.kinds = new Uint8Array(room);
    this.nameLens = new Int32Array(room);
    this.lens = new Int32Array(room);
    this.values = new Array<Buffer | null>(room).fill(null);
    for (let i = 0; i < count; i++) {
      const slot = (this.newest - (count - 1 - i)) & (count - 1);
      this.kinds[i] = kinds[slot]!;
      this.nameLens[i] = nameLens[slot]!;
      this.lens[i] = lens[slot]!;
      this.values[i] = values[slot]!;
    }
    this.newest = count - 1;
  }
}
