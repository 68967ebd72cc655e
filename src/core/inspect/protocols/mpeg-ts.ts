import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { datagramSignature } from './signature.js';

/** MPEG transport streams over UDP: packets of 188 bytes, each with the sync byte. */
const SYNC = 0x47;
const PACKET_LEN = 188;

export const mpegTsInspector = datagramSignature('mpeg-ts', [SYNC], [], inspectMpegTs);

function inspectMpegTs(buf: Buffer, start: number, end: number): InspectStatus {
  const left = end - start;
  if (left < 2 * PACKET_LEN || left % PACKET_LEN !== 0) return NOT_MINE;
  for (let at = start; at < end; at += PACKET_LEN) if (buf[at] !== SYNC) return NOT_MINE;
  return FOUND;
}
