import { copyBytes } from '../../common/bytes.js';
import { HuffmanDecoder } from './huffman.js';

/** Beyond any length that a table or a header block could have. */
const MAX_INTEGER = 1 << 24;
const NO_BYTES = Buffer.alloc(0);

/** Reads the primitives of a header block (RFC 7541 §5) one after another. */
export class HpackCursor {
  /** The string literal read last: `text[0, textLen)`, cut to the size of `text`. */
  readonly text: Buffer;
  textLen = 0;
  private readonly huffman = new HuffmanDecoder();
  private buf: Buffer = NO_BYTES;
  /** Where reading goes on; -1 when the block is broken. */
  private at = 0;
  private end = 0;

  constructor(maxTextLen: number) {
    this.text = Buffer.allocUnsafeSlow(maxTextLen);
  }

  /** The next block is `buf[start, end)`. */
  begin(buf: Buffer, start: number, end: number): void {
    this.buf = buf;
    this.at = start;
    this.end = end;
  }

  /** Lets go of the block; `text` stays. */
  release(): void {
    this.buf = NO_BYTES;
  }

  get isBroken(): boolean {
    return this.at < 0;
  }

  get isAtEnd(): boolean {
    return this.at >= this.end;
  }

  /** The byte to be read next. */
  get byte(): number {
    return this.buf[this.at]!;
  }

  /** The block is broken. */
  fail(): void {
    this.at = -1;
  }

  /** An integer with a prefix of `prefixBits` (RFC 7541 §5.1). */
  integer(prefixBits: number): number {
    const { buf, end } = this;
    const mask = (1 << prefixBits) - 1;
    let value = buf[this.at]! & mask;
    this.at++;
    if (value < mask) return value;
    for (let shift = 0; shift < 28; shift += 7) {
      if (this.at >= end) break;
      const byte = buf[this.at]!;
      this.at++;
      value += (byte & 0x7f) << shift;
      if (value > MAX_INTEGER) break;
      if ((byte & 0x80) === 0) return value;
    }
    this.fail();
    return 0;
  }

  /**
   * A string literal (RFC 7541 §5.2); returns its decoded length. It goes into `text` where it `isWanted`: of others
   * only the length counts, for which those without Huffman coding need not be read.
   */
  string(isWanted: boolean): number {
    const { buf, end, text } = this;
    if (this.at >= end) {
      this.fail();
      return 0;
    }
    const isHuffman = (this.byte & 0x80) !== 0;
    const len = this.integer(7);
    if (this.isBroken || len > end - this.at) {
      this.fail();
      return 0;
    }
    const start = this.at;
    this.at += len;
    if (!isHuffman) {
      this.textLen = isWanted ? Math.min(len, text.length) : 0;
      if (isWanted) copyBytes(buf, start, start + this.textLen, text, 0);
      return len;
    }
    const decodedLen = this.huffman.decode(buf, start, start + len, text);
    if (decodedLen < 0) this.fail();
    this.textLen = Math.max(0, Math.min(decodedLen, text.length));
    return decodedLen;
  }

  /** Whether the string literal read last is `expected`. */
  textIs(expected: Buffer): boolean {
    return this.textLen === expected.length && this.text.compare(expected, 0, expected.length, 0, this.textLen) === 0;
  }
}
