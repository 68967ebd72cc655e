import { u16 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { datagramSignature } from './signature.js';

/** BACnet/IP (ASHRAE 135, annex J): type, function, length. */
const TYPE = 0x81;
const LAST_FUNCTION = 0x0c;
const LENGTH = 2;

export const bacnetInspector = datagramSignature('bacnet', [TYPE], [47808], inspectBacnet);

function inspectBacnet(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < 4 || buf[start] !== TYPE || buf[start + 1]! > LAST_FUNCTION) return NOT_MINE;
  return u16(buf, start + LENGTH) === end - start ? FOUND : NOT_MINE;
}
