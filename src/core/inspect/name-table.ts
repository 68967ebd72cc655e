import { hashName } from '../common/half-sip-hash.js';
import { HashSlots } from '../common/hash-slots.js';
import { NameRecords } from './name-records.js';

export { UNCLASSIFIED } from './name-records.js';

/** Longest name kept, in bytes; longer ones are cut (a DNS name has 255 at most, a Host header may have more). */
export const MAX_NAME_LEN = 4096;
const DOT = 0x2e;
/** Names whose text is remembered: a name is written many times, but there may be more names than memory. */
const MAX_TEXTS = 1 << 16;
/** Bytes of names kept, for each of the most names: more than real names have, so that only absurd ones fill it. */
const LEN_PER_NAME = 64;
/** At least one name in 2^4 is forgotten at a time. */
const FREED_SHIFT = 4;

/**
 * Every distinct host name of a capture once: names come in as wire bytes, are put into lower case without a trailing
 * dot, and are known by a small id from then on. Strings are made only for output.
 */
export class NameTable {
  readonly records = new NameRecords();
  private readonly slots = new HashSlots();
  private readonly texts: (string | undefined)[] = [];
  /** Ids run from 1 to `size`; those of forgotten names are free until they are given to others (see `isFree`). */
  size = 0;
  /** Names at present. */
  used = 0;
  /** Names that came while the table was full, counted at each sighting. */
  refused = 0;
  /** Names that made room for others. */
  forgotten = 0;
  /** Names that came for the first time, whether taken in or refused. */
  asked = 0;
  private readonly freeIds: number[] = [];
  private amounts = new Float64Array(0);

  constructor(
    private readonly maxNames: number,
    private readonly seed: number,
  ) {}

  /** Id of the name in `buf[start, end)`; 0 for an empty name or a full table. */
  intern(buf: Buffer, start: number, end: number): number {
    while (end > start && buf[end - 1] === DOT) end--;
    if (end - start > MAX_NAME_LEN) end = start + MAX_NAME_LEN;
    if (end <= start) return 0;
    const hash = hashName(buf, start, end, this.seed);
    const { slots, records } = this;
    for (let slot = slots.first(hash); slot >= 0; slot = slots.next(slot, hash)) {
      const id = slots.entryAt(slot);
      if (records.equals(id, buf, start, end)) return id;
    }
    return this.insert(buf, start, end, hash);
  }

  /** Entry of the app table that the name matches, -1 for none, UNCLASSIFIED until it is looked up. */
  appEntryOf(id: number): number {
    return this.records.appEntryOf(id);
  }

  setAppEntry(id: number, entry: number): void {
    this.records.setAppEntry(id, entry);
  }

  /** Counts a connection of the name. */
  add(id: number, packets: number, bytes: number): void {
    this.records.add(id, packets, bytes);
  }

  connectionsOf(id: number): number {
    return this.records.connectionsOf(id);
  }

  packetsOf(id: number): number {
    return this.records.packetsOf(id);
  }

  bytesOf(id: number): number {
    return this.records.bytesOf(id);
  }

  /** True when the next new name would be refused. */
  get isFull(): boolean {
    return this.used >= this.maxNames || this.records.namesLen >= this.maxNames * LEN_PER_NAME;
  }

  /** True when it is time to call `forget`. */
  get isNearlyFull(): boolean {
    return this.used * 16 >= this.maxNames * 15 || this.records.namesLen * 16 >= this.maxNames * LEN_PER_NAME * 15;
  }

  /** True for an id that stands for no name at present. */
  isFree(id: number): boolean {
    return this.records.lenOf(id) === 0;
  }

  /**
   * Forgets, of the names that `pinned` (by id) does not name, the half with the fewest bytes, those with equally many
   * included; more where that makes too little room. Their ids may stand for other names afterwards.
   */
  forget(pinned: Uint8Array): void {
    // Reused: V8 collects memory outside of its heap late.
    if (this.amounts.length < this.used) this.amounts = new Float64Array(this.records.capacity);
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
    this.records.compact(this.size);
  }

  /** The bytes of name `id`, from `startOf` to `endOf`: valid until the next `intern` or `forget`. */
  bufOf(id: number): Buffer {
    return this.records.bufOf(id);
  }

  startOf(id: number): number {
    return this.records.startOf(id);
  }

  endOf(id: number): number {
    return this.startOf(id) + this.records.lenOf(id);
  }

  /** The name as text; bytes that are not UTF-8 become U+FFFD. */
  text(id: number): string {
    if (id >= MAX_TEXTS) return this.decode(id);
    this.texts[id] ??= this.decode(id);
    return this.texts[id];
  }

  /**
   * True when name `id` is the one in `buf[start, end)`, in any case and with any trailing dots: cheaper than `intern`.
   */
  is(id: number, buf: Buffer, start: number, end: number): boolean {
    while (end > start && buf[end - 1] === DOT) end--;
    return this.records.equals(id, buf, start, end);
  }

  /** True for a name with control characters, or with bytes that are not UTF-8. */
  isDamaged(id: number): boolean {
    const buf = this.bufOf(id);
    const end = this.endOf(id);
    let isAscii = true;
    for (let i = this.startOf(id); i < end; i++) {
      const byte = buf[i]!;
      if (byte < 0x20 || byte === 0x7f) return true;
      if (byte > 0x7f) isAscii = false;
    }
    return !isAscii && this.text(id).includes('\ufffd');
  }

  private decode(id: number): string {
    const buf = this.bufOf(id);
    const start = this.startOf(id);
    const end = this.endOf(id);
    for (let i = start; i < end; i++) if (buf[i]! > 127) return buf.toString('utf8', start, end);
    return buf.toString('latin1', start, end);
  }

  private insert(buf: Buffer, start: number, end: number, hash: number): number {
    this.asked++;
    if (this.isFull) {
      this.refused++;
      return 0;
    }
    const id = this.freeIds.pop() ?? ++this.size;
    this.used++;
    this.records.set(id, buf, start, end);
    this.slots.add(id, hash);
    return id;
  }

  private free(id: number): void {
    this.slots.remove(id, hashName(this.bufOf(id), this.startOf(id), this.endOf(id), this.seed));
    this.records.clear(id);
    if (id < this.texts.length) this.texts[id] = undefined;
    this.freeIds.push(id);
    this.used--;
    this.forgotten++;
  }
}
