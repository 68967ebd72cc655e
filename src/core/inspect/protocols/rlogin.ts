import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE, ROLE_CLIENT } from '../inspector.js';
import { isDigit, isText } from './ascii.js';
import { portSignature } from './signature.js';

/**
 * rlogin (RFC 1282) on port 513 and rsh on port 514: the client begins with NUL-terminated strings, rsh with a port in
 * decimal digits.
 */
const RLOGIN_PORT = 513;
const RSH_PORT = 514;

export const rloginInspector = portSignature('rlogin', 6, [RLOGIN_PORT], inspectRlogin);
export const rshInspector = portSignature('rsh', 6, [RSH_PORT], inspectRsh);

function inspectRlogin(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (context.dstPort !== RLOGIN_PORT || end - start < 6 || buf[start] !== 0 || buf[end - 1] !== 0) return NOT_MINE;
  finding.role = ROLE_CLIENT;
  return isText(buf, start + 1, start + 3) ? FOUND : NOT_MINE;
}

function inspectRsh(buf: Buffer, start: number, end: number, context: InspectContext, finding: Finding): InspectStatus {
  if (context.dstPort !== RSH_PORT) return NOT_MINE;
  let at = start;
  while (at < end && at - start < 5 && isDigit(buf[at]!)) at++;
  if (at >= end || buf[at] !== 0) return NOT_MINE;
  finding.role = ROLE_CLIENT;
  return FOUND;
}
