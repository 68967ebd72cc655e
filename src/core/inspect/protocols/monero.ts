import { u32 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { streamSignature } from './signature.js';
/** Monero's Levin protocol: signature 0x0101010101012101, little-endian. */
export const moneroInspector = streamSignature('monero', [0x01], inspectMonero);

function inspectMonero(buf: Buffer, start: number, end: number): InspectStatus {
  return end - start >= 33 && u32(buf, start) === 0x01210101 && u32(buf, start + 4) === 0x01010101 ? FOUND : NOT_MINE;
}
