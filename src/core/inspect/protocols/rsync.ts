import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins, chars } from './ascii.js';
import { streamSignature } from './signature.js';
/** rsync daemon greeting, `@RSYNCD: 31.0`, first line of either side. */
export const rsyncInspector = streamSignature('rsync', chars('@'), inspectRsync);

function inspectRsync(buf: Buffer, start: number, end: number): InspectStatus {
  return begins(buf, start, end, '@RSYNCD: ') ? FOUND : NOT_MINE;
}
