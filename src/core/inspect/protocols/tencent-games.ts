import { u16 } from '../../common/bytes.js';
import {
  CONFIDENCE_LIKELY,
  type Finding,
  FOUND,
  type InspectContext,
  type InspectStatus,
  NOT_MINE,
} from '../inspector.js';
import { streamSignature } from './signature.js';

/** Login of Tencent's games: magic, version 11, then again or newer, command. */
const MAGIC = 0x3366;
const VERSION = 0x000b;
const HEADER_LEN = 20;

export const tencentGamesInspector = streamSignature('tencent-games', [0x33], inspectTencentGames);

function inspectTencentGames(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < HEADER_LEN || u16(buf, start) !== MAGIC || u16(buf, start + 2) !== VERSION) return NOT_MINE;
  finding.app = 'TENCENT';
  finding.confidence = CONFIDENCE_LIKELY;
  return FOUND;
}
