import { u16, u32 } from '../../common/bytes.js';
import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { streamSignature } from './signature.js';

/** Xiaomi's push service: magic, version, length, then blocks. */
const MAGIC = 0xc2fe;
const VERSION = 5;
const LENGTH = 4;

export const xiaomiInspector = streamSignature('xiaomi-push', [0xc2], inspectXiaomi);

function inspectXiaomi(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < 12 || u16(buf, start) !== MAGIC || u16(buf, start + 2) !== VERSION) return NOT_MINE;
  if (u32(buf, start + LENGTH) > 0x100000) return NOT_MINE;
  finding.app = 'XIAOMI';
  return FOUND;
}
