import { u16 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { portSignature } from './signature.js';

/** Check Point's high availability protocol on its port: magic, version. */
const PORT = 8116;
const MAGIC = 0x1a90;

export const cphaInspector = portSignature('cpha', 17, [PORT], inspectCpha);

function inspectCpha(buf: Buffer, start: number, end: number): InspectStatus {
  return end - start >= 20 && u16(buf, start) === MAGIC ? FOUND : NOT_MINE;
}
