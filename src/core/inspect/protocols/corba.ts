import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins, chars } from './ascii.js';
import { datagramSignature, streamSignature } from './signature.js';

/** CORBA's GIOP (OMG, 15.4): magic, version 1.x, flags, message type. */
const MAX_MESSAGE_TYPE = 7;
const HEADER_LEN = 12;

export const giopInspector = streamSignature('giop', chars('G'), inspectGiop);
/** MIOP carries GIOP over multicast. */
export const miopInspector = datagramSignature('giop', chars('GM'), [], inspectGiop);

function inspectGiop(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < HEADER_LEN) return NOT_MINE;
  if (begins(buf, start, end, 'MIOP')) return buf[start + 4] === 0x10 ? FOUND : NOT_MINE;
  if (!begins(buf, start, end, 'GIOP') || buf[start + 4] !== 1) return NOT_MINE;
  return buf[start + 7]! <= MAX_MESSAGE_TYPE ? FOUND : NOT_MINE;
}
