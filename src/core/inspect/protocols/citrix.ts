import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins } from './ascii.js';
import { streamSignature } from './signature.js';
/** Citrix ICA: the greeting `\x7f\x7fICA\0`; the CGP signature `\x1aCGP/01`. */
export const citrixInspector = streamSignature('ica', [0x7f, 0x1a], inspectCitrix);

function inspectCitrix(buf: Buffer, start: number, end: number): InspectStatus {
  return begins(buf, start, end, '\x7f\x7fICA\0') || begins(buf, start, end, '\x1aCGP/0') ? FOUND : NOT_MINE;
}
