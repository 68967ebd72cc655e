import { u16 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { portSignature } from './signature.js';

/** CN/IP (EIA-852), LonWorks over IP, on its ports: length, version 1, packet type. */
const TYPE = 3;
const VERSION = 2;
const HEADER_LEN = 20;

export const cnIpInspector = portSignature('cn-ip', 17, [1628, 1629], inspectCnIp);

function inspectCnIp(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < HEADER_LEN || u16(buf, start) !== end - start) return NOT_MINE;
  return buf[start + VERSION] === 1 && buf[start + TYPE] !== 0 ? FOUND : NOT_MINE;
}
