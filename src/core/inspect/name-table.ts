/** Longest name kept; what the wire says beyond is cut (a DNS name has 255 bytes at most, a Host header may have more). */
export const MAX_NAME_LEN = 4096;
const INITIAL_NAMES = 1024;
const INITIAL_ARENA = 1 << 15;
const DOT = 0x2e;
/** Names whose text is remembered: a name is written many times, but there may be more names than memory. */
const MAX_TEXTS = 1 << 16;
/** Bytes of names kept, for each of the most names: more than names have, so that only absurd ones fill it. */
const ARENA_LEN_PER_NAME = 64;
/** At least one name in 2^4 is to be forgotten at a time. */
const FREED_SHIFT = 4;

/** `appEntryOf` a name that has not been classified. */
export const UNCLASSIFIED = -2;

/** Words of a name's record: hash, place in the arena, length in bytes (0 for a free id), entry of the app table. */
const HASH = 0;
const OFFSET = 1;
const LEN = 2;
const APP_ENTRY = 3;
const RECORD_SHIFT = 2;
const RECORD_WORDS = 1 << RECORD_SHIFT;

/** What is summed up of a name's connections. */
const CONNECTIONS = 0;
const PACKETS = 1;
const BYTES = 2;
const SUMS_SHIFT = 2;
const SUMS = 1 << SUMS_SHIFT;

/**
 * Every distinct host name of a capture once: names come in as wire bytes, are put into lower case without a trailing
 * dot, and are known by a small id from then on. Strings are made only for output.
 */
export class NameTable {
  private arena = Buffer.allocUnsafeSlow(INITIAL_ARENA);
  private arenaLen = 0;
  /** RECORD_WORDS for each id, so that a look-up touches one cache line of them. */
  private records = emptyRecords(INITIAL_NAMES);
  /** SUMS for each id, likewise. */
  private sums = new Float64Array(INITIAL_NAMES * SUMS);
  private slots = new Int32Array(INITIAL_NAMES * 2);
  private readonly texts: (string | undefined)[] = [];
  /** Ids run from 1 to `size`; those of forgotten names are free until they are given to others (see `isFree`). */
  size = 0;
  /** Names at present. */
  used = 0;
  /** Names that came while the table was full, counted at each sighting. */
  refused = 0;
  /** Names that made room for others. */
  forgotten = 0;
  /** Names that came for the first time: taken in or refused. */
  asked = 0;
  private readonly freeIds: number[] = [];
  private amounts = new Float64Array(0);
  /** Bytes of forgotten names that are still in the arena. */
  private wastedLen = 0;

  constructor(
    private readonly maxNames: number,
    private readonly seed: number,
  ) {}

