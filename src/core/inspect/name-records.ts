const INITIAL_NAMES = 1024;
/** The arena has a power of two bytes, and room for one more name: its bound may be passed by less than one. */
const INITIAL_ARENA = 1 << 12;
const SPARE_LEN = 1 << 12;

/** `appEntryOf` a name that has not been classified. */
export const UNCLASSIFIED = -2;

/**
 * A name's record is as long as a cache line: words, two doubles, and the name itself where it is short. Longer names
 * lie in the arena.
 */
const RECORD_LEN = 64;
const WORDS_SHIFT = 4;
const DOUBLES_SHIFT = 3;
/** Words: length in bytes (0 for a free id), entry of the app table, place in the arena, connections. */
const LEN = 0;
const APP_ENTRY = 1;
const OFFSET = 2;
const CONNECTIONS = 3;
/** Doubles. */
const PACKETS = 2;
const BYTES = 3;
/** Above all ids. With a place of 31 bits, of which five tell no long name from another, a double holds both. */
const PLACE_UNIT = 2 ** 26;
const INLINE_START = 32;
const INLINE_LEN = RECORD_LEN - INLINE_START;

/** The records of names, by id: the bytes in lower case, the app, and sums over the name's connections. */
export class NameRecords {
  private buf!: Buffer;
  private words!: Int32Array;
  private doubles!: Float64Array;
  private arena = Buffer.allocUnsafeSlow(INITIAL_ARENA + SPARE_LEN);
  private arenaLen = 0;
  /** Bytes of cleared names that are still in the arena. */
  private wastedLen = 0;
  /** Bytes of all names. */
  namesLen = 0;

  constructor() {
    this.take(new ArrayBuffer(INITIAL_NAMES * RECORD_LEN));
  }

  /** Ids that there is room for, 0 included. */
  get capacity(): number {
    return this.words.length >> WORDS_SHIFT;
  }

  /** Makes the free id stand for the name `buf[start, end)`, which is not empty. */
  set(id: number, buf: Buffer, start: number, end: number): void {
    if (id >= this.capacity) this.grow();
    const len = end - start;
    const w = id << WORDS_SHIFT;
    this.words[w + LEN] = len;
    this.words[w + APP_ENTRY] = UNCLASSIFIED;
    this.namesLen += len;
    let at = id * RECORD_LEN + INLINE_START;
    if (len > INLINE_LEN) {
      at = this.roomFor(len);
      this.words[w + OFFSET] = at;
    }
    const into = this.bufOf(id);
    for (let i = start; i < end; i++) into[at++] = lower(buf[i]!);
  }

  /** Makes the id free. `compact` makes its room free. */
  clear(id: number): void {
    const len = this.lenOf(id);
    this.namesLen -= len;
    if (len > INLINE_LEN) this.wastedLen += len;
    this.words.fill(0, id << WORDS_SHIFT, (id + 1) << WORDS_SHIFT);
  }

  /** Length of the name in bytes; 0 for a free id. */
  lenOf(id: number): number {
    return this.words[id << WORDS_SHIFT]!;
  }

  /** The buffer in which the name lies; valid until the next `set` or `compact`. */
  bufOf(id: number): Buffer {
    return this.lenOf(id) > INLINE_LEN ? this.arena : this.buf;
  }

  startOf(id: number): number {
    return this.lenOf(id) > INLINE_LEN ? this.words[(id << WORDS_SHIFT) + OFFSET]! : id * RECORD_LEN + INLINE_START;
  }

  /** True when the name is `buf[start, end)` in any case. */
  equals(id: number, buf: Buffer, start: number, end: number): boolean {
    if (this.lenOf(id) !== end - start) return false;
    const own = this.bufOf(id);
    let at = this.startOf(id);
    for (let i = start; i < end; i++) if (own[at++] !== lower(buf[i]!)) return false;
    return true;
  }

  appEntryOf(id: number): number {
    return this.words[(id << WORDS_SHIFT) + APP_ENTRY]!;
  }

  setAppEntry(id: number, entry: number): void {
    this.words[(id << WORDS_SHIFT) + APP_ENTRY] = entry;
  }

  /** Counts a connection of the name. */
  add(id: number, packets: number, bytes: number): void {
    const { doubles } = this;
    const d = id << DOUBLES_SHIFT;
    this.words[(id << WORDS_SHIFT) + CONNECTIONS]!++;
    doubles[d + PACKETS]! += packets;
    doubles[d + BYTES]! += bytes;
  }

  /** Modulo 2^32. */
  connectionsOf(id: number): number {
    return this.words[(id << WORDS_SHIFT) + CONNECTIONS]! >>> 0;
  }

  packetsOf(id: number): number {
    return this.doubles[(id << DOUBLES_SHIFT) + PACKETS]!;
  }

  bytesOf(id: number): number {
    return this.doubles[(id << DOUBLES_SHIFT) + BYTES]!;
  }

  /** Moves the long names of the ids up to `lastId` together where they lie, once a quarter of the arena is waste. */
  compact(lastId: number): void {
    if (this.wastedLen * 4 <= this.arenaLen) return;
    const { arena } = this;
    let at = 0;
    for (const order of this.longNamesByPlace(lastId)) {
      const id = order % PLACE_UNIT;
      const len = this.lenOf(id);
      const offset = this.startOf(id);
      arena.copyWithin(at, offset, offset + len);
      this.words[(id << WORDS_SHIFT) + OFFSET] = at;
      at += len;
    }
    this.arenaLen = at;
    this.wastedLen = 0;
  }

  /**
   * In order, as `place * PLACE_UNIT + id`: native sorting of numbers, without a comparator. Places count in
   * INLINE_LEN bytes, of which a long name takes more than one.
   */
  private longNamesByPlace(lastId: number): Float64Array {
    const order = new Float64Array(lastId);
    let count = 0;
    for (let id = 1; id <= lastId; id++) {
      if (this.lenOf(id) > INLINE_LEN) order[count++] = Math.floor(this.startOf(id) / INLINE_LEN) * PLACE_UNIT + id;
    }
    return order.subarray(0, count).sort();
  }

  private roomFor(len: number): number {
    const at = this.arenaLen;
    if (at + len > this.arena.length) {
      const doubled = 2 * (this.arena.length - SPARE_LEN) + SPARE_LEN;
      const larger = Buffer.allocUnsafeSlow(Math.max(doubled, at + len));
      this.arena.copy(larger, 0, 0, at);
      this.arena = larger;
    }
    this.arenaLen = at + len;
    return at;
  }

  private grow(): void {
    const { buf } = this;
    this.take(new ArrayBuffer(buf.length * 2));
    buf.copy(this.buf);
  }

  private take(memory: ArrayBuffer): void {
    this.buf = Buffer.from(memory);
    this.words = new Int32Array(memory);
    this.doubles = new Float64Array(memory);
  }
}

/** ASCII in lower case. */
function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte;
}
