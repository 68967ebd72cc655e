/** Clients go on using an address for a while after its TTL (browsers keep addresses for a minute at least). */
const GRACE_MICROS = 60e6;
/** RFC 2181 §8 allows 68 years; nobody's cache does. */
const MAX_TTL_SECONDS = 86_400;
const INITIAL_ANSWERS = 256;

/**
 * Which name a client asked for when it was given an address: (client, server address) to NameTable id, until the
 * answer's TTL is over. Answers are kept in a ring in the order in which they came first; when it is full the oldest
 * makes room. So what is forgotten depends on the capture alone, never on the hashes.
 */
export class DnsAnswerCache {
  /** Ring, grown by doubling up to `maxAnswers`. */
  private keys = new Int32Array(INITIAL_ANSWERS);
  private checks = new Int32Array(INITIAL_ANSWERS);
  private names = new Int32Array(INITIAL_ANSWERS);
  private expiry = new Float64Array(INITIAL_ANSWERS);
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
    this.names[place] = name;
    this.expiry[place] = nowMicros + Math.min(ttlSeconds, MAX_TTL_SECONDS) * 1e6 + GRACE_MICROS;
  }

  /** The name, 0 when no answer in force is known. */
  get(key: number, check: number, nowMicros: number): number {
    const place = this.find(key, check);
    return place >= 0 && this.expiry[place]! >= nowMicros ? this.names[place]! : 0;
  }

  /** Sets `pinned[name]` to 1 for every name in the cache. */
  pin(pinned: Uint8Array): void {
    for (let place = 0; place < this.size; place++) pinned[this.names[place]!] = 1;
  }

  private find(key: number, check: number): number {
    const { slots, keys, checks } = this;
    const mask = slots.length - 1;
    for (let slot = key & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const place = slots[slot]! - 1;
      if (keys[place] === key && checks[place] === check) return place;
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
      if (this.expiry[place]! > nowMicros) this.evicted++;
      this.unlink(place);
    }
    this.keys[place] = key;
    this.checks[place] = check;
    this.link(place);
    return place;
  }

  private link(place: number): void {
    const mask = this.slots.length - 1;
    let slot = this.keys[place]! & mask;
    while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
    this.slots[slot] = place + 1;
  }

  /** Backward shift, so that no tombstones pile up. */
  private unlink(place: number): void {
    const { slots, keys } = this;
    const mask = slots.length - 1;
    let hole = keys[place]! & mask;
    while (slots[hole] !== place + 1) hole = (hole + 1) & mask;
    for (let next = (hole + 1) & mask; slots[next] !== 0; next = (next + 1) & mask) {
      const home = keys[slots[next]! - 1]! & mask;
      if (((next - home) & mask) >= ((next - hole) & mask)) {
        slots[hole] = slots[next]!;
        hole = next;
      }
    }
    slots[hole] = 0;
  }

  private grow(): void {
    const len = this.keys.length * 2;
    this.keys = grown(this.keys, new Int32Array(len));
    this.checks = grown(this.checks, new Int32Array(len));
    this.names = grown(this.names, new Int32Array(len));
    this.expiry = grown(this.expiry, new Float64Array(len));
    this.slots = new Int32Array(len * 2);
    for (let place = 0; place < this.size; place++) this.link(place);
  }
}

function grown<T extends Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
