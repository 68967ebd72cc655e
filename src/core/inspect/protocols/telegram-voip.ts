import { u32 } from '../../common/bytes.js';
import {
  CONFIDENCE_LIKELY,
  type Finding,
  FOUND,
  type InspectContext,
  type InspectStatus,
  NOT_MINE,
} from '../inspector.js';
import { datagramSignature } from './signature.js';

/** Telegram calls over UDP: reflectors are spoken to with a peer tag of 16 bytes and twelve bytes of ones behind it. */
const TAG_LEN = 16;
const ONES = 0xffffffff;

const MARK = { at: TAG_LEN, mask: -1, value: -1, minLen: TAG_LEN + 16 };

export const telegramVoipInspector = datagramSignature('telegram-voip', null, [], inspectVoip, MARK);

function inspectVoip(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < TAG_LEN + 16 || buf[start + TAG_LEN] !== 0xff) return NOT_MINE;
  const at = start + TAG_LEN;
  if (u32(buf, at) !== ONES || u32(buf, at + 4) !== ONES || u32(buf, at + 8) !== ONES) return NOT_MINE;
  // A tag of one value only is no tag.
  if (u32(buf, start) === u32(buf, start + 4)) return NOT_MINE;
  finding.app = 'TELEGRAM';
  finding.confidence = CONFIDENCE_LIKELY;
  return FOUND;
}