  /** Id of the name in `buf[start, end)`; 0 for an empty name or a full table. */
  intern(buf: Buffer, start: number, end: number): number {
    while (end > start && buf[end - 1] === DOT) end--;
    if (end - start > MAX_NAME_LEN) end = start + MAX_NAME_LEN;
    if (end <= start) return 0;
    let hash = this.seed;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ lower(buf[i]!), 0x01000193);
    hash ^= hash >>> 15;
    const { slots, records } = this;
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (let id = slots[slot]!; id !== 0; id = slots[slot]!) {
      if (records[(id << RECORD_SHIFT) + HASH] === hash && this.equals(id, buf, start, end)) return id;
      slot = (slot + 1) & mask;
    }
    return this.insert(buf, start, end, hash);
  }

  /** Entry of the app table that the name matches, -1 for none, UNCLASSIFIED before anybody looked. */
  appEntryOf(id: number): number {
    return this.records[(id << RECORD_SHIFT) + APP_ENTRY]!;
  }

  setAppEntry(id: number, entry: number): void {
    this.records[(id << RECORD_SHIFT) + APP_ENTRY] = entry;
  }

  /** Counts a connection of the name. */
  add(id: number, packets: number, bytes: number): void {
    const { sums } = this;
    const at = id << SUMS_SHIFT;
    sums[at + CONNECTIONS]!++;
    sums[at + PACKETS]! += packets;
    sums[at + BYTES]! += bytes;
  }

  connectionsOf(id: number): number {
    return this.sums[(id << SUMS_SHIFT) + CONNECTIONS]!;
  }

  packetsOf(id: number): number {
    return this.sums[(id << SUMS_SHIFT) + PACKETS]!;
  }

  bytesOf(id: number): number {
    return this.sums[(id << SUMS_SHIFT) + BYTES]!;
  }

  /** True when the next new name would be refused. */
  get isFull(): boolean {
    return this.used >= this.maxNames || this.arenaLen >= this.maxNames * ARENA_LEN_PER_NAME;
  }

  /** True when it is time to forget some. */
  get isNearlyFull(): boolean {
    return this.used * 16 >= this.maxNames * 15 || this.arenaLen * 16 >= this.maxNames * ARENA_LEN_PER_NAME * 15;
  }

  /** True for an id that stands for no name at present. */
  isFree(id: number): boolean {
    return this.lenOf(id) === 0;
  }

  /**
   * Forgets, of the names that `pinned` (by id) does not name, the half with the fewest bytes, those with equally many
   * included; more where that makes too little room. Their ids may stand for other names afterwards.
   */
  forget(pinned: Uint8Array): void {
    // Used again each time: what lies outside of V8's heap is collected late.
    if (this.amounts.length < this.used) this.amounts = new Float64Array(this.capacity);
    const { amounts } = this;
    let count = 0;
    for (let id = 1; id <= this.size; id++)
      if (!this.isFree(id) && pinned[id] === 0) amounts[count++] = this.bytesOf(id);
    if (count === 0) return;
    const wanted = Math.max(count >> 1, this.maxNames >> FREED_SHIFT);
    const most = amounts.subarray(0, count).sort()[Math.min(wanted, count - 1)]!;
    // Downwards, so that the lowest ids are given out first.
    for (let id = this.size; id >= 1; id--) {
      if (!this.isFree(id) && pinned[id] === 0 && this.bytesOf(id) <= most) this.free(id);
    }
    if (this.wastedLen * 2 > this.arenaLen) this.compact();
  }

  /** The bytes of name `id`: valid until the next `intern` or `forget`. */
  bufOf(): Buffer {
    return this.arena;
  }

  startOf(id: number): number {
    return this.records[(id << RECORD_SHIFT) + OFFSET]!;
  }

  endOf(id: number): number {
    return this.startOf(id) + this.lenOf(id);
  }

  /** The name as text; bytes that are not UTF-8 become U+FFFD. */
  text(id: number): string {
    if (id >= MAX_TEXTS) return this.decode(id);
    this.texts[id] ??= this.decode(id);
    return this.texts[id]!;
  }

  /** True when name `id` is the one in `buf[start, end)`, in any case and with any trailing dots: cheaper than `intern`. */
  is(id: number, buf: Buffer, start: number, end: number): boolean {
    while (end > start && buf[end - 1] === DOT) end--;
    return this.equals(id, buf, start, end);
  }

  private decode(id: number): string {
    const start = this.startOf(id);
    const end = this.endOf(id);
    for (let i = start; i < end; i++) if (this.arena[i]! > 127) return this.arena.toString('utf8', start, end);
    return this.arena.toString('latin1', start, end);
  }

  /** True for a name with control characters, or with bytes that are not UTF-8. */
  isDamaged(id: number): boolean {
    const end = this.endOf(id);
    let isAscii = true;
    for (let i = this.startOf(id); i < end; i++) {
      const byte = this.arena[i]!;
      if (byte < 0x20 || byte === 0x7f) return true;
      if (byte > 0x7f) isAscii = false;
    }
    return !isAscii && this.text(id).includes('\ufffd');
  }

  private equals(id: number, buf: Buffer, start: number, end: number): boolean {
    if (this.lenOf(id) !== end - start) return false;
    const { arena } = this;
    let at = this.startOf(id);
    for (let i = start; i < end; i++) if (arena[at++] !== lower(buf[i]!)) return false;
    return true;
  }

  private lenOf(id: number): number {
    return this.records[(id << RECORD_SHIFT) + LEN]!;
  }

  /** Ids that there is room for. */
  private get capacity(): number {
    return this.records.length >> RECORD_SHIFT;
  }

  private insert(buf: Buffer, start: number, end: number, hash: number): number {
    this.asked++;
    if (this.isFull) {
      this.refused++;
      return 0;
    }
    const id = this.freeIds.pop() ?? ++this.size;
    if (id >= this.capacity) this.growNames();
    this.used++;
    const len = end - start;
    if (this.arenaLen + len > this.arena.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.arena.length * 2, this.arenaLen + len));
      this.arena.copy(larger, 0, 0, this.arenaLen);
      this.arena = larger;
    }
    let at = this.arenaLen;
    const record = id << RECORD_SHIFT;
    this.records[record + HASH] = hash;
    this.records[record + OFFSET] = at;
    this.records[record + LEN] = len;
    for (let i = start; i < end; i++) this.arena[at++] = lower(buf[i]!);
    this.arenaLen = at;
    if ((this.used + 1) * 2 > this.slots.length) this.growSlots();
    else this.link(id);
    return id;
  }

  private free(id: number): void {
    this.unlink(id);
    this.wastedLen += this.lenOf(id);
    this.records[(id << RECORD_SHIFT) + LEN] = 0;
    this.setAppEntry(id, UNCLASSIFIED);
    this.sums.fill(0, id << SUMS_SHIFT, (id + 1) << SUMS_SHIFT);
    if (id < this.texts.length) this.texts[id] = undefined;
    this.freeIds.push(id);
    this.used--;
    this.forgotten++;
  }

  /** Moves the names that are left together. */
  private compact(): void {
    const len = this.arenaLen - this.wastedLen;
    const arena = Buffer.allocUnsafeSlow(Math.max(INITIAL_ARENA, len * 2));
    let at = 0;
    for (let id = 1; id <= this.size; id++) {
      if (this.isFree(id)) continue;
      this.arena.copy(arena, at, this.startOf(id), this.endOf(id));
      this.records[(id << RECORD_SHIFT) + OFFSET] = at;
      at += this.lenOf(id);
    }
    this.arena = arena;
    this.arenaLen = at;
    this.wastedLen = 0;
  }

  private link(id: number): void {
    const mask = this.slots.length - 1;
    let slot = this.hashOf(id) & mask;
    while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
    this.slots[slot] = id;
  }

  /** Backward shift, so that no tombstones pile up. */
  private unlink(id: number): void {
    const { slots } = this;
    const mask = slots.length - 1;
    let hole = this.hashOf(id) & mask;
    while (slots[hole] !== id) hole = (hole + 1) & mask;
    for (let next = (hole + 1) & mask; slots[next] !== 0; next = (next + 1) & mask) {
      const home = this.hashOf(slots[next]!) & mask;
      if (((next - home) & mask) >= ((next - hole) & mask)) {
        slots[hole] = slots[next]!;
        hole = next;
      }
    }
    slots[hole] = 0;
  }

  private growSlots(): void {
    this.slots = new Int32Array(this.slots.length * 2);
    for (let id = 1; id <= this.size; id++) if (!this.isFree(id)) this.link(id);
  }

  private hashOf(id: number): number {
    return this.records[(id << RECORD_SHIFT) + HASH]!;
  }

  private growNames(): void {
    const { records, sums, capacity } = this;
    this.records = emptyRecords(capacity * 2);
    this.records.set(records);
    this.sums = new Float64Array(sums.length * 2);
    this.sums.set(sums);
  }
}

function emptyRecords(count: number): Int32Array {
  const records = new Int32Array(count * RECORD_WORDS);
  for (let at = APP_ENTRY; at < records.length; at += RECORD_WORDS) records[at] = UNCLASSIFIED;
  return records;
}

function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte;
}
