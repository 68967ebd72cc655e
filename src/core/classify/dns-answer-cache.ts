/** Clients go on using an address for a while after its TTL (browsers keep addresses for a minute at least). */
const GRACE_MICROS = 60e6;
/** RFC 2181 §8 allows 68 years; nobody's cache does. */
const MAX_TTL_SECONDS = 86_400;
const INITIAL_ANSWERS = 256;

/** Words of an answer: two hashes, the name, and the end of its time as a double (the last two words). */
const KEY = 0;
const CHECK = 1;
const NAME = 2;
const EXPIRY = 4;
const WORDS_SHIFT = 3;
const WORDS = 8;

/**
 * Which name a client asked for when it was given an address: (client, server address) to NameTable id, until the
 * answer's TTL is over. Answers are kept in a ring in the order in which they came first; when it is full the oldest
 * makes room. So what is forgotten depends on the capture alone, never on the hashes.
 */
export class DnsAnswerCache {
  /** Ring of answers, grown by doubling up to `maxAnswers`; one in a cache line, seen as words and as doubles. */
  private words = new Int32Array(INITIAL_ANSWERS * WORDS);
  private doubles = new Float64Array(this.words.buffer);
  /** Open addressing over the ring: place + 1, 0 for none. Never more than half full. */
  private slots = new Int32Array(INITIAL_ANSWERS * 2);
  private size = 0;
  /** Place of the oldest answer once the ring is full. */
  private oldest = 0;
  /** Answers that were pushed out before their time. */
  evicted = 0;

  constructor(private readonly maxAnswers: number) {}

  /** `key` and `check` are two independent hashes of client and server address. */
  put(key: number, check: number, name: number, ttlSeconds: number, nowMicros: number): void {
    const known = this.find(key, check);
    const place = known >= 0 ? known : this.takePlace(key, check, nowMicros);
    if (place < 0) return;
    this.words[(place << WORDS_SHIFT) + NAME] = name;
    this.doubles[expiryAt(place)] = nowMicros + Math.min(ttlSeconds, MAX_TTL_SECONDS) * 1e6 + GRACE_MICROS;
  }

  /** The name, 0 when no answer in force is known. */
  get(key: number, check: number, nowMicros: number): number {
    const place = this.find(key, check);
    return place >= 0 && this.doubles[expiryAt(place)]! >= nowMicros ? this.words[(place << WORDS_SHIFT) + NAME]! : 0;
  }

  /** Sets `pinned[name]` to 1 for every name in the cache. */
  pin(pinned: Uint8Array): void {
    for (let place = 0; place < this.size; place++) pinned[this.words[(place << WORDS_SHIFT) + NAME]!] = 1;
  }

  private find(key: number, check: number): number {
    const { slots, words } = this;
    const mask = slots.length - 1;
    for (let slot = key & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const place = slots[slot]! - 1;
      const w = place << WORDS_SHIFT;
      if (words[w + KEY] === key && words[w + CHECK] === check) return place;
    }
    return -1;
  }

  private takePlace(key: number, check: number, nowMicros: number): number {
    let place = this.size;
    if (this.size < this.maxAnswers) {
      if (this.size << WORDS_SHIFT === this.words.length) this.grow();
      this.size++;
    } else {
      if (this.size === 0) return -1;
      place = this.oldest;
      this.oldest = (this.oldest + 1) % this.size;
      if (this.doubles[expiryAt(place)]! > nowMicros) this.evicted++;
      this.unlink(place);
    }
    this.words[(place << WORDS_SHIFT) + KEY] = key;
    this.words[(place << WORDS_SHIFT) + CHECK] = check;
    this.link(place);
    return place;
  }

  private link(place: number): void {
    const mask = this.slots.length - 1;
    let slot = this.keyOf(place) & mask;
    while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
    this.slots[slot] = place + 1;
  }

  /** Backward shift, so that no tombstones pile up. */
  private unlink(place: number): void {
    const { slots } = this;
    const mask = slots.length - 1;
    let hole = this.keyOf(place) & mask;
    while (slots[hole] !== place + 1) hole = (hole + 1) & mask;
    for (let next = (hole + 1) & mask; slots[next] !== 0; next = (next + 1) & mask) {
      const home = this.keyOf(slots[next]! - 1) & mask;
      if (((next - home) & mask) >= ((next - hole) & mask)) {
        slots[hole] = slots[next]!;
        hole = next;
      }
    }
    slots[hole] = 0;
  }

  private keyOf(place: number): number {
    return this.words[(place << WORDS_SHIFT) + KEY]!;
  }

  private grow(): void {
    const { words } = this;
    this.words = new Int32Array(words.length * 2);
    this.words.set(words);
    this.doubles = new Float64Array(this.words.buffer);
    this.slots = new Int32Array(this.slots.length * 2);
    for (let place = 0; place < this.size; place++) this.link(place);
  }
}

function expiryAt(place: number): number {
  return ((place << WORDS_SHIFT) + EXPIRY) >> 1;
}
