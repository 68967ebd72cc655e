import { HashSlots } from '../common/hash-slots.js';

/** Clients go on using an address for a while after its TTL (browsers keep addresses for a minute at least). */
const GRACE_MICROS = 60e6;
/** RFC 2181 §8 allows 68 years; caches keep answers far shorter. */
const MAX_TTL_SECONDS = 86_400;
const INITIAL_ANSWERS = 256;

/** Words of an answer: the second hash, the name, and the end of its time as a double. */
const CHECK = 0;
const NAME = 1;
const EXPIRY = 2;
const WORDS_SHIFT = 2;
const WORDS = 1 << WORDS_SHIFT;

/**
 * Which name a client asked for when it was given an address: (client, server address) to NameTable id, until the
 * answer's TTL is over. Answers are kept in a ring in the order in which they came first; when it is full the oldest
 * makes room. So what is forgotten depends on the capture alone, never on the hashes.
 */
export class DnsAnswerCache {
  /** Ring of answers, grown by doubling up to `maxAnswers`; seen as words and as doubles. */
  private words = new Int32Array(INITIAL_ANSWERS * WORDS);
  private doubles = new Float64Array(this.words.buffer);
  /** First hash of each, apart: only whoever takes an answer out of the slots needs it. */
  private keys = new Int32Array(INITIAL_ANSWERS);
  /** Place + 1 of each, by first hash. */
  private readonly slots = new HashSlots();
  private size = 0;
  /** Place of the oldest answer once the ring is full. */
  private oldest = 0;
  /** Answers that were pushed out before their time. */
  evicted = 0;

  constructor(private readonly maxAnswers: number) {}

  /**
   * Loads what `put` will look at for the first `count` of `keys`, and for the answers that make room for them:
   * independent loads, whose cache misses overlap. Returns a sum, so that nothing of it can be left out.
   */
  touch(keys: Int32Array, count: number): number {
    const { slots } = this;
    let sum = 0;
    for (let n = 0; n < count; n++) sum ^= slots.home(keys[n]!);
    if (this.size < this.maxAnswers || count > this.size) return sum & 1;
    for (let n = 0; n < count; n++) {
      const place = this.oldest + n < this.size ? this.oldest + n : this.oldest + n - this.size;
      sum ^= slots.home(this.keys[place]!);
    }
    return sum & 1;
  }

  /** `key` and `check` are two independent hashes of client and server address. */
  put(key: number, check: number, name: number, ttlSeconds: number, nowMicros: number): void {
    const known = this.find(key, check);
    const place = known >= 0 ? known : this.takePlace(key, check, nowMicros);
    if (place < 0) return;
    this.words[(place << WORDS_SHIFT) + NAME] = name;
    this.doubles[expiryAt(place)] = nowMicros + Math.min(ttlSeconds, MAX_TTL_SECONDS) * 1e6 + GRACE_MICROS;
  }

  /** The name of the answer that `find` found, 0 when it is not in force any more. */
  nameAt(place: number, nowMicros: number): number {
    return this.doubles[expiryAt(place)]! >= nowMicros ? this.words[(place << WORDS_SHIFT) + NAME]! : 0;
  }

  /** Sets `pinned[name]` to 1 for every name in the cache. */
  pin(pinned: Uint8Array): void {
    for (let place = 0; place < this.size; place++) pinned[this.words[(place << WORDS_SHIFT) + NAME]!] = 1;
  }

  /** Place of the answer, in force or not; -1 when none is known. Valid until the next `put`. */
  find(key: number, check: number): number {
    const { slots, words } = this;
    for (let slot = slots.first(key); slot >= 0; slot = slots.next(slot, key)) {
      const place = slots.entryAt(slot) - 1;
      if (words[(place << WORDS_SHIFT) + CHECK] === check) return place;
    }
    return -1;
  }

  private takePlace(key: number, check: number, nowMicros: number): number {
    let place = this.size;
    if (this.size < this.maxAnswers) {
      if (this.size === this.keys.length) this.grow();
      this.size++;
    } else {
      if (this.size === 0) return -1;
      place = this.oldest;
      this.oldest = (this.oldest + 1) % this.size;
      if (this.doubles[expiryAt(place)]! > nowMicros) this.evicted++;
      this.slots.remove(place + 1, this.keys[place]!);
    }
    this.keys[place] = key;
    this.words[(place << WORDS_SHIFT) + CHECK] = check;
    this.slots.add(place + 1, key);
    return place;
  }

  private grow(): void {
    const { words, keys } = this;
    this.words = new Int32Array(words.length * 2);
    this.words.set(words);
    this.doubles = new Float64Array(this.words.buffer);
    this.keys = new Int32Array(keys.length * 2);
    this.keys.set(keys);
  }
}

function expiryAt(place: number): number {
  return ((place << WORDS_SHIFT) + EXPIRY) >> 1;
}
