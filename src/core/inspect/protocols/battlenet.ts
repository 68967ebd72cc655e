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

/** The hello of StarCraft II to Battle.net, on its port. */
const PORT = 1119;
const HELLO = '\x4a\0\0\x0a\x66\x02\x0a\xed\x2d\x66';

export const battlenetInspector = portSignature('battle.net', 6, [PORT], inspectBattlenet);

function inspectBattlenet(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (!begins(buf, start, end, HELLO)) return NOT_MINE;
  finding.app = 'BLIZZARD';
  finding.confidence = CONFIDENCE_LIKELY;
  return FOUND;
}
