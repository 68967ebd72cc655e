import { u16 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { portSignature } from './signature.js';

/** Modbus/TCP: protocol 0, the length of what follows, unit, function code. */
const PROTOCOL = 2;
const LENGTH = 4;
const FUNCTION = 7;
const HEADER_LEN = 6;
const MAX_LEN = 254;

export const modbusInspector = portSignature('modbus', 6, [502], inspectModbus);

function inspectModbus(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < HEADER_LEN + 2 || u16(buf, start + PROTOCOL) !== 0) return NOT_MINE;
  const len = u16(buf, start + LENGTH);
  if (len < 2 || len > MAX_LEN || len + HEADER_LEN > end - start) return NOT_MINE;
  return buf[start + FUNCTION] !== 0 ? FOUND : NOT_MINE;
}
