import { isDigit, isText, lineEnd } from './ascii.js';

/** Lines of the protocols that share FTP's form of commands and replies (RFC 959 §4, RFC 5321 §4). */
export const MAX_LINE_LEN = 512;

const SPACE = 0x20;
const HYPHEN = 0x2d;

/** Whether the bytes at `start`, of which the caller has four, are a reply code and what may follow it. */
export function isReplyCode(buf: Buffer, start: number): boolean {
  const separator = buf[start + 3]!;
  if (separator !== SPACE && separator !== HYPHEN) return false;
  return isDigit(buf[start]!) && isDigit(buf[start + 1]!) && isDigit(buf[start + 2]!);
}

/** End of the text of the line at `start`: its line feed, or `end` where there is none within MAX_LINE_LEN. */
export function lineTextEnd(buf: Buffer, start: number, end: number): number {
  const lineFeed = lineEnd(buf, start, end, MAX_LINE_LEN);
  return lineFeed < 0 ? end : lineFeed;
}

/** Whether the line at `start`, as far as it is there, is text. */
export function isTextLine(buf: Buffer, start: number, end: number): boolean {
  return isText(buf, start, lineTextEnd(buf, start, end));
}
