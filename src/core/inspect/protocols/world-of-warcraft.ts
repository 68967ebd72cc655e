import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins } from './ascii.js';
import { streamSignature } from './signature.js';

/** World of Warcraft: either side opens with its length and this sentence. */
const LENGTH_LEN = 2;

export const worldOfWarcraftInspector = streamSignature('world-of-warcraft', [0x30, 0x00], inspectWow);

function inspectWow(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (!begins(buf, start + LENGTH_LEN, end, 'WORLD OF WARCRAFT CONNECTION')) return NOT_MINE;
  finding.app = 'BLIZZARD';
  return FOUND;
}
