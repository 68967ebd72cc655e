/** Text on the wire, byte by byte: nothing here makes a string. */

const LF = 0x0a;
const LOWER_CASE_BIT = 0x20;

/** Whether `buf[at, end)` begins with the ASCII `text`. */
export function begins(buf: Buffer, at: number, end: number, text: string): boolean {
  if (end - at < text.length) return false;
  for (let i = 0; i < text.length; i++) if (buf[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** The same, letters of any case; `upper` is written in upper case. */
export function beginsFolded(buf: Buffer, at: number, end: number, upper: string): boolean {
  if (end - at < upper.length) return false;
  for (let i = 0; i < upper.length; i++) if (upperCase(buf[at + i]!) !== upper.charCodeAt(i)) return false;
  return true;
}

/** Whether `text` occurs in the first `max` bytes of `buf[at, end)`. */
export function holds(buf: Buffer, at: number, end: number, text: string, max: number): boolean {
  const first = text.charCodeAt(0);
  const last = Math.min(end - text.length, at + max);
  for (let i = at; i <= last; i++) if (buf[i] === first && begins(buf, i, end, text)) return true;
  return false;
}

/** Offset of the first line feed of `buf[at, end)` within `max` bytes, -1 when there is none. */
export function lineEnd(buf: Buffer, at: number, end: number, max: number): number {
  const limit = Math.min(end, at + max);
  for (let i = at; i < limit; i++) if (buf[i] === LF) return i;
  return -1;
}

/** Whether `buf[at, end)` is not empty and holds only printable characters, white space and UTF-8. */
export function isText(buf: Buffer, at: number, end: number): boolean {
  for (let i = at; i < end; i++) {
    const byte = buf[i]!;
    if ((byte < 0x20 && (byte < 0x09 || byte > 0x0d)) || byte === 0x7f) return false;
  }
  return end > at;
}

export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** The codes of the characters of `text`, for `firstBytes`. */
export function chars(text: string): number[] {
  return [...text].map((one) => one.charCodeAt(0));
}

function upperCase(byte: number): number {
  return byte >= 0x61 && byte <= 0x7a ? byte & ~LOWER_CASE_BIT : byte;
}
