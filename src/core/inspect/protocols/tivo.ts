import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { beginsFolded, chars } from './ascii.js';
import { datagramSignature } from './signature.js';
/** TiVoConnect discovery: attributes in text on port 2190. */
export const tivoInspector = datagramSignature('tivoconnect', chars('tT'), [2190], inspectTivo);

function inspectTivo(buf: Buffer, start: number, end: number): InspectStatus {
  return beginsFolded(buf, start, end, 'TIVOCONNECT=') ? FOUND : NOT_MINE;
}
