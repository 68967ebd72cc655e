import { u16, u32 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { streamSignature } from './signature.js';

/** PPTP control connection (RFC 2637 §2): length, message type 1, magic cookie. */
const TYPE = 2;
const COOKIE = 4;
const MAGIC = 0x1a2b3c4d;

export const pptpInspector = streamSignature('pptp', [0], inspectPptp);

function inspectPptp(buf: Buffer, start: number, end: number): InspectStatus {
  return end - start >= 12 && u32(buf, start + COOKIE) === MAGIC && u16(buf, start + TYPE) === 1 ? FOUND : NOT_MINE;
}
