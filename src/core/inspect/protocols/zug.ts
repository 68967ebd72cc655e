import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins } from './ascii.js';
import { datagramSignature } from './signature.js';
/** The consensus protocol of Casper's Zug: a message type, then its name. */
export const zugInspector = datagramSignature('zug', [0, 1], [], inspectZug);

function inspectZug(buf: Buffer, start: number, end: number): InspectStatus {
  return end - start >= 24 && buf[start]! <= 1 && begins(buf, start + 1, end, 'zUG\x10') ? FOUND : NOT_MINE;
}
