import { i32 } from '../common/bytes.js';
import { hashWords } from '../common/half-sip-hash.js';

/** Fewest slots; a power of two. */
const INITIAL_SLOTS = 1024;
const WORDS = 4;
/** Places that remember an id of late; a power of two. */
const RECENT_PLACES = 1 << 13;

/** Tells the IPv6 addresses of connections by their ids. */
export interface AddressWords {
  /** One of the four big-endian words of the address, as a signed integer. */
  word(id: number, index: number): number;
}

/**
 * Interns IPv6 addresses: 16 bytes become a small positive id, so that every connection key is four 32-bit words.
 * Counts the connections that use an id, and reuses ids that none uses.
 */
export class AddressTable implements AddressWords {
  private words = new Int32Array(INITIAL_SLOTS * WORDS);
  private refs = new Int32Array(INITIAL_SLOTS);
  private hashes = new Int32Array(INITIAL_SLOTS);
  private slots = new Int32Array(INITIAL_SLOTS * 2);
  /** By a cheap mix of an address's words: the id found there last. It saves most addresses the keyed hash. */
  private readonly recent = new Int32Array(RECENT_PLACES);
  private free: number[] = [];
  private unused: number[] = [];
  private nextId = 1;
  private live = 0;

  constructor(private readonly seed: number) {}

  get size(): number {
    return this.live;
  }

  /** Id of the 16 bytes at `at`, which the caller has checked to be there. Valid until `collect()` unless retained. */
  intern(buf: Buffer, at: number): number {
    const w0 = i32(buf, at);
    const w1 = i32(buf, at + 4);
    const w2 = i32(buf, at + 8);
    const w3 = i32(buf, at + 12);
    const { slots, words, recent } = this;
    const mix = Math.imul(Math.imul(w3 ^ w2, 0x9e3779b1) ^ w1, 0x85ebca77) ^ w0;
    const place = (mix ^ (mix >>> 15)) & (RECENT_PLACES - 1);
    const likely = recent[place]!;
    const l = likely * WORDS;
    // An id that has been freed keeps its words, but not its count.
    const isSame = words[l] === w0 && words[l + 1] === w1 && words[l + 2] === w2 && words[l + 3] === w3;
    if (likely !== 0 && isSame && this.refs[likely]! >= 0) return likely;
    const hash = hashWords(w0, w1, w2, w3, this.seed);
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (let id = slots[slot]!; id !== 0; id = slots[slot]!) {
      const w = id * WORDS;
      if (words[w] === w0 && words[w + 1] === w1 && words[w + 2] === w2 && words[w + 3] === w3) {
        recent[place] = id;
        return id;
      }
      slot = (slot + 1) & mask;
    }
    const id = this.insert(w0, w1, w2, w3, hash);
    recent[place] = id;
    return id;
  }

  retain(id: number): void {
    this.refs[id]!++;
  }

  /** Gives a use back. The id stays valid until the next `collect()`. */
  release(id: number): void {
    if (--this.refs[id]! === 0) this.unused.push(id);
  }

  /** Frees unused ids. Call it between batches only: decoded packets hold ids that are not yet retained. */
  collect(): void {
    const { unused, refs } = this;
    if (unused.length === 0) return;
    for (let i = 0; i < unused.length; i++) {
      const id = unused[i]!;
      if (refs[id] === 0) {
        refs[id] = -1;
        this.unlink(id);
        this.free.push(id);
        this.live--;
      }
    }
    unused.length = 0;
  }

  word(id: number, index: number): number {
    return this.words[id * WORDS + index]!;
  }

  private insert(w0: number, w1: number, w2: number, w3: number, hash: number): number {
    if ((this.live + 1) * 2 > this.slots.length) this.grow();
    const id = this.free.pop() ?? this.nextId++;
    if (id >= this.refs.length) this.growIds();
    const w = id * WORDS;
    this.words[w] = w0;
    this.words[w + 1] = w1;
    this.words[w + 2] = w2;
    this.words[w + 3] = w3;
    this.refs[id] = 0;
    this.hashes[id] = hash;
    this.live++;
    this.link(id);
    return id;
  }

  private link(id: number): void {
    const mask = this.slots.length - 1;
    let slot = this.hashes[id]! & mask;
    while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
    this.slots[slot] = id;
  }

  /** Open addressing with backward shift, so that no tombstones pile up. */
  private unlink(id: number): void {
    const { slots, hashes } = this;
    const mask = slots.length - 1;
    let hole = hashes[id]! & mask;
    while (slots[hole] !== id) hole = (hole + 1) & mask;
    for (let next = (hole + 1) & mask; slots[next] !== 0; next = (next + 1) & mask) {
      const home = hashes[slots[next]!]! & mask;
      if (((next - home) & mask) >= ((next - hole) & mask)) {
        slots[hole] = slots[next]!;
        hole = next;
      }
    }
    slots[hole] = 0;
  }

  private grow(): void {
    const old = this.slots;
    this.slots = new Int32Array(old.length * 2);
    for (let i = 0; i < old.length; i++) if (old[i] !== 0) this.link(old[i]!);
  }

  private growIds(): void {
    const len = this.refs.length * 2;
    this.words = copyOf(this.words, len * WORDS);
    this.refs = copyOf(this.refs, len);
    this.hashes = copyOf(this.hashes, len);
  }
}

function copyOf(from: Int32Array, len: number) {
  const to = new Int32Array(len);
  to.set(from);
  return to;
}
