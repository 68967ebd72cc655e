import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins, chars } from './ascii.js';
import { datagramSignature } from './signature.js';

/** SSDP (UPnP device architecture §1): M-SEARCH, NOTIFY, and answers in the form of HTTP over UDP. */
const PORT = 1900;
const FIRST_BYTES = chars('MNH');

export const ssdpInspector = datagramSignature('ssdp', FIRST_BYTES, [PORT], inspectSsdp);

function inspectSsdp(buf: Buffer, start: number, end: number): InspectStatus {
  if (begins(buf, start, end, 'M-SEARCH * ') || begins(buf, start, end, 'NOTIFY * ')) return FOUND;
  return begins(buf, start, end, 'HTTP/1.1 200') ? FOUND : NOT_MINE;
}
