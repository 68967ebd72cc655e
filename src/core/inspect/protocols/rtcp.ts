import { u16, u32 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { datagramSignature } from './signature.js';

/** RTCP (RFC 3550 §6): a compound packet whose parts, first a report, fill the datagram. */
const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const FIRST_TYPE = 200;
const LAST_TYPE = 207;
const TYPE = 1;
const LENGTH = 2;
const SOURCE = 4;
const HEADER_LEN = 8;

/** Version 2 in the first byte, and in the second one of the eight types, which share their upper five bits. */
const MARK = { at: 0, mask: 0xc0f8_0000 | 0, value: 0x80c8_0000 | 0, minLen: HEADER_LEN };

export const rtcpInspector = datagramSignature('rtcp', versionTwo(), [], inspectRtcp, MARK);

function inspectRtcp(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < HEADER_LEN) return NOT_MINE;
  if (isReport(buf, start, end)) return FOUND;
  let at = start;
  while (at + 4 <= end) {
    if (buf[at]! >> 6 !== 2 || buf[at + TYPE]! < FIRST_TYPE || buf[at + TYPE]! > LAST_TYPE) return NOT_MINE;
    at += 4 + 4 * u16(buf, at + LENGTH);
  }
  return at === end ? FOUND : NOT_MINE;
}

/**
 * A sender's or receiver's report as long as its count of blocks demands: what lies behind it may be encrypted (SRTCP,
 * RFC 3711 §3.4).
 */
function isReport(buf: Buffer, start: number, end: number): boolean {
  const type = buf[start + TYPE]!;
  if (buf[start]! >> 6 !== 2 || (type !== SENDER_REPORT && type !== RECEIVER_REPORT)) return false;
  const words = (type === SENDER_REPORT ? 6 : 1) + 6 * (buf[start]! & 0x1f);
  return u16(buf, start + LENGTH) === words && u32(buf, start + SOURCE) !== 0 && end - start >= 4 + 4 * words;
}

/** Version 2 with a padding bit and up to 31 reports. */
function versionTwo(): number[] {
  return Array.from({ length: 64 }, (_, i) => 0x80 + i);
}
