import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { portSignature } from './signature.js';

/** LISP control messages (RFC 9301 §5) on port 4342, and its reliable transport over TCP. */
const PORT = 4342;
const LAST_TYPE = 8;

export const lispInspector = portSignature('lisp', 17, [PORT], inspectLisp);
export const lispTcpInspector = portSignature('lisp', 6, [PORT], inspectReliable);

function inspectLisp(buf: Buffer, start: number, end: number): InspectStatus {
  const type = buf[start]! >> 4;
  return end - start >= 12 && type >= 1 && type <= LAST_TYPE ? FOUND : NOT_MINE;
}

/** Type 16 to 19, length. */
function inspectReliable(buf: Buffer, start: number, end: number): InspectStatus {
  return end - start >= 8 && buf[start] === 0 && buf[start + 1]! < 32 && buf[start + 2]! < 0x10 ? FOUND : NOT_MINE;
}
