import { u16 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins } from './ascii.js';
import { datagramSignature } from './signature.js';

/** Agora's SD-RTN, real-time media for many apps: `SNI` and a name, or `PID` in the answer. */
const ZERO = 4;
const MARK = 13;

export const agoraInspector = datagramSignature('agora', [0], [8130], inspectAgora);

function inspectAgora(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < 24 || u16(buf, start + ZERO) !== 0) return NOT_MINE;
  return begins(buf, start + MARK, end, 'SNI\0') || begins(buf, start + MARK, end, 'PID') ? FOUND : NOT_MINE;
}
