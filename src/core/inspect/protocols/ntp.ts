import {
  type Finding,
  FOUND,
  type InspectContext,
  type InspectStatus,
  NOT_MINE,
  ROLE_CLIENT,
  ROLE_SERVER,
} from '../inspector.js';
import { portSignature } from './signature.js';

/** NTP on port 123 (RFC 5905 §7.3, control messages of RFC 9327): version, mode and the length that goes with it. */
const PORT = 123;
const CONTROL = 6;
const PRIVATE = 7;
const HEADER_LEN = 48;
const CONTROL_LEN = 12;
const PRIVATE_LEN = 8;

export const ntpInspector = portSignature('ntp', 17, [PORT], inspectNtp);

function inspectNtp(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  const first = buf[start]!;
  const version = (first >> 3) & 7;
  const mode = first & 7;
  if (version === 0 || version > 4 || mode === 0) return NOT_MINE;
  const minLen = mode === CONTROL ? CONTROL_LEN : mode === PRIVATE ? PRIVATE_LEN : HEADER_LEN;
  if (end - start < minLen) return NOT_MINE;
  if (mode === 3) finding.role = ROLE_CLIENT;
  else if (mode === 4) finding.role = ROLE_SERVER;
  return FOUND;
}
