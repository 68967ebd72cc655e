import { u32 } from '../../common/bytes.js';
import { berLen, berValue } from '../../inspect/protocols/ber.js';
import type { Replacements } from '../replacements.js';
import { shiftedTime } from './der.js';

/** Messages in BER (X.690 §8.1): Kerberos (RFC 4120), LDAP (RFC 4511 §4.1.1), SNMP (RFC 3416 §3). */
const SEQUENCE = 0x30;
const INTEGER = 0x02;
const OCTET_STRING = 0x04;
const GENERALIZED_TIME = 0x18;
const CONSTRUCTED = 0x20;
/** Application tags of Kerberos' messages, of LDAP's operations. */
const KERBEROS = new Set([0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x74, 0x75, 0x76, 0x7e]);
const APPLICATION = 0x40;
const CLASS = 0xc0;
const MAX_ID_LEN = 4;
const MAX_DEPTH = 24;
const LENGTH_LEN = 4;

/** True where a message of one of these protocols begins at `at`. */
function beginsBer(buf: Buffer, at: number): boolean {
  if (berLen(buf, at, buf.length) < 0) return false;
  const first = berValue(buf, at);
  if (KERBEROS.has(buf[at]!)) return buf[first] === SEQUENCE;
  if (buf[at] !== SEQUENCE || buf[first] !== INTEGER) return false;
  const idLen = buf[first + 1] ?? 0;
  const second = buf[first + 2 + idLen] ?? 0;
  if (idLen === 0 || idLen > MAX_ID_LEN) return false;
  return (second & CLASS) === APPLICATION || second === SEQUENCE || second === OCTET_STRING;
}

/** Rewrites messages one behind the other, each behind its length where Kerberos writes one (RFC 4120 §7.2.2). */
export function rewriteBerMessages(input: Buffer, out: Buffer, maps: Replacements): void {
  for (let at = 0; at < input.length; ) {
    if (!beginsBer(input, at)) {
      if (input.length - at <= LENGTH_LEN || u32(input, at) > 0xffffff || !beginsBer(input, at + LENGTH_LEN)) return;
      input.copy(out, at, at, at + LENGTH_LEN);
      at += LENGTH_LEN;
    }
    const next = berValue(input, at) + berLen(input, at, input.length);
    rewriteElements(input, out, [at, Math.min(next, input.length)], maps);
    at = next;
  }
}

/** True for a stream or a datagram of such messages. */
export function beginsBerMessages(buf: Buffer): boolean {
  return beginsBer(buf, 0) || (buf.length > LENGTH_LEN && buf[0] === 0 && beginsBer(buf, LENGTH_LEN));
}

/** Tags, lengths and values of one byte stay, times are shifted; the last element may be cut. */
function rewriteElements(
  input: Buffer,
  out: Buffer,
  [start, end]: readonly [number, number],
  maps: Replacements,
  depth = 0,
): void {
  for (let at = start; at < end && depth < MAX_DEPTH; ) {
    const len = berLen(input, at, end);
    if (len < 0) return;
    const valueStart = berValue(input, at);
    const next = valueStart + len;
    input.copy(out, at, at, Math.min(end, valueStart + (len === 1 ? 1 : 0)));
    const isNested = (input[at]! & CONSTRUCTED) !== 0 || (input[at] === OCTET_STRING && nests(input, valueStart, next));
    if (isNested) {
      rewriteElements(input, out, [valueStart, Math.min(end, next)], maps, depth + 1);
    } else if (input[at] === GENERALIZED_TIME && next <= end) {
      out.write(shiftedTime(input.toString('latin1', valueStart, next), maps.shiftSeconds), valueStart, 'latin1');
    }
    at = next;
  }
}

/** A sequence fills the string, as in pre-authentication data (RFC 4120 §5.2.7). */
function nests(input: Buffer, start: number, end: number): boolean {
  if (end > input.length || input[start] !== SEQUENCE) return false;
  const len = berLen(input, start, end);
  return len >= 0 && berValue(input, start) + len === end;
}
