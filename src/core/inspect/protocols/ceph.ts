import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins } from './ascii.js';
import { streamSignature } from './signature.js';
/** Ceph messengers greet with `ceph v027` or `ceph v2\n`. */
export const cephInspector = streamSignature('ceph', [0x63], inspectCeph);

function inspectCeph(buf: Buffer, start: number, end: number): InspectStatus {
  return begins(buf, start, end, 'ceph v') ? FOUND : NOT_MINE;
}
