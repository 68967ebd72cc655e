import { u16 } from '../../common/bytes.js';
import {
  CONFIDENCE_LIKELY,
  type Finding,
  FOUND,
  type InspectContext,
  type InspectStatus,
  NOT_MINE,
} from '../inspector.js';
import { portSignature } from './signature.js';

/** Ubiquiti's device discovery on port 10001: version, command, length, attributes. */
const PORT = 10001;
const LENGTH = 2;
const LAST_VERSION = 2;

export const ubiquitiInspector = portSignature('ubiquiti-discovery', 17, [PORT], inspectUbiquiti);

function inspectUbiquiti(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  const version = buf[start]!;
  if (end - start < 4 || version === 0 || version > LAST_VERSION) return NOT_MINE;
  if (u16(buf, start + LENGTH) !== end - start - 4) return NOT_MINE;
  finding.app = 'UBIQUITI';
  finding.confidence = CONFIDENCE_LIKELY;
  return FOUND;
}
