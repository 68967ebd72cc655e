import type { WriteBytes } from './report-format.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const DOT = 0x2e;
const ZERO = 0x30;
const OPEN = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE = 0x5d;
const FIRST_PLAIN = 0x20;
const LAST_PLAIN = 0x7e;
const INITIAL_LEN = 4096;
/** A longer record goes through `JSON.stringify`. */
const MAX_LEN = 1 << 20;
/** Words remembered with their quotes; a report uses a few hundred. */
const MAX_WORDS = 4096;

/** An ASCII text, prepared to be written four bytes at a time. */
export interface Fragment {
  /** Least significant byte first; the last word is padded with zeros. */
  readonly words: Int32Array;
  /** Bytes without the padding. */
  readonly len: number;
}

/** A text of ASCII characters as a fragment. */
export function ascii(text: string): Fragment {
  const bytes = Buffer.alloc((text.length + 3) & ~3);
  bytes.write(text, 'latin1');
  const words = Int32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readInt32LE(i * 4));
  return { words, len: text.length };
}

const NULL = ascii('null');
const TRUE = ascii('true');
const FALSE = ascii('false');

/**
 * Lines of JSON, built byte by byte: joining seventy small strings would create as many objects. Takes printable ASCII
 * only. A text that needs escapes makes the line `failed`: the next `begin` drops it, and the caller writes it another
 * way.
 */
export class JsonLine {
  private buf = Buffer.allocUnsafeSlow(INITIAL_LEN);
  private view = viewOf(this.buf);
  private at = 0;
  /** Start of the current line. */
  private start = 0;
  private readonly known = new Map<string, Fragment>();
  failed = false;

  /** Begins a line after the buffered ones. */
  begin(): void {
    if (this.failed) this.at = this.start;
    this.start = this.at;
    this.failed = false;
  }

  /** Removes the buffered lines and returns them as text. */
  text(): string {
    const text = this.buf.toString('latin1', 0, this.at);
    this.at = 0;
    return text;
  }

  /** Bytes of the buffered lines. */
  get len(): number {
    return this.at;
  }

  /** Removes the buffered lines and passes them to `write` as bytes. */
  writeTo(write: WriteBytes): void {
    if (this.at > 0) write(this.buf, 0, this.at);
    this.at = 0;
  }

  /** A text as it is, such as `,"key":`. The next text overwrites the padding of its last word. */
  raw(fragment: Fragment): void {
    const { words, len } = fragment;
    if (!this.has(len + 4)) return;
    const { view, at } = this;
    for (let i = 0; i < words.length; i++) view.setInt32(at + i * 4, words[i]!, true);
    this.at = at + len;
  }

  /** A key with a number as JSON writes it. */
  number(key: Fragment, value: number): void {
    this.raw(key);
    if (value >= 0 && value <= 0x7fffffff && Number.isInteger(value)) this.digits(value, 1);
    else this.plain(String(value));
  }

  numberOrNull(key: Fragment, value: number | null): void {
    if (value === null) this.nothing(key);
    else this.number(key, value);
  }

  booleanOrNull(key: Fragment, value: boolean | null): void {
    if (value === null) this.nothing(key);
    else this.boolean(key, value);
  }

  /** Milliseconds to the microsecond, or any other number. */
  millisecondsOrNull(key: Fragment, value: number | null): void {
    if (value === null) {
      this.nothing(key);
      return;
    }
    this.raw(key);
    const micros = Math.round(value * 1000);
    if (micros < 0 || micros > 0x7fffffff || micros / 1000 !== value || !this.has(24)) {
      this.plain(String(value));
      return;
    }
    const whole = Math.floor(micros / 1000);
    this.digits(whole, 1);
    if (micros === whole * 1000) return;
    this.buf[this.at++] = DOT;
    this.digits(micros - whole * 1000, 3);
    while (this.buf[this.at - 1] === ZERO) this.at--;
  }

  boolean(key: Fragment, value: boolean): void {
    this.raw(key);
    this.raw(value ? TRUE : FALSE);
  }

