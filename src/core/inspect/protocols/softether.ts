import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE, ROLE_SERVER } from '../inspector.js';
import { begins, chars, holds } from './ascii.js';
import { datagramSignature } from './signature.js';
/** SoftEther's NAT traversal: the answer with the client's address, `IP=...,PORT=...`. */
export const softetherInspector = datagramSignature('softether', chars('I'), [], inspectSoftether);

function inspectSoftether(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (!begins(buf, start, end, 'IP=') || !holds(buf, start, end, ',PORT=', 45)) return NOT_MINE;
  finding.role = ROLE_SERVER;
  finding.app = 'SOFTETHER';
  return FOUND;
}
