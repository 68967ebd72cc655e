import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE, ROLE_CLIENT } from '../inspector.js';
import { begins } from './ascii.js';
import { datagramSignature } from './signature.js';
/** netcode, the connection protocol of game libraries such as Yojimbo: a request with the version in text. */
export const netcodeInspector = datagramSignature('netcode', [0], [], inspectNetcode);

function inspectNetcode(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (!begins(buf, start, end, '\0NETCODE 1.')) return NOT_MINE;
  finding.role = ROLE_CLIENT;
  return FOUND;
}