  /** Seconds with up to six decimals, as `String(seconds)` gives them for whole microseconds of this century. */
  seconds(key: Fragment, value: number): void {
    this.raw(key);
    const whole = Math.floor(value);
    const micros = Math.round((value - whole) * 1e6);
    if (whole < 1e8 || whole > 0x7fffffff || micros === 0 || micros === 1e6 || (whole * 1e6 + micros) / 1e6 !== value) {
      this.plain(String(value));
      return;
    }
    this.digits(whole, 1);
    this.buf[this.at++] = DOT;
    this.digits(micros, 6);
    while (this.buf[this.at - 1] === ZERO) this.at--;
  }

  /** A string from a small vocabulary: each is checked for escapes once. */
  word(key: Fragment, text: string): void {
    this.raw(key);
    const known = this.known.get(text);
    if (known !== undefined) this.raw(known);
    else this.newWord(text);
  }

  wordOrNull(key: Fragment, text: string | null): void {
    if (text === null) this.nothing(key);
    else this.word(key, text);
  }

  string(key: Fragment, text: string): void {
    this.raw(key);
    this.quoted(text);
  }

  stringOrNull(key: Fragment, text: string | null): void {
    if (text === null) this.nothing(key);
    else this.string(key, text);
  }

  strings(key: Fragment, texts: readonly string[]): void {
    this.raw(key);
    if (!this.has(2)) return;
    this.buf[this.at++] = OPEN;
    for (let i = 0; i < texts.length; i++) {
      if (!this.has(2)) return;
      if (i > 0) this.buf[this.at++] = COMMA;
      this.quoted(texts[i]!);
    }
    if (!this.has(1)) return;
    this.buf[this.at++] = CLOSE;
  }

  private nothing(key: Fragment): void {
    this.raw(key);
    this.raw(NULL);
  }

  private quoted(text: string): void {
    if (!this.has(text.length + 2)) return;
    this.buf[this.at++] = QUOTE;
    this.plain(text);
    this.buf[this.at++] = QUOTE;
  }

  private newWord(text: string): void {
    const { at } = this;
    this.quoted(text);
    if (this.failed) return;
    if (this.known.size === MAX_WORDS) this.known.clear();
    this.known.set(text, ascii(this.buf.toString('latin1', at, this.at)));
  }

  private plain(text: string): void {
    if (!this.has(text.length + 1)) return;
    const { buf } = this;
    let { at } = this;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code < FIRST_PLAIN || code > LAST_PLAIN || code === QUOTE || code === BACKSLASH) {
        this.failed = true;
        return;
      }
      buf[at++] = code;
    }
    this.at = at;
  }

  /** A non-negative 31-bit integer in at least `least` digits. */
  private digits(value: number, least: number): void {
    if (!this.has(16)) return;
    const len = Math.max(least, digitCount(value));
    const { buf } = this;
    for (let i = this.at + len - 1; i >= this.at; i--) {
      // Exact below 2^31, and faster than a division.
      const rest = (value * 0.1) | 0;
      buf[i] = ZERO + value - rest * 10;
      value = rest;
    }
    this.at += len;
  }

  private has(len: number): boolean {
    if (this.at + len + 1 <= this.buf.length) return true;
    if (this.at - this.start + len >= MAX_LEN) {
      this.failed = true;
      return false;
    }
    const larger = Buffer.allocUnsafeSlow(Math.max(this.buf.length * 2, this.at + len + 1));
    this.buf.copy(larger, 0, 0, this.at);
    this.buf = larger;
    this.view = viewOf(larger);
    return true;
  }
}

function viewOf(buf: Buffer): DataView {
  return new DataView(buf.buffer, buf.byteOffset, buf.length);
}

/** Decimal digits of a non-negative 31-bit integer. */
function digitCount(value: number): number {
  if (value < 1e5) return value < 100 ? (value < 10 ? 1 : 2) : value < 1000 ? 3 : value < 10_000 ? 4 : 5;
  return value < 1e7 ? (value < 1e6 ? 6 : 7) : value < 1e8 ? 8 : value < 1e9 ? 9 : 10;
}
