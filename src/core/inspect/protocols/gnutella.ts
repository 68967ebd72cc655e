import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins, chars } from './ascii.js';
import { streamSignature } from './signature.js';
/** Gnutella handshake: `GNUTELLA CONNECT/0.6`, `GNUTELLA/0.6 200 OK`. */
export const gnutellaInspector = streamSignature('gnutella', chars('G'), inspectGnutella);

function inspectGnutella(buf: Buffer, start: number, end: number): InspectStatus {
  return begins(buf, start, end, 'GNUTELLA CONNECT/') || begins(buf, start, end, 'GNUTELLA/0.') ? FOUND : NOT_MINE;
}
