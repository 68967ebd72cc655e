import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins, chars } from './ascii.js';
import { datagramSignature } from './signature.js';
/** CAN frames over UDP: the ISO 11898 marker. */
export const canInspector = datagramSignature('can', chars('I'), [], inspectCan);

function inspectCan(buf: Buffer, start: number, end: number): InspectStatus {
  return begins(buf, start, end, 'ISO11898') ? FOUND : NOT_MINE;
}
