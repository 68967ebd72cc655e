import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins } from './ascii.js';
import { datagramSignature } from './signature.js';

/** Agora's SD-RTN, real-time media for many apps: `SNI` and a name, or `EID` in the answer. */
const MARK = 13;

export const agoraInspector = datagramSignature('agora', [0], [8130], inspectAgora);

function inspectAgora(buf: Buffer, start: number, end: number): InspectStatus {
  if (
    end - start < 24 ||
    buf[start] !== 0 ||
    (buf[start + 3] !== 0x4c && buf[start + 3] !== 0x07 && buf[start + 3] !== 0)
  )
    return NOT_MINE;
  return begins(buf, start + MARK, end, 'SNI\0') || begins(buf, start + MARK, end, 'EID') ? FOUND : NOT_MINE;
}
