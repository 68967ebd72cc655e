import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins } from './ascii.js';
import { datagramSignature } from './signature.js';
/** Ether-S-I/O of Saia controllers: `ESIO`. */
export const etherSIoInspector = datagramSignature('ether-s-io', [0x45], [6060], inspectEsio);

function inspectEsio(buf: Buffer, start: number, end: number): InspectStatus {
  return end - start >= 12 && begins(buf, start, end, 'ESIO\0') ? FOUND : NOT_MINE;
}
