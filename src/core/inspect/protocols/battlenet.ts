import { u16, u32 } from '../../bytes.js';
import {
  CONFIDENCE_LIKELY,
  type Finding,
  FOUND,
  type InspectContext,
  type InspectStatus,
  NOT_MINE,
} from '../inspector.js';
import { begins } from './ascii.js';
import { portSignature } from './signature.js';

/** Blizzard's Battle.net chat and game protocols on port 1119. */
const PORT = 1119;

export const battlenetInspector = portSignature('battle.net', 17, [PORT], inspectBattlenet);
export const battlenetTcpInspector = portSignature('battle.net', 6, [PORT], inspectBattlenet);

function inspectBattlenet(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  const isHello =
    (end - start >= 10 && begins(buf, start, end, '\x4a\0\0\x0a\x66\x02\x0a\xed\x2d\x66')) ||
    (end - start >= 20 && u16(buf, start) === 0 && u32(buf, start + 4) === 0);
  if (!isHello) return NOT_MINE;
  finding.app = 'BLIZZARD';
  finding.confidence = CONFIDENCE_LIKELY;
  return FOUND;
}
