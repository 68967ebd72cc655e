import { u16, u32 } from '../../common/bytes.js';
import {
  CONFIDENCE_LIKELY,
  type Finding,
  FOUND,
  type InspectContext,
  type InspectStatus,
  NOT_MINE,
} from '../inspector.js';
import { streamSignature } from './signature.js';

/** OSCAR of AIM and ICQ: FLAP frames; the first of either side is channel 1 with version 1. */
const FLAP = 0x2a;
const SIGN_ON = 1;
const LENGTH = 4;
const VERSION = 6;

export const oscarInspector = streamSignature('oscar', [FLAP], inspectOscar);

function inspectOscar(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < 10 || buf[start + 1] !== SIGN_ON || u32(buf, start + VERSION) !== 1) return NOT_MINE;
  if (u16(buf, start + LENGTH) + 6 !== end - start) return NOT_MINE;
  finding.app = 'ICQ';
  finding.confidence = CONFIDENCE_LIKELY;
  return FOUND;
}
