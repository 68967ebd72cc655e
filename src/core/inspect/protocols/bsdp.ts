import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins, chars } from './ascii.js';
import { datagramSignature } from './signature.js';
/** Samsung's device discovery in the local network: `SEARCH BSDP/0.1`. */
export const bsdpInspector = datagramSignature('bsdp', chars('SN'), [15600], inspectBsdp);

function inspectBsdp(buf: Buffer, start: number, end: number): InspectStatus {
  return begins(buf, start, end, 'SEARCH BSDP/') || begins(buf, start, end, 'NOTIFY BSDP/') ? FOUND : NOT_MINE;
}
