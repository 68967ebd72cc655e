import { u16 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { portSignature } from './signature.js';

/** PTP version 2 (IEEE 1588 §13.3) on its ports: message type, version, length. */
const VERSION = 1;
const LENGTH = 2;
const HEADER_LEN = 34;

export const ptpInspector = portSignature('ptp', 17, [319, 320], inspectPtp);

function inspectPtp(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < HEADER_LEN || (buf[start + VERSION]! & 0x0f) !== 2) return NOT_MINE;
  return u16(buf, start + LENGTH) <= end - start ? FOUND : NOT_MINE;
}
