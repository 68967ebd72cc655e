/** Tags of DER (ITU-T X.690 §8.1.2). */
const OBJECT_IDENTIFIER = 0x06;
const BMP_STRING = 0x1e;
const MAX_TEXT_LEN = 255;

/** Reads DER elements of a buffer; holds the one read last. */
export class DerCursor {
  private tag = 0;
  /** The element's content is `buf[contentStart, contentEnd)`. */
  contentStart = 0;
  contentEnd = 0;

  constructor(readonly buf: Buffer) {}

  /** Reads the header of the element at `at`; false when it is not whole or too long for what it lies in. */
  read(at: number, limit: number): boolean {
    const { buf } = this;
    if (limit - at < 2) return false;
    this.tag = buf[at]!;
    let len = buf[at + 1]!;
    this.contentStart = at + 2;
    if (len >= 0x80) {
      const lenLen = len & 0x7f;
      if (lenLen === 0 || lenLen > 3 || limit - this.contentStart < lenLen) return false;
      len = 0;
      for (let i = 0; i < lenLen; i++) len = (len << 8) | buf[this.contentStart + i]!;
      this.contentStart += lenLen;
    }
    this.contentEnd = this.contentStart + len;
    return this.contentEnd <= limit;
  }

  /** Goes into the element: reads the first one in its content. */
  enter(): boolean {
    return this.read(this.contentStart, this.contentEnd);
  }

  is(tag: number): boolean {
    return this.tag === tag;
  }

  /** Whether the element is the object identifier `identifier`, encoded. */
  isIdentifier(identifier: Buffer): boolean {
    const { contentStart, contentEnd } = this;
    if (this.tag !== OBJECT_IDENTIFIER || contentEnd - contentStart !== identifier.length) return false;
    return this.buf.compare(identifier, 0, identifier.length, contentStart, contentEnd) === 0;
  }

  /** The content as text, cut to 255 bytes. */
  text(): string {
    const { buf, contentStart } = this;
    const stop = Math.min(this.contentEnd, contentStart + MAX_TEXT_LEN);
    if (this.tag !== BMP_STRING) return buf.toString('utf8', contentStart, stop);
    let decoded = '';
    for (let at = contentStart; at + 2 <= stop; at += 2) {
      decoded += String.fromCharCode((buf[at]! << 8) | buf[at + 1]!);
    }
    return decoded;
  }
}
