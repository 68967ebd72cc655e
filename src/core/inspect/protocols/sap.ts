import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { holds } from './ascii.js';
import { portSignature } from './signature.js';

/** Session announcements (RFC 2974) on their port: version 1, no encryption, a description in SDP. */
const PORT = 9875;
const MAX_HEADER_LEN = 64;

export const sapInspector = portSignature('sap', 17, [PORT], inspectSap);

function inspectSap(buf: Buffer, start: number, end: number): InspectStatus {
  return buf[start]! >> 5 === 1 && holds(buf, start, end, 'v=0', MAX_HEADER_LEN) ? FOUND : NOT_MINE;
}
