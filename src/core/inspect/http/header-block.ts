import { endOfToken, isBlank } from './start-line.js';

/** Header fields of an HTTP/1 message (RFC 9112 §5): finds Host, Content-Length and the blank line behind them. */
const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;

/**
 * Longest body that is skipped by its declared length: offsets stay small integers. The rest of a longer one is looked
 * at segment by segment.
 */
const MAX_BODY_LEN = 0x4000_0000;

/** How far the fields have been read, and what they said: reset it per message. */
export class HeaderScan {
  /** Offset of the first line that has not been read whole; behind the blank line when `complete`. */
  at = 0;
  /** No line end lies in `[at, searchedTo)`. */
  searchedTo = 0;
  complete = false;
  /** The first Host field that is not empty, white space trimmed; -1 when there is none. */
  hostStart = -1;
  hostEnd = -1;
  /** Declared Content-Length, capped; 0 when absent or unreadable. */
  bodyLen = 0;
  /** Transfer-Encoding is there: it overrides Content-Length (RFC 9112 §6.3), and the length is unknown. */
  hasTransferCoding = false;

  reset(at: number): void {
    this.at = at;
    this.searchedTo = at;
    this.complete = false;
    this.hostStart = -1;
    this.hostEnd = -1;
    this.bodyLen = 0;
    this.hasTransferCoding = false;
  }
}

/**
 * Reads the lines from `scan.at` on until the blank one or the last whole line before `end`. A Host field counts once
 * its line is whole (and, where its value is folded onto the next line, that one too); with `final` an empty one is not
 * waited for. *Lenient:* LF alone ends a line, white space may precede the colon, lines without a colon are passed
 * over.
 */
export function scanHeaders(buf: Buffer, end: number, final: boolean, scan: HeaderScan): void {
  let at = scan.at;
  let lineFeed = findLineFeed(buf, scan.searchedTo, end);
  while (lineFeed !== -1) {
    const lineEnd = lineFeed > at && buf[lineFeed - 1] === CR ? lineFeed - 1 : lineFeed;
    if (lineEnd === at) {
      scan.at = lineFeed + 1;
      scan.complete = true;
      return;
    }
    const initial = buf[at]! | 0x20;
    if (initial === 0x68) {
      if (scan.hostStart === -1 && !readHost(buf, at, lineEnd, lineFeed, end, final, scan)) break;
    } else if (initial === 0x63) {
      const value = fieldValue(buf, at, lineEnd, CONTENT_LENGTH);
      if (value !== -1) scan.bodyLen = readLength(buf, value, lineEnd);
    } else if (initial === 0x74) {
      if (fieldValue(buf, at, lineEnd, TRANSFER_ENCODING) !== -1) scan.hasTransferCoding = true;
    }
    at = lineFeed + 1;
    lineFeed = findLineFeed(buf, at, end);
  }
  scan.at = at;
  scan.searchedTo = lineFeed === -1 ? end : at;
}

/** Offset of the first LF in `buf[at, end)`, -1 for none. */
export function findLineFeed(buf: Buffer, at: number, end: number): number {
  while (at < end) {
    if (buf[at] === LF) return at;
    at++;
  }
  return -1;
}

/**
 * Whether `buf[start, end)` can go on a header block: a field, a folded line or the blank line, or the beginning of
 * one.
 */
export function continuesHeaders(buf: Buffer, start: number, end: number): boolean {
  const first = buf[start]!;
  if (isBlank(first) || first === LF) return true;
  if (first === CR) return end - start === 1 || buf[start + 1] === LF;
  let at = endOfToken(buf, start, end);
  if (at === start) return false;
  while (at < end && isBlank(buf[at]!)) at++;
  return at === end || buf[at] === COLON;
}

const HOST = Buffer.from('host');
const CONTENT_LENGTH = Buffer.from('content-length');
const TRANSFER_ENCODING = Buffer.from('transfer-encoding');

/** False when the line is a Host field whose value may still come, on a line that is not there yet. */
function readHost(
  buf: Buffer,
  at: number,
  lineEnd: number,
  lineFeed: number,
  end: number,
  final: boolean,
  scan: HeaderScan,
): boolean {
  let valueStart = fieldValue(buf, at, lineEnd, HOST);
  if (valueStart === -1) return true;
  let valueEnd = lineEnd;
  if (valueStart === lineEnd) {
    // obs-fold (RFC 9112 §5.2): the value may stand on the next line.
    const next = lineFeed + 1;
    if (next >= end) return final;
    if (!isBlank(buf[next]!)) return true;
    const nextFeed = findLineFeed(buf, next, end);
    if (nextFeed === -1) return final;
    valueStart = next;
    valueEnd = buf[nextFeed - 1] === CR ? nextFeed - 1 : nextFeed;
    while (valueStart < valueEnd && isBlank(buf[valueStart]!)) valueStart++;
  }
  while (valueEnd > valueStart && isBlank(buf[valueEnd - 1]!)) valueEnd--;
  if (valueEnd > valueStart) {
    scan.hostStart = valueStart;
    scan.hostEnd = valueEnd;
  }
  return true;
}

/**
 * Offset of the value, leading white space passed, when the line is the field `name` (given in lower case); else -1.
 */
function fieldValue(buf: Buffer, at: number, lineEnd: number, name: Buffer): number {
  if (lineEnd - at <= name.length) return -1;
  for (let i = 0; i < name.length; i++) if ((buf[at + i]! | 0x20) !== name[i]!) return -1;
  at += name.length;
  while (at < lineEnd && isBlank(buf[at]!)) at++;
  if (at === lineEnd || buf[at] !== COLON) return -1;
  at++;
  while (at < lineEnd && isBlank(buf[at]!)) at++;
  return at;
}

function readLength(buf: Buffer, at: number, end: number): number {
  let value = 0;
  for (; at < end; at++) {
    const digit = buf[at]! - 0x30;
    if (digit < 0 || digit > 9) return isBlank(buf[at]!) ? value : 0;
    value = Math.min(value * 10 + digit, MAX_BODY_LEN);
  }
  return value;
}
