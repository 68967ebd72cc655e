import { u16 } from '../../bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { portSignature } from './signature.js';

/** DLMS/COSEM over the IP wrapper (IEC 62056-47): version 1, source and destination port, length. */
const PORT = 4059;
const LENGTH = 6;
const HEADER_LEN = 8;

export const dlmsInspector = portSignature('dlms', 6, [PORT], inspectDlms);
export const dlmsUdpInspector = portSignature('dlms', 17, [PORT], inspectDlms);

function inspectDlms(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < HEADER_LEN || u16(buf, start) !== 1) return NOT_MINE;
  return u16(buf, start + LENGTH) === end - start - HEADER_LEN ? FOUND : NOT_MINE;
}
