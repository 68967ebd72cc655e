import {
  type Finding,
  FOUND,
  type InspectContext,
  type InspectStatus,
  NOT_MINE,
  ROLE_CLIENT,
  ROLE_SERVER,
} from '../inspector.js';
import { berLen, berValue } from './ber.js';
import { streamSignature } from './signature.js';

/** Z39.50 (ISO 23950): initRequest and initResponse with their protocol version. */
const INIT_REQUEST = 0xb4;
const INIT_RESPONSE = 0xb5;
const PROTOCOL_VERSION = 0x83;

export const z3950Inspector = streamSignature('z39.50', [INIT_REQUEST, INIT_RESPONSE], inspectZ3950);

function inspectZ3950(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < 16 || berLen(buf, start, end) < 8) return NOT_MINE;
  let at = berValue(buf, start);
  // An optional reference id comes first.
  if (buf[at] === 0x82) at = berValue(buf, at) + berLen(buf, at, end);
  if (at + 8 > end || buf[at] !== PROTOCOL_VERSION || buf[at + 1]! > 3) return NOT_MINE;
  finding.role = buf[start] === INIT_REQUEST ? ROLE_CLIENT : ROLE_SERVER;
  return FOUND;
}
