import { u16 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { portSignature } from './signature.js';

/** XDMCP on port 177: version 1, operation code, length. */
const PORT = 177;
const LAST_CODE = 14;

export const xdmcpInspector = portSignature('xdmcp', 17, [PORT], inspectXdmcp);

function inspectXdmcp(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < 6 || u16(buf, start) !== 1) return NOT_MINE;
  const code = u16(buf, start + 2);
  return code >= 1 && code <= LAST_CODE && u16(buf, start + 4) === end - start - 6 ? FOUND : NOT_MINE;
}
