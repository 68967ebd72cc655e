import { u32 } from '../../common/bytes.js';
import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { datagramSignature } from './signature.js';

/** Syncthing's local discovery (version 4): magic and a protobuf message. */
const MAGIC = 0x2ea7d90b;

export const syncthingInspector = datagramSignature('syncthing', [0x2e], [21027], inspectSyncthing);

function inspectSyncthing(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < 40 || u32(buf, start) !== MAGIC) return NOT_MINE;
  finding.app = 'SYNCTHING';
  return FOUND;
}
