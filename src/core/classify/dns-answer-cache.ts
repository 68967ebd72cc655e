/** Slots that one key may use, from its home on. */
const WINDOW = 8;
/** Clients go on using an address for a while after its TTL (browsers keep addresses for a minute at least). */
const GRACE_MICROS = 60e6;
/** RFC 2181 §8 allows 68 years; nobody's cache does. */
const MAX_TTL_SECONDS = 86_400;

/**
 * Which name a client asked for when it was given an address: (client, server address) to NameTable id, until the
 * answer's TTL is over. A fixed table; the answer nearest to its end makes room for a new one.
 */
export class DnsAnswerCache {
  private readonly mask: number;
  private readonly keys: Int32Array;
  private readonly checks: Int32Array;
  private readonly names: Int32Array;
  private readonly expiry: Float64Array;
  /** Answers that were pushed out before their time. */
  evicted = 0;

  /** `slots` is a power of two. */
  constructor(slots: number) {
    this.mask = slots - 1;
    this.keys = new Int32Array(slots + WINDOW);
    this.checks = new Int32Array(slots + WINDOW);
    this.names = new Int32Array(slots + WINDOW);
    this.expiry = new Float64Array(slots + WINDOW);
  }

  /** `key` and `check` are two independent hashes of client and server address. */
  put(key: number, check: number, name: number, ttlSeconds: number, nowMicros: number): void {
    const { keys, checks, expiry } = this;
    const home = key & this.mask;
    let best = home;
    for (let i = home; i < home + WINDOW; i++) {
      if (keys[i] === key && checks[i] === check) {
        best = i;
        break;
      }
      if (expiry[i]! < expiry[best]!) best = i;
    }
    if (expiry[best]! > nowMicros && (keys[best] !== key || checks[best] !== check)) this.evicted++;
    keys[best] = key;
    checks[best] = check;
    this.names[best] = name;
    expiry[best] = nowMicros + Math.min(ttlSeconds, MAX_TTL_SECONDS) * 1e6 + GRACE_MICROS;
  }

  /** The name, 0 when no answer in force is known. */
  get(key: number, check: number, nowMicros: number): number {
    const home = key & this.mask;
    for (let i = home; i < home + WINDOW; i++) {
      if (this.keys[i] === key && this.checks[i] === check) return this.expiry[i]! >= nowMicros ? this.names[i]! : 0;
    }
    return 0;
  }
}
