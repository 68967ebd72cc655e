import { u16, u32 } from '../../common/bytes.js';
import {
  CONFIDENCE_LIKELY,
  type Finding,
  FOUND,
  type InspectContext,
  type InspectStatus,
  NOT_MINE,
} from '../inspector.js';
import { portSignature } from './signature.js';

/** QQ's OICQ: 02, version, command, sequence number, account, and 03 at the end, on the ports of the service. */
const PORTS = [8000, 4000];
const FIRST = 0x02;
const LAST = 0x03;
const ACCOUNT = 7;

export const oicqInspector = portSignature('oicq', 17, PORTS, inspectOicq);

function inspectOicq(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < 12 || buf[start] !== FIRST || buf[end - 1] !== LAST) return NOT_MINE;
  if (u32(buf, start + ACCOUNT) < 10000 || u16(buf, start + 1) === 0) return NOT_MINE;
  finding.app = 'QQ';
  finding.confidence = CONFIDENCE_LIKELY;
  return FOUND;
}
