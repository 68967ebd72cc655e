import { u16 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins, chars } from './ascii.js';
import { datagramSignature, portSignature } from './signature.js';

/** DLEP (RFC 8175 §11.1): signals over UDP begin with `DLEP`; messages over TCP port 854. */
const PORT = 854;

export const dlepInspector = datagramSignature('dlep', chars('D'), [PORT], inspectSignal);
export const dlepTcpInspector = portSignature('dlep', 6, [PORT], inspectMessage);

function inspectSignal(buf: Buffer, start: number, end: number): InspectStatus {
  return end - start >= 8 && begins(buf, start, end, 'DLEP') && u16(buf, start + 6) === end - start - 8
    ? FOUND
    : NOT_MINE;
}

function inspectMessage(buf: Buffer, start: number, end: number): InspectStatus {
  return end - start >= 4 && u16(buf, start) <= 16 && u16(buf, start + 2) === end - start - 4 ? FOUND : NOT_MINE;
}
