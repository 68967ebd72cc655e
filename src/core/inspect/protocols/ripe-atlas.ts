import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins, chars } from './ascii.js';
import { datagramSignature } from './signature.js';
/** Probes of RIPE Atlas trace with payloads that begin so. */
export const ripeAtlasInspector = datagramSignature('ripe-atlas', chars('M'), [], inspectRipeAtlas);

function inspectRipeAtlas(buf: Buffer, start: number, end: number): InspectStatus {
  return begins(buf, start, end, 'MGLNDD_') ? FOUND : NOT_MINE;
}
