import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE, ROLE_CLIENT } from '../inspector.js';
import { begins } from './ascii.js';
import { streamSignature } from './signature.js';
/** Java RMI (§10.2): magic `JRMI`, version, protocol. */
export const jrmiInspector = streamSignature('jrmi', [0x4a], inspectJrmi);

function inspectJrmi(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < 7 || !begins(buf, start, end, 'JRMI\0')) return NOT_MINE;
  finding.role = ROLE_CLIENT;
  return FOUND;
}
