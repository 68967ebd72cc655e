import { u16, u32 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { portSignature } from './signature.js';

/** The quality measurement of Brazil's regulator (EAQ): 16 bytes on port 6000, a sequence number first. */
const PORT = 6000;
const DATAGRAM_LEN = 16;
const MAX_SEQUENCE = 10000;

export const eaqInspector = portSignature('eaq', 17, [PORT], inspectEaq);

function inspectEaq(buf: Buffer, start: number, end: number): InspectStatus {
  return end - start === DATAGRAM_LEN && u32(buf, start) < MAX_SEQUENCE && u16(buf, start + 12) === 0
    ? FOUND
    : NOT_MINE;
}
