import { u16 } from '../../bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { datagramSignature } from './signature.js';

/** RTCP (RFC 3550 §6): a compound packet whose parts, first a report, fill the datagram. */
const FIRST_TYPE = 200;
const LAST_TYPE = 207;
const TYPE = 1;
const LENGTH = 2;
const HEADER_LEN = 8;

export const rtcpInspector = datagramSignature('rtcp', versionTwo(), [], inspectRtcp);

function inspectRtcp(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < HEADER_LEN) return NOT_MINE;
  let at = start;
  while (at + 4 <= end) {
    if (buf[at]! >> 6 !== 2 || buf[at + TYPE]! < FIRST_TYPE || buf[at + TYPE]! > LAST_TYPE) return NOT_MINE;
    at += 4 + 4 * u16(buf, at + LENGTH);
  }
  return at === end ? FOUND : NOT_MINE;
}

/** Version 2 with a padding bit and up to 31 reports. */
function versionTwo(): number[] {
  return Array.from({ length: 64 }, (_, i) => 0x80 + i);
}
