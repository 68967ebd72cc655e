/** Bencoded messages of BitTorrent's DHT (BEP 5): dictionaries, lists, numbers, and strings behind their length. */
const DICTIONARY = 0x64;
const LIST = 0x6c;
const NUMBER = 0x69;
const END = 0x65;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const MAX_DEPTH = 16;
const MAX_DIGITS = 5;
/** Keys, methods and kinds of messages (BEP 5, 32, 33, 42, 43, 44, 51). */
const WORDS = new Set(
  `a e q r t v y id ip ro nodes nodes6 n4 n6 p target info_hash token port implied_port values want seed noseed scrape
  BFsd BFpe interval num samples k seq sig salt cas ping find_node get_peers announce_peer get put sample_infohashes vote`.split(
    /\s+/,
  ),
);

/** True for a payload that begins with a dictionary. */
export function beginsBencode(payload: Buffer): boolean {
  return payload[0] === DICTIONARY && isDigit(payload[1]) && (payload[2] === COLON || isDigit(payload[2]));
}

/** Rewrites the message to `out`, which holds zeros: structure and known words stay; numbers become ones. */
export function rewriteBencode(input: Buffer, out: Buffer): void {
  new BencodeRewrite(input, out).value(0);
}

class BencodeRewrite {
  private at = 0;

  constructor(
    private readonly input: Buffer,
    private readonly out: Buffer,
  ) {}

  /** Rewrites the value at `at`, and moves behind it; false where it is malformed or cut. */
  value(depth: number): boolean {
    const type = this.input[this.at];
    if (depth > MAX_DEPTH || type === undefined) return false;
    if (isDigit(type)) return this.string();
    if (type === NUMBER) return this.number();
    if (type !== DICTIONARY && type !== LIST) return false;
    this.keep(1);
    while (this.input[this.at] !== END) if (!this.value(depth + 1)) return false;
    this.keep(1);
    return true;
  }

  private string(): boolean {
    const { input } = this;
    const colon = input.subarray(this.at, this.at + MAX_DIGITS + 1).indexOf(COLON);
    const digits = input.toString('latin1', this.at, this.at + Math.max(0, colon));
    if (!/^\d+$/.test(digits)) return false;
    const len = Number(digits);
    this.keep(colon + 1);
    if (this.at + len > input.length) return false;
    if (WORDS.has(input.toString('latin1', this.at, this.at + len))) this.keep(len);
    else this.at += len;
    return true;
  }

  private number(): boolean {
    const { input, out } = this;
    const end = input.indexOf(END, this.at);
    if (end < 0 || !/^i-?\d+$/.test(input.toString('latin1', this.at, end))) return false;
    this.keep(1);
    for (; this.at < end; this.at++) out[this.at] = isDigit(input[this.at]) ? ZERO + 1 : input[this.at]!;
    this.keep(1);
    return true;
  }

  private keep(len: number): void {
    this.input.copy(this.out, this.at, this.at, this.at + len);
    this.at += len;
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}
