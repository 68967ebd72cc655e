import { u32le } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { portSignature } from './signature.js';

/** Cisco's Skinny (SCCP) on port 2000: length, header version, message id, all little-endian. */
const VERSION = 4;
const MESSAGE_ID = 8;
const HEADER_LEN = 12;
const LAST_VERSION = 22;
const LAST_MESSAGE_ID = 0x200;

export const skinnyInspector = portSignature('skinny', 6, [2000], inspectSkinny);

function inspectSkinny(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < HEADER_LEN) return NOT_MINE;
  const len = u32le(buf, start);
  if (len < 4 || len > 2000 || len + 8 > end - start) return NOT_MINE;
  return u32le(buf, start + VERSION) <= LAST_VERSION && u32le(buf, start + MESSAGE_ID) <= LAST_MESSAGE_ID
    ? FOUND
    : NOT_MINE;
}
