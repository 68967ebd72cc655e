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
/** A record of more bytes than this is left to the ordinary way. */
const MAX_LEN = 1 << 20;

/** ASCII bytes of a text that never changes. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

const NULL = ascii('null');
const TRUE = ascii('true');
const FALSE = ascii('false');

/**
 * One line of JSON, put together byte by byte and made into a string once, where joining seventy little strings would make
 * as many pieces for the garbage collector. Takes printable ASCII only; a text that needs escapes makes the line `failed`,
 * and it has to be written another way.
 */
export class JsonLine {
  private buf = Buffer.allocUnsafeSlow(INITIAL_LEN);
  private at = 0;
  failed = false;

  begin(): void {
    this.at = 0;
    this.failed = false;
  }

  text(): string {
    return this.buf.toString('latin1', 0, this.at);
  }

  /** Bytes as they are, such as `,"key":`. */
  raw(bytes: Uint8Array): void {
    if (!this.has(bytes.length)) return;
    const { buf } = this;
    let { at } = this;
    for (let i = 0; i < bytes.length; i++) buf[at++] = bytes[i]!;
    this.at = at;
  }

  /** A number as JSON writes it. */
  number(value: number): void {
    if (value >= 0 && value <= 0x7fffffff && Number.isInteger(value)) this.digits(value, 1);
    else this.plain(String(value));
  }

  numberOrNull(value: number | null): void {
    if (value === null) this.raw(NULL);
    else this.number(value);
  }

  boolean(value: boolean): void {
    this.raw(value ? TRUE : FALSE);
  }

  /** Seconds with up to six decimals, as `String(seconds)` gives them for whole microseconds of this century. */
  seconds(value: number): void {
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

  string(text: string): void {
    if (!this.has(text.length + 2)) return;
    this.buf[this.at++] = QUOTE;
    this.plain(text);
    this.buf[this.at++] = QUOTE;
  }

  stringOrNull(text: string | null): void {
    if (text === null) this.raw(NULL);
    else this.string(text);
  }

  strings(texts: readonly string[]): void {
    if (!this.has(2)) return;
    this.buf[this.at++] = OPEN;
    for (let i = 0; i < texts.length; i++) {
      if (!this.has(2)) return;
      if (i > 0) this.buf[this.at++] = COMMA;
      this.string(texts[i]!);
    }
    if (!this.has(1)) return;
    this.buf[this.at++] = CLOSE;
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
    let len = least;
    for (let limit = 10 ** least; limit <= value; limit *= 10) len++;
    const { buf } = this;
    for (let i = this.at + len - 1; i >= this.at; i--) {
      const rest = (value / 10) | 0;
      buf[i] = ZERO + value - rest * 10;
      value = rest;
    }
    this.at += len;
  }

  private has(len: number): boolean {
    if (this.at + len + 1 <= this.buf.length) return true;
    if (this.at + len >= MAX_LEN) {
      this.failed = true;
      return false;
    }
    const larger = Buffer.allocUnsafeSlow(Math.max(this.buf.length * 2, this.at + len + 1));
    this.buf.copy(larger, 0, 0, this.at);
    this.buf = larger;
    return true;
  }
}
