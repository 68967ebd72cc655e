import { u32 } from '../../common/bytes.js';
import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { datagramSignature } from './signature.js';

/** Pia, with which Nintendo's consoles play together: magic, then version and encryption. */
const MAGIC = 0x32ab9864;
const HEADER_LEN = 16;

export const nintendoPiaInspector = datagramSignature('nintendo-pia', [0x32], [], inspectPia);

function inspectPia(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < HEADER_LEN || u32(buf, start) !== MAGIC) return NOT_MINE;
  finding.app = 'NINTENDO';
  return FOUND;
}
