import { u32 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins } from './ascii.js';
import { streamSignature } from './signature.js';
/** Novell's NCP over TCP: `DmdT` and `tNcP`, then the length. */
export const ncpInspector = streamSignature('ncp', [0x44, 0x74], inspectNcp);

function inspectNcp(buf: Buffer, start: number, end: number): InspectStatus {
  const isNcp = begins(buf, start, end, 'DmdT') || begins(buf, start, end, 'tNcP');
  return isNcp && end - start >= 16 && u32(buf, start + 4) < 0x100000 ? FOUND : NOT_MINE;
}
