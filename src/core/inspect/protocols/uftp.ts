import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { portSignature } from './signature.js';

/** UFTP (versions 4 and 5) on its port: version, a message type, ids. */
const PORT = 1044;
const VERSION_4 = 0x40;
const VERSION_5 = 0x50;
const LAST_TYPE = 31;

export const uftpInspector = portSignature('uftp', 17, [PORT], inspectUftp);

function inspectUftp(buf: Buffer, start: number, end: number): InspectStatus {
  const version = buf[start]!;
  if (version !== VERSION_4 && version !== VERSION_5) return NOT_MINE;
  return end - start >= 16 && buf[start + 1]! >= 1 && buf[start + 1]! <= LAST_TYPE ? FOUND : NOT_MINE;
}
