import { u16 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { streamSignature } from './signature.js';

/** BGP (RFC 4271 §4.1): marker of 16 ones, length, type. */
const MARKER_LEN = 16;
const LENGTH = 16;
const TYPE = 18;
const HEADER_LEN = 19;
const MAX_LEN = 65535;
const LAST_TYPE = 5;

export const bgpInspector = streamSignature('bgp', [0xff], inspectBgp);

function inspectBgp(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < HEADER_LEN) return NOT_MINE;
  for (let at = start; at < start + MARKER_LEN; at++) if (buf[at] !== 0xff) return NOT_MINE;
  const len = u16(buf, start + LENGTH);
  const type = buf[start + TYPE]!;
  return len >= HEADER_LEN && len <= MAX_LEN && type >= 1 && type <= LAST_TYPE ? FOUND : NOT_MINE;
}
