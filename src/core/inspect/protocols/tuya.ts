import { u32 } from '../../common/bytes.js';
import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { datagramSignature } from './signature.js';

/** Tuya devices announce themselves with frames between 000055aa and 0000aa55 (version 3.4: 00006699, 00009966). */
const PREFIX = 0x000055aa;
const SUFFIX = 0x0000aa55;
const PREFIX_34 = 0x00006699;
const SUFFIX_34 = 0x00009966;

export const tuyaInspector = datagramSignature('tuya', [0], [6666, 6667], inspectTuya);

function inspectTuya(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < 20) return NOT_MINE;
  const prefix = u32(buf, start);
  if (prefix !== PREFIX && prefix !== PREFIX_34) return NOT_MINE;
  if (u32(buf, end - 4) !== (prefix === PREFIX ? SUFFIX : SUFFIX_34)) return NOT_MINE;
  finding.app = 'TUYA';
  return FOUND;
}
