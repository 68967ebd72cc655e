import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins, chars, isDigit } from './ascii.js';
import { streamSignature } from './signature.js';

/** RFB, the protocol of VNC: ProtocolVersion (RFC 6143 §7.1.1), `RFB 003.008\n`. */
const VERSION_LEN = 12;

export const vncInspector = streamSignature('vnc', chars('R'), inspectVnc);

function inspectVnc(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < VERSION_LEN || !begins(buf, start, end, 'RFB ')) return NOT_MINE;
  if (!isDigit(buf[start + 4]!) || !isDigit(buf[start + 6]!) || buf[start + 7] !== 0x2e) return NOT_MINE;
  return buf[start + VERSION_LEN - 1] === 0x0a ? FOUND : NOT_MINE;
}
