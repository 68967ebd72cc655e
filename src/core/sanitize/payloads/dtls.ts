import { u16, u24 } from '../../common/bytes.js';
import type { Replacements } from '../replacements.js';
import { NO_MESSAGE, rewriteHello } from './tls.js';

/** DTLS (RFC 6347 §4.1, §4.2.2): records with epoch and sequence number, messages with a fragment's place. */
const RECORD_HEADER_LEN = 13;
const MESSAGE_HEADER_LEN = 12;
const HANDSHAKE = 22;
const ALERT = 21;
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;

/** True when a DTLS record begins at `at`. */
export function beginsDtls(buf: Buffer, at: number): boolean {
  return (
    buf.length - at >= RECORD_HEADER_LEN &&
    buf[at]! >= 20 &&
    buf[at]! <= 25 &&
    buf[at + 1] === 0xfe &&
    (buf[at + 2]! >= 0xfc || buf[at + 2] === 0)
  );
}

/** Rewrites a datagram of DTLS records to `out`, which holds zeros. Hellos in several fragments lose their contents. */
export function rewriteDtls(input: Buffer, out: Buffer, maps: Replacements): void {
  for (let at = 0; at + RECORD_HEADER_LEN <= input.length && beginsDtls(input, at); ) {
    const bodyStart = at + RECORD_HEADER_LEN;
    const bodyEnd = Math.min(input.length, bodyStart + u16(input, at + 11));
    input.copy(out, at, at, bodyStart);
    const isClear = u16(input, at + 3) === 0;
    if (isClear && input[at] === ALERT && bodyEnd - bodyStart === 2) input.copy(out, bodyStart, bodyStart, bodyEnd);
    if (input[at] === HANDSHAKE) {
      if (isClear) rewriteMessages(input, out, bodyStart, bodyEnd, maps);
      else if (bodyStart < bodyEnd) out[bodyStart] = NO_MESSAGE;
    }
    at = Math.max(bodyEnd, bodyStart);
  }
}

function rewriteMessages(input: Buffer, out: Buffer, start: number, end: number, maps: Replacements): void {
  for (let at = start; at + MESSAGE_HEADER_LEN <= end; ) {
    const type = input[at]!;
    const len = u24(input, at + 9);
    const bodyStart = at + MESSAGE_HEADER_LEN;
    const bodyEnd = Math.min(end, bodyStart + len);
    input.copy(out, at, at, bodyStart);
    const isClient = type === CLIENT_HELLO;
    const isWhole = len === u24(input, at + 1) && u24(input, at + 6) === 0;
    if (isWhole && (isClient || type === SERVER_HELLO)) {
      rewriteHello({ input, out, start: bodyStart, end: bodyEnd, isClient, hasCookie: isClient }, maps);
    }
    at = bodyStart + len;
  }
}
